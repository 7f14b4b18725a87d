import Testing

@testable import FledgePlots

@Suite struct ImageGridTests {
  private var grid: ImageGrid {
    var grid = ImageGrid(title: "digits", imageWidth: 4, imageHeight: 4)
    grid.add([0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1], predicted: 7, actual: 7)
    grid.add(.init(repeating: .nan, count: 16), predicted: 3, actual: 8)
    return grid
  }

  @Test func `Pixels of one grey in a row are one run`() {
    let svg = grid.svg()
    #expect(xmlFault(svg) == nil)
    #expect(svg.contains("d=\"M1 0h2v1h-2zM1 1h2v1h-2zM0 3h4v1h-4z\""))
  }

  @Test func `Captions say what is wrong, in red`() {
    let svg = grid.svg()
    #expect(svg.contains("fill=\"\(RGB.good.hex)\">7<"))
    #expect(svg.contains("fill=\"\(RGB.bad.hex)\">3, not 8<"))
  }

  @Test func `In the terminal, side by side as far as the width goes`() {
    #expect(
      grid.terminal(width: 24, style: .ascii) == [
        "digits", " @@", "++++", " 7        3, not 8",
      ])
    #expect(
      grid.terminal(width: 10, style: .plain) == [
        "digits", " ██", "▒▒▒▒", " 7", "", "", "", "3, not 8",
      ])
  }

  @Test func `An empty grid is a title`() {
    #expect(ImageGrid(title: "none").terminal() == ["none"])
    #expect(xmlFault(ImageGrid().svg()) == nil)
  }
}
