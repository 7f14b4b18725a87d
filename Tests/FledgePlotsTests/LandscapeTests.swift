import FledgeCore
import Testing

@testable import FledgePlots

@Suite struct LandscapeTests {
  private var bowl: Landscape {
    Landscape(title: "bowl", x: -2...2, y: -1...1) { x, y in x * x + 4 * y * y }
  }

  @Test func `A path is drawn up to where it leaves the numbers`() {
    var map = bowl
    map.add("good", [[1, 1], [0.5, 0], [0, 0]])
    map.add("lost", [[1, 1], [.infinity, 0], [0, 0]])
    map.add("empty", [])
    map.minimum = [0, 0]
    let svg = map.svg()
    #expect(xmlFault(svg) == nil)
    for name in [">good<", ">lost<", ">empty<", ">bowl<"] { #expect(svg.contains(name)) }
  }

  @Test func `A walker that diverges leaves the map, as text and in pixels`() {
    var map = bowl
    map.add("diverging", [[1, 1], [1, -3], [-1e300, 1e250], [.greatestFiniteMagnitude, 0]])
    let drawing = map.drawing(width: 240)
    #expect(xmlFault(drawing.svg) == nil)
    #expect(drawing.picture(scale: 1).width == 240)
  }

  @Test func `The lines ascend within the heights; a plain has none`() {
    let levels = bowl.levels
    #expect(levels.count == 13)
    #expect(levels == levels.sorted() && levels[0] >= 0 && levels[12] < 8)
    let plain = Landscape(title: "", x: 0...1, y: 0...1) { _, _ in 3 }
    #expect(plain.levels.isEmpty)
    #expect(xmlFault(plain.svg()) == nil)
  }

  @Test func `Heights that are no numbers leave a hole`() {
    let map = Landscape(title: "hole", x: 0...1, y: 0...1) { x, _ in x < 0.5 ? .nan : x }
    #expect(xmlFault(map.svg()) == nil)
  }
}
