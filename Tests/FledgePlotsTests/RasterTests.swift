import FledgeCore
import Foundation
import Testing

@testable import FledgePlots

@Suite struct RasterTests {
  private let black = RGB(0)

  /// How dark a pixel is, 0…1.
  private func ink(_ picture: Picture, _ row: Int, _ column: Int) -> Double {
    1 - Double(picture[row, column].red) / 255
  }

  private func rectangle(_ x: Double, _ y: Double, _ right: Double, _ bottom: Double)
    -> [PixelPoint]
  {
    [(x, y), (right, y), (right, bottom), (x, bottom)].map { PixelPoint(x: $0.0, y: $0.1) }
  }

  @Test("A filled shape covers whole pixels, and of others the part it lies on")
  func coverage() {
    var canvas = Canvas(width: 6, height: 6)
    canvas.fill([rectangle(1, 1, 3.5, 2.5)], black)
    #expect(ink(canvas.picture, 1, 1) == 1 && ink(canvas.picture, 1, 2) == 1)
    #expect(abs(ink(canvas.picture, 1, 3) - 0.5) < 0.01)
    #expect(abs(ink(canvas.picture, 2, 1) - 0.5) < 0.01)
    #expect(abs(ink(canvas.picture, 2, 3) - 0.25) < 0.01)
    #expect(ink(canvas.picture, 0, 1) == 0 && ink(canvas.picture, 1, 4) == 0)
  }

  @Test("The area of a filled circle is π r², whatever the pixels")
  func area() {
    var canvas = Canvas(width: 40, height: 40)
    let circle = (0..<200).map { step in
      let angle = Double(step) / 200 * 2 * .pi
      return PixelPoint(x: 19.3 + 12 * cos(angle), y: 20.7 + 12 * sin(angle))
    }
    canvas.fill([circle], black)
    var sum = 0.0
    for row in 0..<40 { for column in 0..<40 { sum += ink(canvas.picture, row, column) } }
    #expect(abs(sum - .pi * 144) < 2)
  }

  @Test("A ring has a hole by the even-odd rule, and none by the other")
  func rings() {
    let ring = [rectangle(0, 0, 9, 9), rectangle(3, 3, 6, 6)]
    var (evenOdd, nonZero) = (Canvas(width: 9, height: 9), Canvas(width: 9, height: 9))
    evenOdd.fill(ring, black, evenOdd: true)
    nonZero.fill(ring, black)
    #expect(ink(evenOdd.picture, 4, 4) == 0 && ink(evenOdd.picture, 1, 1) == 1)
    #expect(ink(nonZero.picture, 4, 4) == 1)
  }

  @Test("A line is as wide as it should be, no darker where it crosses itself, and is clipped")
  func strokes() {
    var canvas = Canvas(width: 20, height: 20)
    canvas.clip = Rectangle(x: 0, y: 0, width: 15, height: 20)
    let line = [PixelPoint(x: 2, y: 10), PixelPoint(x: 30, y: 10), PixelPoint(x: 2, y: 10)]
    canvas.stroke([line], black, width: 4, opacity: 0.5)
    let column = (0..<20).reduce(0) { $0 + ink(canvas.picture, $1, 8) }
    #expect(abs(column - 2) < 0.05)
    #expect(abs(ink(canvas.picture, 10, 8) - 0.5) < 0.01)
    #expect(ink(canvas.picture, 10, 14) > 0.4 && ink(canvas.picture, 10, 15) == 0)
  }

  @Test("Letters are the dots they are known by")
  func letters() {
    #expect(DotFont.columns(of: "T") == [0x03, 0x01, 0x7F, 0x01, 0x03])
    #expect(DotFont.columns(of: "l") == [0x41, 0x7F, 0x40])
    #expect(DotFont.columns(of: "é") == DotFont.columns(of: "e"))
    #expect(DotFont.columns(of: "−") == DotFont.columns(of: "-"))
    #expect(DotFont.columns(of: "☃") == DotFont.columns(of: "?"))
    #expect(DotFont.columns(of: " ") == [0, 0])
  }

  @Test("What an SVG says stands at its place in the pixels: shapes, groups, paths, text")
  func drawing() {
    var svg = SVG(width: 40, height: 30, title: "")
    svg.add("rect", ["x": 4, "y": 4, "width": 6, "height": 6, "fill": RGB(0xff0000)])
    svg.group(["transform": "translate(20 10) scale(2)", "fill": RGB(0x0000ff)]) {
      $0.add("path", ["d": "M0 0h2v2h-2zM4 0l1 0 0 1-1 0z"])
    }
    svg.add("text", ["x": 20, "y": 28, "font-size": 10, "text-anchor": "middle"], text: "HHHH")
    let picture = svg.picture(scale: 2)
    #expect((picture.width, picture.height) == (80, 60))
    #expect(picture[12, 12] == RGB(0xff0000) && picture[12, 22] == .background)
    #expect(picture[22, 42] == RGB(0x0000ff) && picture[22, 50] == .background)
    #expect(picture[22, 57] == RGB(0x0000ff))
    func hasInk(_ rows: Range<Int>, _ columns: Range<Int>) -> Bool {
      rows.contains { row in columns.contains { picture[row, $0] == RGB(0) } }
    }
    #expect(hasInk(42..<56, 20..<40) && hasInk(42..<56, 40..<60))
    #expect(!hasInk(42..<56, 0..<14) && !hasInk(30..<40, 0..<80))
  }

  @Test("A chart in pixels: its curve runs where the SVG draws it")
  func chart() {
    var chart = LineChart(title: "t", xLabel: "x", yLabel: "y")
    chart.add("a", x: [0, 1], y: [0, 1])
    let picture = chart.drawing(width: 400, height: 300).picture(scale: 1)
    #expect((picture.width, picture.height) == (400, 300))
    var blue: [(row: Int, column: Int)] = []
    for row in 60..<260 {
      for column in 60..<380 where picture[row, column] == .series(0) { blue.append((row, column)) }
    }
    // Upwards to the right.
    #expect(blue.count > 100)
    let (left, right) = (blue.min { $0.column < $1.column }!, blue.max { $0.column < $1.column }!)
    #expect(left.row > right.row + 100 && right.column > left.column + 150)
    // The name of the axis stands upright at the left.
    #expect((60..<260).contains { row in (8..<30).contains { ink(picture, row, $0) > 0.3 } })
  }
}
