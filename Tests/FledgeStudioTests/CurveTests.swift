import Testing

@testable import FledgeStudio

/// What a page that opens late sees of a long run.
@Suite struct CurveTests {
  @Test(arguments: [1, 7, 400])
  func `A curve that goes on keeps its beginning as fine as its end`(atATime: Int) throws {
    var curve = Curve()
    var dropped = 0
    let all = 50_000
    for start in stride(from: 0, to: all, by: atATime) {
      for step in start..<min(start + atATime, all) { curve.append(Double(step), Double(step)) }
      dropped += curve.thin(to: 100)
      #expect(curve.x.count <= 100)
    }
    #expect(curve.x.count + dropped == all)
    #expect(curve.x.last == Double(all - 1))
    let gaps = zip([0] + curve.x, curve.x).map { $1 - $0 }
    #expect(gaps.max()! <= Double(8 * all / 100), "\(gaps)")
    // The mean of the steps that a point stands for.
    for (x, y) in zip(curve.x, curve.y) {
      #expect(y! <= x && y! >= x - Double(4 * all / 100))
    }
  }

  @Test
  func `Points that are no numbers count for nothing, and a curve that stands still is thinned`() {
    var curve = Curve()
    for step in 0..<8 { curve.append(Double(step), step % 2 == 0 ? .nan : 3) }
    #expect(curve.thin(to: 4) == 6)
    #expect(curve.x == [3, 7] && curve.y == [3, 3])
    var still = Curve()
    for value in 0..<9 { still.append(5, Double(value)) }
    _ = still.thin(to: 4)
    #expect(still.x == [5, 5, 5] && still.y == [1.5, 5.5, 8])
    var none = Curve()
    none.append(1, .infinity)
    none.append(2, .nan)
    none.append(3, .nan)
    #expect(none.thin(to: 2) == 1)
    #expect(none.y == [nil, nil])
    var back = Curve()
    for step in [5.0, 6, 1, 2, 3] { back.append(step, step) }
    _ = back.thin(to: 4)
    #expect(back.x.count <= 4 && back.x.last == 3)
  }
}
