import Testing

@testable import FledgePlots

@Suite struct SVGCanvasTests {
  /// What is between the title and the end.
  private func body(_ draw: (inout SVGCanvas) -> Void) -> [String] {
    var canvas = SVGCanvas()
    draw(&canvas)
    let document = canvas.document(width: 10, height: 10, title: "")
    #expect(xmlFault(document) == nil)
    return document.split(separator: "\n").dropFirst(2).dropLast().map(String.init)
  }

  @Test func `Each shape is its element, each attribute is written as given`() {
    let box = Rectangle(x: 1, y: 2.504, width: 3, height: 4)
    var path = CurvedPath()
    path.move(to: [0, 1])
    path.curve(to: [3, 4], [1, 1], [2, 1.25])
    path.line(to: [3, 9])
    let written = body {
      $0.drawRectangle(
        box, [.fill(.ink), .stroke(.border), .strokeWidth(1.5), .strokeOpacity(0.24)])
      $0.drawRectangle(box, cornerRadius: 8, [.fill(nil)])
      $0.drawRectangle(Rectangle(x: 0, y: 0, width: 9, height: 9), [])
      $0.drawRectangles([box, Rectangle(x: 0, y: 0, width: 2, height: 1)], [.evenOdd])
      $0.drawCircle(at: [1, 2], radius: 3, [.roundJoins])
      $0.drawLine(from: [1, 2], to: [3, 4], [.dashes([6, 4.5]), .roundCaps])
      $0.drawLine(from: [1, 2], to: [3, 4], [.dashes([])])
      $0.drawLines([[[1, 1], [2, 1]], [], [[5, 5]]], isClosed: false, [])
      $0.drawLines([[[1, 1], [2, 1], [2, 2]]], isClosed: true, [])
      $0.drawPath(path, [])
      $0.drawText("a", at: [1, 2], [.fontSize(12.5), .bold, .anchor(.middle)])
      $0.drawText("b", at: [1, 2], isVertical: true, [.bold(false), .halo(.background)])
    }
    #expect(
      written == [
        "<rect x=\"1\" y=\"2.5\" width=\"3\" height=\"4\" fill=\"#1f2328\" stroke=\"#d1d9e0\" "
          + "stroke-width=\"1.5\" stroke-opacity=\"0.24\"/>",
        "<rect x=\"1\" y=\"2.5\" width=\"3\" height=\"4\" rx=\"8\" fill=\"none\"/>",
        "<rect width=\"9\" height=\"9\"/>",
        "<path d=\"M1 2.5h3v4h-3zM0 0h2v1h-2z\" fill-rule=\"evenodd\"/>",
        "<circle cx=\"1\" cy=\"2\" r=\"3\" stroke-linejoin=\"round\"/>",
        "<line x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" stroke-dasharray=\"6 4.5\" "
          + "stroke-linecap=\"round\"/>",
        "<line x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" stroke-dasharray=\"none\"/>",
        "<path d=\"M1 1l1 0M5 5l0 0\"/>", "<path d=\"M1 1l1 0 0 1z\"/>",
        "<path d=\"M0 1C1 1 2 1.25 3 4L3 9\"/>",
        "<text x=\"1\" y=\"2\" font-size=\"12.5\" font-weight=\"600\" text-anchor=\"middle\">a</text>",
        "<text transform=\"translate(1 2) rotate(-90)\" font-weight=\"400\" stroke=\"#ffffff\" "
          + "stroke-width=\"3.5\" stroke-linejoin=\"round\" paint-order=\"stroke\">b</text>",
      ])
  }

  @Test func `Groups nest; each clip has a name of its own`() {
    let box = Rectangle(x: 1, y: 2, width: 3, height: 4)
    let written = body {
      $0.group([.fill(.ink)], clip: box) {
        $0.group([], origin: [5, 6.5], scale: 2) { $0.drawText("x", at: [0, 0]) }
      }
      $0.group([], clip: box) { _ in }
    }
    let rectangle = "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\"/>"
    #expect(
      written == [
        "<clipPath id=\"plot\">", rectangle, "</clipPath>",
        "<g clip-path=\"url(#plot)\" fill=\"#1f2328\">",
        "<g transform=\"translate(5 6.5) scale(2)\">", "<text x=\"0\" y=\"0\">x</text>", "</g>",
        "</g>", "<clipPath id=\"plot2\">", rectangle, "</clipPath>",
        "<g clip-path=\"url(#plot2)\">", "</g>",
      ])
  }

  @Test func `Text and the title are escaped`() {
    var canvas = SVGCanvas()
    canvas.drawText("1 < 2 & 3", at: [0, 0])
    let document = canvas.document(
      width: 10, height: 10, title: "a < b & \"c\" > 'd'\u{1}")
    #expect(document.contains("<title>a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;\u{FFFD}<"))
    #expect(document.contains(">1 &lt; 2 &amp; 3<"))
    #expect(xmlFault(document) == nil)
  }

  @Test func `Numbers have at most two decimals and no useless zeros, and end at a billion`() {
    let cases: [(Double, String)] = [
      (0, "0"), (-0.001, "0"), (1.5, "1.5"), (2.004, "2"), (-3.14159, "-3.14"), (0.05, "0.05"),
      (1234, "1234"), (-0.5, "-0.5"), (99.999, "100"), (1e300, "1000000000"),
      (-.infinity, "-1000000000"),
    ]
    for (value, text) in cases { #expect(SVGCanvas.number(value) == text) }
  }

  @Test func `A long path of small steps ends where it should`() {
    var path = SVGPath()
    path.move(to: [0, 0])
    for index in 1...1000 { path.line(to: [Double(index) * 0.033, 0]) }
    // The sum of the rounded relative steps is the rounded end, not 1000 rounded steps of 0.
    let numbers = path.data.split { "Ml ".contains($0) }.map { Double($0)! }
    let end = stride(from: 0, to: numbers.count, by: 2).reduce(0) { $0 + numbers[$1] }
    #expect(abs(end - 33) < 1e-9)
  }

  @Test func `Paths are compact`() {
    var path = SVGPath()
    path.move(to: [10, 20.25])
    path.line(to: [10.5, 19])
    path.line(to: [10.5, 19])
    path.line(to: [10, 22])
    path.close()
    #expect(path.data == "M10 20.3l.5-1.3-.5 3z")
  }
}
