import Testing

@testable import FledgePlots

@Suite struct TerminalStyleTests {
  private func detected(_ environment: [String: String], isTerminal: Bool = true) -> TerminalStyle {
    .detected(environment: environment, isTerminal: isTerminal)
  }

  @Test func `Colours go with the terminal, and with NO_COLOR and TERM=dumb not`() {
    let xterm = ["TERM": "xterm-256color"]
    #expect(detected(xterm).colors == .palette256)
    #expect(detected(xterm.merging(["COLORTERM": "truecolor"]) { $1 }).colors == .trueColor)
    #expect(detected(xterm.merging(["NO_COLOR": "1"]) { $1 }).colors == .none)
    #expect(detected(xterm.merging(["NO_COLOR": ""]) { $1 }).colors == .palette256)
    #expect(detected(["TERM": "dumb", "COLORTERM": "truecolor"]).colors == .none)
    #expect(detected(xterm, isTerminal: false).colors == .none)
  }

  @Test func `Unicode goes with the locale`() {
    #expect(detected([:]).unicode)
    #expect(detected(["LANG": "zh_CN.UTF-8"]).unicode)
    #expect(detected(["LANG": "C.utf8"]).unicode)
    #expect(!detected(["LANG": "C"]).unicode)
    #expect(!detected(["LANG": "de_DE.ISO-8859-1"]).unicode)
    #expect(!detected(["LC_ALL": "POSIX", "LANG": "en_US.UTF-8"]).unicode)
    #expect(!detected(["TERM": "linux", "LANG": "en_US.UTF-8"]).unicode)
  }

  @Test func `A palette colour is the nearest one`() {
    #expect(RGB(0xff0000).xterm256 == 196)
    #expect(RGB(0x000000).xterm256 == 16)
    #expect(RGB(0x808080).xterm256 == 244)
    #expect(RGB(0x5fafd7).xterm256 == 74)
  }

  @Test func `Runs of one paint share one escape sequence`() {
    var grid = TextGrid(width: 6, height: 1)
    grid.write("ab", row: 0, column: 0, .bold)
    grid.write("cd", row: 0, column: 2, Paint(foreground: RGB(0x010203)))
    #expect(
      grid.lines(.init(colors: .trueColor, unicode: true)) == [
        "\u{1B}[1mab\u{1B}[0m\u{1B}[38;2;1;2;3mcd\u{1B}[0m"
      ])
    #expect(grid.lines(.plain) == ["abcd"])
  }

  @Test func `Wide characters take two columns`() {
    #expect("步骤 a".columns == 6)
    #expect("步骤 a".truncated(toColumns: 4) == "步…")
    var grid = TextGrid(width: 5, height: 1)
    grid.write("步骤骤", row: 0, column: 0)
    #expect(grid.lines(.plain) == ["步骤"])
  }
}
