import FledgeCore
import Testing

@testable import FledgePlots

/// Numbers of a run that diverged, through every plot; a trap would end the tests.
@Suite struct ExtremeNumbersTests {
  private static let numbers: [Double] = [
    .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e308, -1e308,
    1e20, -1e20, 1, 0, -0.0, 1e-300, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
  ]
  private static let ranges: [ClosedRange<Double>] = [
    -1...1, -1e308...1e308, 0 ... .leastNonzeroMagnitude, 1e20...1e20.nextUp,
    -Double.greatestFiniteMagnitude ... -1e308,
  ]
  private let floats: [Float] = [
    .nan, .infinity, -.infinity, 3e38, -3e38, 1, 0, .leastNonzeroMagnitude, 1e20,
  ]

  @Test func `A conversion never traps`() {
    #expect(Self.numbers.map { Int(saturating: $0) }[..<5] == [0, .max, .min, .max, .min])
    #expect(Int(saturating: -2.9) == -2 && Int(saturating: 0x1p63) == .max)
    #expect(Int(saturating: -0x1p63) == .min && Int(saturating: 2.9) == 2)
    for number in Self.numbers + [-1, 0.5] {
      #expect((Int(count: number) != nil) == [0, 1].contains(number), "\(number)")
    }
    for number in Self.numbers {
      #expect(!SVGCanvas.number(number).contains("n"))
      _ = RGB.ink.mixed(with: .background, number)
    }
  }

  @Test(arguments: numbers)
  func `A line chart`(number: Double) {
    for other in Self.numbers {
      for isLogarithmic in [false, true] {
        var chart = LineChart(
          title: "t", isLogarithmic: isLogarithmic, isXLogarithmic: isLogarithmic)
        chart.add("a", x: [1, number, other], y: [number, 1, other])
        chart.add("b", x: [number, other], y: [other, number], style: .smoothed(weight: 0.5))
        chart.add("c", x: [number], y: [number], style: .marked)
        chart.referenceLines = [.init(number, label: "r")]
        chart.marks = Self.numbers.map { .init($0, label: "m") }
        #expect(chart.terminal(width: 30, height: 8).allSatisfy { $0.count <= 30 })
        #expect(xmlFault(chart.svg()) == nil)
      }
    }
    var chart = LineChart(title: "t")
    chart.add("a", x: [0, 1, number], y: [number, 1, 0], style: .dashed)
    #expect(chart.drawing(width: 240, height: 160).picture(scale: 0.5).width == 120)
  }

  @Test func `A mark outside of the curves is not drawn`() {
    var chart = LineChart(title: "")
    chart.add("a", x: [0, 100], y: [0, 1])
    let without = (chart.svg(), chart.terminal())
    chart.marks = [.init(1e20, label: "far"), .init(-1e-3, label: "before")]
    #expect(chart.svg() == without.0 && chart.terminal() == without.1)
    chart.marks = [.init(100, label: "end")]
    #expect(chart.svg().contains(">end<"))
  }

  @Test(arguments: ranges)
  func `An axis has few ticks, and its range lies between 0 and 1`(range: ClosedRange<Double>) {
    let axis = Axis(covering: [range.lowerBound, range.upperBound], padding: (0.06, 0.06))
    #expect(axis.ticks(atMost: 8).count <= 24)
    for value in [range.lowerBound, range.upperBound] {
      #expect(axis.positionInside(value) != nil, "\(range)")
    }
  }

  @Test(arguments: ranges)
  func `A landscape and a decision boundary`(range: ClosedRange<Double>) {
    var map = Landscape(title: "t", x: range, y: -1...1) { x, y in
      Self.numbers[Int(saturating: abs(x + 8 * y)) % Self.numbers.count]
    }
    map.add("a", Self.numbers.flatMap { a in [[a, 1], [1, a]] })
    map.add("b", Self.numbers.filter(\.isFinite).map { [$0, -$0] })
    map.minimum = [1e308, -1e308]
    #expect(xmlFault(map.svg(width: 240)) == nil)
    #expect(map.drawing(width: 240).picture(scale: 0.5).width == 120)

    for (x, y) in [(range, -1...1), (-1...1, range)] {
      let points = Self.numbers.flatMap { a in
        [DecisionBoundary.Point(x: a, y: 0, label: 0), .init(x: x.upperBound, y: a, label: 1)]
      }
      let plot = DecisionBoundary(
        title: "t", probabilities: floats, rows: 3, columns: 3, x: x, y: y, points: points)
      #expect(xmlFault(plot.svg(width: 240)) == nil)
      #expect(plot.picture(width: 32).width == 32)
      #expect(!plot.terminal(width: 20, height: 8).isEmpty)
    }
  }

  @Test func `A landscape of values whose differences overflow`() {
    let map = Landscape(title: "t", x: -1...1, y: -1...1) { x, y in x > y ? 3e38 : -3e38 }
    #expect(xmlFault(map.svg(width: 240)) == nil)
  }

  @Test func `A heat map and a grid of images`() {
    for range in [nil, -3e38...3e38, 0...0, -Float.infinity ... .infinity] as [ClosedRange<Float>?]
    {
      var map = HeatMap(values: floats, rows: 3, columns: 3)
      map.range = range
      _ = map.svg(cell: 8)
      #expect(map.picture(cell: 2).width == 6)
      _ = map.drawing(cell: 8).picture(scale: 1)
    }
    var grid = ImageGrid(imageWidth: 3, imageHeight: 3)
    grid.add(.init(pixels: floats))
    #expect(xmlFault(grid.svg()) == nil)
    #expect(!grid.terminal().isEmpty)
    let filters = ImageGrid.filters(Tensor(floats, shape: [1, 1, 3, 3]))
    #expect(filters.picture().width > 0 && xmlFault(filters.svg()) == nil)
  }

  @Test func `A range that no plot can show, and a picture of too many pixels, are mistakes`() async
  {
    await #expect(processExitsWith: .failure) {
      _ = Landscape(title: "", x: -Double.infinity...0, y: 0...1) { _, _ in 0 }
    }
    await #expect(processExitsWith: .failure) {
      _ = LineChart(title: "").drawing().picture(scale: .infinity)
    }
  }
}
