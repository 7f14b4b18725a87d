import FledgeCore
import FledgeCourse

let checks2_2: [Check] = [
  Check("known shapes broadcast as in NumPy's table") { c in
    let known: [(a: [Int], b: [Int], result: [Int])] = [
      ([3], [3], [3]), ([2, 3], [2, 3], [2, 3]), ([2, 3], [3], [2, 3]), ([3], [2, 3], [2, 3]),
      ([2, 1], [1, 3], [2, 3]), ([8, 1, 6, 1], [7, 1, 5], [8, 7, 6, 5]),
      ([256, 256, 3], [3], [256, 256, 3]),
      ([15, 3, 5], [15, 1, 5], [15, 3, 5]), ([5], [2, 5, 1], [2, 5, 5]), ([1, 1], [4], [1, 4]),
    ]
    for (a, b, result) in known {
      expectShape(c, a, b, result)
    }
  },
  Check("a scalar broadcasts to every shape") { c in
    for shape in [[], [1], [4], [2, 3], [2, 0]] {
      expectShape(c, [], shape, shape)
      expectShape(c, shape, [], shape)
    }
  },
  Check("sizes that differ and are not 1 are an error") { c in
    for (a, b) in [([3], [4]), ([2, 3], [2]), ([2, 1], [8, 4, 3]), ([4, 3], [4]), ([6], [3])] {
      c.trying("\(a) and \(b)") {
        do {
          let shape = try BroadcastRules.shape(a, b)
          c.expect("the shape \(shape)", equals: "an error", "the result")
        } catch {
          c.expect(
            error as? BroadcastError, equals: BroadcastError(a: a, b: b),
            "the error names both shapes as they were given")
        }
      }
    }
  },
  Check("an empty axis agrees with 1 and 0 alone") { c in
    expectShape(c, [1], [0], [0])
    expectShape(c, [0, 3], [1], [0, 3])
    expectShape(c, [2, 0], [2, 0], [2, 0])
    c.trying("[3] and [0]") {
      c.expectThrows("no three elements meet none") { _ = try BroadcastRules.shape([3], [0]) }
    }
  },
  Check("random shapes: as Fledge, and the same in either order") { c in
    c.forRandomCases(200) { generator in
      let (a, b) = (randomShape(generator), randomShape(generator))
      let fledge = Shape.broadcast(Shape(a), Shape(b)).map { Array($0) }
      c.trying("\(a) and \(b)") {
        c.expect(try? BroadcastRules.shape(a, b), equals: fledge, "the shape, nil for an error")
        c.expect(try? BroadcastRules.shape(b, a), equals: fledge, "the shape with both exchanged")
      }
    }
  },
  Check("an element of the result is made from one element of each tensor") { c in
    let known: [(index: [Int], shape: [Int], result: [Int])] = [
      ([1, 2], [2, 3], [1, 2]), ([1, 2], [3], [2]), ([1, 2], [1, 3], [0, 2]),
      ([1, 2], [2, 1], [1, 0]),
      ([7, 6, 5, 4], [7, 1, 5], [6, 0, 4]), ([3, 2], [], []), ([3, 2], [1], [0]),
    ]
    for (index, shape, result) in known {
      c.trying("element \(index) of the result") {
        c.expect(
          BroadcastRules.index(index, in: shape), equals: result, "indices in a tensor \(shape)")
      }
    }
  },
  Check("a sum by your rules is Fledge's a + b") { c in
    let cases: [(a: Shape, b: Shape)] = [
      ([2, 3], [3]), ([4, 1], [3]), ([2, 1, 3], [4, 1]), ([], [2, 2]),
    ]
    for (a, b) in cases {
      try c.trying("\(a) + \(b)") {
        let x = Tensor.arange(a.count).cast(to: .float32).reshaped(a)
        let y = Tensor.arange(b.count).cast(to: .float32).reshaped(b) * 10
        c.expect(try broadcastSum(x, y), near: x + y, "your rules over row-major buffers")
      }
    }
  },
]

/// Expects the shape that two shapes broadcast to.
private func expectShape(_ c: Recorder, _ a: [Int], _ b: [Int], _ result: [Int]) {
  c.expect(
    try? BroadcastRules.shape(a, b), equals: result, "the shape of \(a) and \(b), nil for an error")
}

/// Up to three axes of 0 to 3 elements: small sizes, so that many of them agree.
private func randomShape(_ generator: Generator) -> [Int] {
  (0..<generator.integer(below: 4)).map { _ in generator.integer(below: 4) }
}

/// a + b element by element, where the learner's rules say that the operands lie.
private func broadcastSum(_ a: Tensor, _ b: Tensor) throws -> Tensor {
  let shape = try BroadcastRules.shape(Array(a.shape), Array(b.shape))
  let result = StridedLayout(rowMajor: shape)
  func element(_ x: Tensor, _ index: [Int]) -> Float {
    let layout = StridedLayout(rowMajor: Array(x.shape))
    let there = layout.position(of: BroadcastRules.index(index, in: layout.shape))
    return (0..<x.count).contains(there) ? x.array()[there] : .nan
  }
  let sums = (0..<result.count).map { number in
    let index = result.index(ofElement: number)
    return element(a, index) + element(b, index)
  }
  return Tensor(sums, shape: Shape(shape))
}
