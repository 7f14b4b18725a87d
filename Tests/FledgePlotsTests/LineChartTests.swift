import Foundation
import Testing

@testable import FledgePlots

@Suite struct LineChartTests {
  private var chart: LineChart {
    var chart = LineChart(title: "loss", xLabel: "step", yLabel: "nats")
    let steps = (0...100).map(Double.init)
    chart.add(
      "train", x: steps, y: steps.map { 1 + 3 * exp(-$0 / 20) + 0.1 * sin(7 * $0) },
      style: .smoothed())
    chart.add("validation", x: [0, 50, 100], y: [4, 1.3, 1.05], style: .marked)
    chart.referenceLines = [.init(0.9, label: "floor")]
    return chart
  }

  @Test func `The picture is well-formed and says everything`() {
    for isLogarithmic in [false, true] {
      var chart = chart
      chart.isLogarithmic = isLogarithmic
      let svg = chart.svg()
      #expect(xmlFault(svg) == nil)
      for text in [">loss<", ">step<", ">nats<", ">train<", ">validation<", ">floor: 0.9<"] {
        #expect(svg.contains(text), "\(text)")
      }
    }
  }

  @Test func `A hostile chart is still well-formed`() {
    var chart = LineChart(title: "<&>", xLabel: "\"x\"", yLabel: "'y'")
    chart.add("gaps", x: [0, 1, 2, 3, 4, .nan], y: [1, .nan, .infinity, 2, -1e300, 0])
    chart.add("empty", x: [], y: [])
    chart.add("one", x: [2], y: [1e300], style: .smoothed(weight: 0))
    chart.referenceLines = [.init(.nan, label: "none")]
    for isLogarithmic in [false, true] {
      chart.isLogarithmic = isLogarithmic
      #expect(xmlFault(chart.svg()) == nil)
      #expect(chart.terminal().allSatisfy { $0.count <= 72 })
    }
    #expect(xmlFault(LineChart(title: "nothing").svg()) == nil)
  }

  @Test func `A gap in the values is a gap in the line`() {
    let chart = LineChart(
      title: "", series: [.init("a", [.init(x: 0, y: 0), .init(x: 1, y: .nan), .init(x: 2, y: 1)])])
    let parts = polylines(chart.series[0].points, x: chart.xAxis, y: chart.yAxis())
    #expect(parts.map(\.count) == [1, 1])
  }

  @Test func `A million points make a small file and keep their extremes`() {
    var points = (0..<1_000_000).map { LineChart.Point(x: Double($0) / 999_999, y: 0.5) }
    points[123_456].y = 1
    points[654_321].y = 0
    let fewer = decimated(points, columns: 700)
    #expect(fewer.count <= 2800)
    #expect(fewer.contains { $0.y == 1 } && fewer.contains { $0.y == 0 })
    #expect(fewer.first == points.first && fewer.last == points.last)
    #expect(zip(fewer, fewer.dropFirst()).allSatisfy { $0.x <= $1.x })
  }

  /// The y of each match of a pattern with one group.
  private func heights(_ pattern: String, in svg: String) -> [Double] {
    svg.matches(of: try! Regex(pattern)).map { Double($0[1].substring!)! }
  }

  @Test func `The label of a line that curves approach from above stands below it`() {
    var chart = LineChart(title: "")
    let steps = (0...200).map(Double.init)
    chart.add("a", x: steps, y: steps.map { 1 + exp(-$0 / 10) })
    chart.referenceLines = [.init(0.98, label: "floor")]
    let svg = chart.svg()
    let line = heights(#"<line[^>]*y1="([\d.]+)"[^>]*stroke-dasharray="4 4""#, in: svg)
    let label = heights(#"<text[^>]* y="([\d.]+)"[^>]*>floor: "#, in: svg)
    #expect(line.count == 1 && label.count == 1)
    #expect(label[0] - line[0] > 10 && label[0] < 404)
  }

  @Test func `Labels of lines close together do not overlap`() {
    let chart = LineChart(
      title: "", series: [.init("a", [.init(x: 0, y: 0), .init(x: 1, y: 5)])],
      referenceLines: [
        .init(1, label: "one"), .init(1.01, label: "two"), .init(1.02, label: "tri"),
      ])
    let boxes = chart.svg().matches(
      of: try! Regex(#"<text x="([\d.]+)" y="([\d.]+)"[^>]*>(one|two|tri): "#)
    ).map { (x: Double($0[1].substring!)!, y: Double($0[2].substring!)!) }
    #expect(boxes.count == 3)
    for (index, a) in boxes.enumerated() {
      for b in boxes[..<index] { #expect(abs(a.y - b.y) >= 12 || abs(a.x - b.x) > 60) }
    }
  }

  @Test func `A smoothed series starts at its first point and ends near the mean of the last`() {
    let noisy = (0..<500).map { LineChart.Point(x: Double($0), y: $0.isMultiple(of: 2) ? 1 : 3) }
    let curve = LineChart.Series("a", noisy, style: .smoothed()).curve
    #expect(curve[0].y == 1)
    #expect(abs(curve[499].y - 2) < 0.06)
    // A steep start: after 20 steps of a falling curve the average lags by less than 4 of them.
    let falling = (0..<100).map { LineChart.Point(x: Double($0), y: -Double($0)) }
    #expect(LineChart.Series("a", falling, style: .smoothed()).curve[20].y < -16)
  }

  @Test func `In the terminal, in braille dots`() {
    #expect(
      chart.terminal(width: 44, height: 14).joined(separator: "\n") == """
        loss
        nats   ● train   ○ validation   ╌ floor: 0.9
        4 ┤⢄⡀
          │ ⠫⡒⢄⡀
          │  ⠱⡀⠈⠒⢄⡀
          │   ⠉⠒⢄ ⠈⠒⢄⡀
          │     ⠈⠢⣀⡀ ⠈⠑⠤⡀
        2 ┤        ⠈⠲⣀⣀ ⠈⠑⠤⡀
          │           ⠈⠉⠢⠤⠤⣈⠑⠤⡀
          │                 ⠉⠉⠉⠓⠒⠒⠶⠤⠤⠤⣤⣤⣤⣄⣀⣀⣀⣀⣀⣀⣀
          │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌⠉⠁⠈⠉⠉○
          └┬───────────────────┬───────────────────┬
           0                  50                 100
                             step
        """)
  }

  @Test func `In the terminal, in ASCII`() {
    #expect(
      chart.terminal(width: 44, height: 14, style: .ascii).joined(separator: "\n") == """
        loss
        nats   * train   + validation   - floor: 0.9
        4 +++
          |**+++
          |  ** +++
          |   ***  ++
          |      *** +++
        2 +        *****+++
          |            ****+++*
          |                   ++++++++++++++++++++++
          |-----------------------------------------
          ++-------------------+-------------------+
           0                  50                 100
                             step
        """)
  }

  @Test func `Colours change nothing but the colours and the faint line`() {
    let plain = chart.terminal(style: .ascii)
    let colored = chart.terminal(style: .init(colors: .palette256, unicode: false))
    let stripped = colored.map { $0.replacing(try! Regex("\u{1B}\\[[0-9;]*m"), with: "") }
    #expect(stripped.count == plain.count && stripped[0] == plain[0] && stripped.last == plain.last)
    #expect(colored[0] == "\u{1B}[1mloss\u{1B}[0m")
    #expect(!plain.joined().contains("\u{1B}"))
  }

  @Test(arguments: [20, 33, 72, 200], [8, 18, 40])
  func `No line is wider than asked for`(width: Int, height: Int) {
    var chart = chart
    chart.title = "a title that is certainly longer than twenty columns"
    chart.series[0].name = "訓練損失の曲線の長い長い名前です"
    for style in [TerminalStyle.plain, .ascii] {
      let lines = chart.terminal(width: width, height: height, style: style)
      #expect(lines.allSatisfy { $0.columns <= width })
      #expect(lines.count >= height)
    }
  }

  @Test func `A logarithmic x axis spaces decades evenly and has no place for 0`() {
    var chart = LineChart(title: "error", isLogarithmic: true, isXLogarithmic: true)
    chart.add("h", x: [0, 1e-4, 1e-2, 1], y: [1, 1e-8, 1e-4, 1])
    let axis = chart.xAxis
    #expect(axis.position(1e-4) == 0 && axis.position(1) == 1)
    #expect(abs(axis.position(1e-2)! - 0.5) < 1e-12)
    #expect(axis.position(0) == nil)
    #expect(xmlFault(chart.svg()) == nil)
    #expect(chart.terminal().joined().contains("0.01"))
  }

  @Test func `A mark stands at its place with its label`() {
    var chart = chart
    chart.marks = [.init(50, label: "half"), .init(.nan, label: "nowhere")]
    let svg = chart.svg()
    #expect(xmlFault(svg) == nil)
    #expect(svg.contains(">half<") && !svg.contains("nowhere"))
    let lines = chart.terminal(width: 60, height: 16)
    #expect(lines.joined().contains("half"))
    #expect(lines.filter { $0.contains("╎") }.count > 3)
    #expect(chart.terminal(style: .ascii).joined().allSatisfy { $0.isASCII })
  }
}
