import FledgeCore
import Testing

@testable import FledgePlots

@Suite struct PixelCanvasTests {
  private let black = RGB(0)
  private let red = RGB(0xff0000)

  private func canvas(_ width: Int, _ height: Int, scale: Double = 1) -> PixelCanvas {
    PixelCanvas(Picture(width: width, height: height), scale: scale)
  }

  @Test("Groups move and scale what is in them, and hand their attributes on")
  func groups() {
    var canvas = canvas(80, 60, scale: 2)
    let unit = Rectangle(x: 0, y: 0, width: 2, height: 2)
    canvas.group([.fill(red)]) {
      $0.group([], origin: [20, 10], scale: 2) {
        $0.drawRectangle(unit, [])
        $0.group([], origin: [4, 0], scale: 0.5) { $0.drawRectangle(unit, [.fill(.ink)]) }
      }
      $0.drawRectangle(unit, [])
    }
    canvas.drawRectangle(Rectangle(x: 30, y: 20, width: 2, height: 2), [])
    let picture = canvas.picture
    #expect(picture[20, 40] == red && picture[27, 47] == red)
    #expect(picture[20, 48] == .background && picture[28, 40] == .background)
    #expect(picture[20, 56] == .ink && picture[23, 59] == .ink && picture[24, 56] == .background)
    #expect(picture[3, 3] == red && picture[4, 4] == .background)
    // Without a group, as in SVG.
    #expect(picture[40, 60] == black)
  }

  @Test("Nothing is painted outside of the clips of all groups around it")
  func clips() {
    var canvas = canvas(20, 20)
    let all = Rectangle(x: 0, y: 0, width: 20, height: 20)
    canvas.group([], clip: Rectangle(x: 2, y: 2, width: 10, height: 10)) {
      $0.group([], clip: Rectangle(x: 8, y: 0, width: 10, height: 6)) {
        $0.drawRectangle(all, [])
        $0.drawText("MMMMMMMMM", at: [0, 16], [.fontSize(16)])
      }
    }
    for row in 0..<20 {
      for column in 0..<20 {
        let isInside = (2..<6).contains(row) && (8..<12).contains(column)
        #expect((canvas.picture[row, column] == black) == isInside)
      }
    }
    canvas.drawRectangle(all, [])
    #expect(canvas.picture[19, 0] == black)
  }

  @Test("Crisp cells lie side by side without seams, wherever their edges are")
  func crispEdges() {
    for isCrisp in [true, false] {
      var canvas = canvas(30, 4)
      canvas.group(isCrisp ? [.crispEdges] : []) {
        for index in 0..<8 {
          let box = Rectangle(x: Double(index) * 3.3, y: 0, width: 3.3, height: 4)
          $0.drawRectangle(box, [.fill(black)])
        }
      }
      let hasSeam = (0..<26).contains { canvas.picture[1, $0] != black }
      #expect(hasSeam == !isCrisp)
    }
  }

  @Test("Many rectangles as one shape are those rectangles")
  func rectangles() {
    let boxes = [
      Rectangle(x: 1, y: 1, width: 4, height: 1), Rectangle(x: 2.5, y: 2, width: 1, height: 3.3),
    ]
    var (one, many) = (canvas(8, 8), canvas(8, 8))
    one.drawRectangles(boxes, [.fill(red)])
    for box in boxes { many.drawRectangle(box, [.fill(red)]) }
    #expect(one.picture == many.picture && one.picture[1, 1] == red)
  }

  @Test("Round corners leave out the corners; a radius beyond half the side makes a pill")
  func corners() {
    let box = Rectangle(x: 0, y: 0, width: 40, height: 20)
    for radius in [0.0, 6, 99] {
      var canvas = canvas(40, 20)
      canvas.drawRectangle(box, cornerRadius: radius, [])
      #expect((canvas.picture[0, 0] == black) == (radius == 0))
      #expect(canvas.picture[0, 12] == black && canvas.picture[10, 0].red < 30)
      #expect((canvas.picture[3, 1].red > 200) == (radius == 99))
    }
  }

  @Test("A dashed line is dashes and gaps of their lengths, also around a corner")
  func dashes() {
    var canvas = canvas(44, 44)
    canvas.drawLines(
      [[[0, 4], [40, 4], [40, 44]]], isClosed: false,
      [.fill(nil), .stroke(black), .strokeWidth(2), .dashes([6, 4])])
    // The line down is as wide as two pixels.
    let along = (0..<38).map { canvas.picture[4, $0] == black }
    #expect(along == (0..<38).map { $0 % 10 < 6 })
    let down = (5..<44).map { canvas.picture[$0, 40] == black }
    #expect(down == (5..<44).map { ($0 - 4) % 10 < 6 })
    canvas = self.canvas(44, 44)
    canvas.drawLine(from: [0, 4], to: [40, 4], [.stroke(black), .strokeWidth(2), .dashes([])])
    #expect((0..<40).allSatisfy { canvas.picture[4, $0] == black })
  }

  @Test("A closed line returns to its first point, an open one does not")
  func closing() {
    let triangle: [Position] = [[2, 2], [18, 2], [18, 18]]
    for isClosed in [true, false] {
      var canvas = canvas(20, 20)
      canvas.drawLines(
        [triangle], isClosed: isClosed, [.fill(nil), .stroke(black), .strokeWidth(3)])
      #expect((canvas.picture[10, 10] == black) == isClosed)
      #expect(canvas.picture[2, 10] == black && canvas.picture[6, 14] == .background)
    }
  }

  @Test("A curve goes where Bézier's formula says, and the head of an arrow to its tip")
  func curves() {
    var path = CurvedPath()
    path.move(to: [10, 50])
    path.curve(to: [50, 50], [10, 10], [50, 10])
    path.arrowHead(at: [50, 50])
    var canvas = canvas(60, 60)
    canvas.drawPath(path, [.fill(nil), .stroke(black), .strokeWidth(3)])
    // At the half: (start + 3 first + 3 second + end) / 8.
    #expect(canvas.picture[20, 30] == black && canvas.picture[40, 30] == .background)
    #expect(canvas.picture[45, 47].red < 100 && canvas.picture[45, 53].red < 100)
  }

  @Test("Text begins, is centred or ends at its place, on its line; vertical text runs upwards")
  func text() {
    func inked(_ anchor: TextAnchor, isVertical: Bool) -> (rows: [Int], columns: [Int]) {
      var canvas = canvas(80, 80)
      canvas.drawText(
        "HHHH", at: [40, 40], isVertical: isVertical, [.fontSize(10), .anchor(anchor)])
      let picture = canvas.picture
      let all = Array(0..<80)
      return (
        all.filter { row in all.contains { picture.ink(row, $0) > 0.5 } },
        all.filter { column in all.contains { picture.ink($0, column) > 0.5 } }
      )
    }
    // A capital is 7.2 high; four of five dots with a dot between are 23 dots of 7.2 / 7 wide.
    let start = inked(.start, isVertical: false)
    #expect(start.rows.first == 33 && start.rows.last == 39)
    #expect(start.columns.first == 40 && start.columns.last! >= 62)
    let end = inked(.end, isVertical: false)
    #expect(end.columns.last == 39 && end.columns.first! <= 17)
    let middle = inked(.middle, isVertical: false)
    #expect(middle.columns.first! < 30 && middle.columns.last! > 50)
    let upwards = inked(.start, isVertical: true)
    #expect(upwards.rows.last == 39 && upwards.rows.first! <= 17)
    #expect(upwards.columns.first == 33 && upwards.columns.last == 39)
  }

  @Test("A halo keeps letters apart from what is under them; bold letters have more ink")
  func letters() {
    func picture(_ attributes: [DrawingAttribute]) -> Picture {
      var canvas = canvas(40, 30)
      canvas.drawRectangle(Rectangle(x: 0, y: 0, width: 40, height: 30), [.fill(red)])
      canvas.drawText("I", at: [20, 20], [.fontSize(20)] + attributes)
      return canvas.picture
    }
    func count(_ picture: Picture, _ color: RGB) -> Int {
      (0..<1200).count { picture[$0 / 40, $0 % 40] == color }
    }
    let (plain, bold, halo) = (picture([]), picture([.bold]), picture([.halo(.background)]))
    func ink(_ picture: Picture) -> Double {
      (0..<1200).reduce(0) { $0 + picture.ink($1 / 40, $1 % 40) }
    }
    #expect(ink(bold) > 1.1 * ink(plain))
    #expect(count(plain, .background) == 0 && count(halo, .background) > 20)
    #expect(count(halo, black) == count(plain, black))
    #expect(count(picture([.fill(nil)]), red) == 1200)
  }

  @Test("Letters are the dots they are known by")
  func font() {
    #expect(DotFont.columns(of: "T") == [0x03, 0x01, 0x7F, 0x01, 0x03])
    #expect(DotFont.columns(of: "l") == [0x41, 0x7F, 0x40])
    #expect(DotFont.columns(of: "é") == DotFont.columns(of: "e"))
    #expect(DotFont.columns(of: "−") == DotFont.columns(of: "-"))
    #expect(DotFont.columns(of: "☃") == DotFont.columns(of: "?"))
    #expect(DotFont.columns(of: " ") == [0, 0])
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
    #expect((60..<260).contains { row in (8..<30).contains { picture.ink(row, $0) > 0.3 } })
  }
}
