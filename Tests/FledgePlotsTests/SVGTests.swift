import Testing

@testable import FledgePlots

@Suite struct SVGTests {
  @Test func `Text and attributes are escaped`() {
    var svg = SVG(width: 10, height: 10, title: "a < b & \"c\" > 'd'\u{1}")
    svg.add("text", ["class": "\"<&"], text: "1 < 2 & 3")
    #expect(svg.document.contains("<title>a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;\u{FFFD}<"))
    #expect(svg.document.contains("class=\"&quot;&lt;&amp;\">1 &lt; 2 &amp; 3<"))
    #expect(xmlFault(svg.document) == nil)
  }

  @Test func `Numbers have at most two decimals and no useless zeros`() {
    let cases: [(Double, String)] = [
      (0, "0"), (-0.001, "0"), (1.5, "1.5"), (2.004, "2"), (-3.14159, "-3.14"), (0.05, "0.05"),
      (1234, "1234"), (-0.5, "-0.5"), (99.999, "100"),
    ]
    for (value, text) in cases { #expect(SVG.number(value) == text) }
  }

  @Test func `A long path of small steps ends where it should`() {
    var path = SVGPath()
    path.move(to: (0, 0))
    for index in 1...1000 { path.line(to: (Double(index) * 0.033, 0)) }
    // The sum of the rounded relative steps is the rounded end, not 1000 rounded steps of 0.
    let numbers = path.data.split { "Ml ".contains($0) }.map { Double($0)! }
    let end = stride(from: 0, to: numbers.count, by: 2).reduce(0) { $0 + numbers[$1] }
    #expect(abs(end - 33) < 1e-9)
  }

  @Test func `Paths are compact`() {
    var path = SVGPath()
    path.move(to: (10, 20.25))
    path.line(to: (10.5, 19))
    path.line(to: (10.5, 19))
    path.line(to: (10, 22))
    path.close()
    #expect(path.data == "M10 20.3l.5-1.3-.5 3z")
  }
}
