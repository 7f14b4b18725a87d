import Foundation
import Testing

@testable import FledgePlots

@Suite struct ContoursTests {
  /// The area inside a ring, positive where it runs counterclockwise (the shoelace formula).
  private func area(_ ring: [(x: Double, y: Double)]) -> Double {
    zip(ring, ring.dropFirst() + ring.prefix(1)).reduce(0) {
      $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) / 2
    }
  }

  private func grid(_ rows: Int, _ columns: Int, _ f: (Double, Double) -> Double) -> [Float] {
    (0..<rows * columns).map { Float(f(Double($0 % columns), Double($0 / columns))) }
  }

  @Test func `A disc has one ring with its area and on its circle`() throws {
    let values = grid(61, 81) { 20 - hypot($0 - 40, $1 - 30) }
    let rings = contours(values, rows: 61, columns: 81, level: 0, closed: false)
    #expect(rings.count == 1)
    let ring = try #require(rings.first)
    #expect(ring.allSatisfy { abs(hypot($0.x - 40, $0.y - 30) - 20) < 0.02 })
    #expect(abs(area(ring) - .pi * 400) < 2)
  }

  @Test func `A hole turns the other way, so that filling leaves it out`() {
    let values = grid(61, 61) { 5 - abs(hypot($0 - 30, $1 - 30) - 15) }
    let rings = contours(values, rows: 61, columns: 61, level: 0, closed: true)
    let areas = rings.map(area).sorted()
    #expect(areas.count == 2)
    #expect(abs(areas[0] + .pi * 100) < 2 && abs(areas[1] - .pi * 400) < 2)
  }

  @Test func `A plane has one open line, closed along the border on request`() {
    let values = grid(11, 21) { x, _ in x - 12.25 }
    let open = contours(values, rows: 11, columns: 21, level: 0, closed: false)
    #expect(open.count == 1)
    #expect(open[0].count == 11 && open[0].allSatisfy { abs($0.x - 12.25) < 1e-5 })
    // Above is on the left: for what lies at greater x, the line runs downwards.
    #expect(open[0].first!.y == 10 && open[0].last!.y == 0)
    let closed = contours(values, rows: 11, columns: 21, level: 0, closed: true)
    #expect(closed.count == 1)
    #expect(abs(area(closed[0]) - 7.75 * 10) < 1e-4)
  }

  @Test func `A grid above the level everywhere is its whole rectangle, one below it nothing`() {
    let values = [Float](repeating: 1, count: 12)
    let all = contours(values, rows: 3, columns: 4, level: 0.5, closed: true)
    #expect(all.map(area) == [6])
    #expect(contours(values, rows: 3, columns: 4, level: 0.5, closed: false).isEmpty)
    #expect(contours(values, rows: 3, columns: 4, level: 2, closed: true).isEmpty)
  }

  @Test(arguments: [(Float(0), 2), (1, 1)])
  func `In a saddle the mean decides what connects`(low: Float, ringCount: Int) {
    // Diagonal corners at 3, the others at `low`: the mean is 1.5 or 2, the level 1.8.
    for values in [[3, low, low, 3], [low, 3, 3, low]] {
      let rings = contours(values, rows: 2, columns: 2, level: 1.8, closed: true)
      #expect(rings.count == ringCount)
    }
  }

  /// Every one of the 16 patterns of a cell, and all their neighbourhoods: each filled region must
  /// be closed, and higher levels must lie within lower ones.
  @Test func `Random grids have closed rings, and smaller areas for higher levels`() {
    let seed = UInt64.random(in: 0...(.max))
    var state = seed
    func random() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24)
    }
    for _ in 0..<50 {
      let values = (0..<7 * 9).map { _ in random() }
      var last = 48.0001
      for level in stride(from: Float(0), through: 1, by: 0.125) {
        let rings = contours(values, rows: 7, columns: 9, level: level, closed: true)
        for ring in rings {
          #expect(ring.first!.x == ring.last!.x && ring.first!.y == ring.last!.y, "seed \(seed)")
        }
        let filled = rings.map(area).reduce(0, +)
        #expect(filled <= last + 1e-6 && filled > -1e-6, "seed \(seed)")
        last = filled
      }
    }
  }
}
