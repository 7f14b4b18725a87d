import FledgeCore
import FledgeCourse

let checks2_1: [Check] = [
  Check("row-major strides count the elements behind an index") { c in
    let known: [(shape: [Int], strides: [Int])] = [
      ([5], [1]), ([2, 3], [3, 1]), ([3, 2], [2, 1]), ([2, 3, 4], [12, 4, 1]),
      ([7, 1, 2], [2, 2, 1]),
      ([], []),
    ]
    for (shape, strides) in known {
      let layout = StridedLayout(rowMajor: shape)
      c.trying("shape \(shape)") {
        c.expect(layout.strides, equals: strides, "strides")
        c.expect(layout.shape, equals: shape, "shape")
        c.expect(layout.offset, equals: 0, "offset")
      }
    }
    c.forRandomCases(30) { generator in
      let shape = randomShape(generator)
      c.trying("shape \(shape)") {
        c.expect(
          StridedLayout(rowMajor: shape).strides, equals: Array(Layout(Shape(shape)).strides),
          "the strides that Fledge gives the shape")
      }
    }
  },
  Check("a position is the offset, and index times stride for each axis") { c in
    let layouts: [(StridedLayout, index: [Int], Int, String)] = [
      (StridedLayout(shape: [2, 3], strides: [3, 1]), [1, 2], 5, "1·3 + 2·1"),
      (StridedLayout(shape: [3, 2], strides: [1, 3]), [2, 1], 5, "2·1 + 1·3"),
      (StridedLayout(shape: [2, 2], strides: [3, 1], offset: 4), [0, 0], 4, "4"),
      (StridedLayout(shape: [2, 2], strides: [3, 1], offset: 4), [1, 1], 8, "4 + 1·3 + 1·1"),
      (StridedLayout(shape: [4], strides: [-1], offset: 3), [3], 0, "3 + 3·(−1)"),
      (StridedLayout(shape: [5, 2], strides: [0, 1]), [4, 1], 1, "4·0 + 1·1"),
      (StridedLayout(shape: [], strides: [], offset: 7), [], 7, "7: a scalar lies at the offset"),
    ]
    for (layout, index, position, sum) in layouts {
      c.trying("shape \(layout.shape), strides \(layout.strides), offset \(layout.offset)") {
        c.expect(layout.position(of: index), equals: position, "position of \(index): \(sum)")
      }
    }
  },
  Check("elements are numbered with the last index running fastest") { c in
    let layout = StridedLayout(shape: [2, 3], strides: [3, 1])
    let numbered = (0..<6).map { layout.index(ofElement: $0) }
    c.expect(
      numbered, equals: [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]], "indices of shape [2, 3]")
    let deep = StridedLayout(shape: [2, 2, 3], strides: [6, 3, 1])
    c.expect(deep.index(ofElement: 7), equals: [1, 0, 1], "element 7 of shape [2, 2, 3]")
    let scalar = StridedLayout(shape: [], strides: [])
    c.expect(scalar.index(ofElement: 0), equals: [], "the only element of a scalar")
  },
  Check("the numbering follows the shape, not the strides") { c in
    let transposed = StridedLayout(shape: [3, 2], strides: [1, 3])
    c.picture("where the elements of shape [3, 2], strides [1, 3] lie:") { grid(transposed) }
    c.expect(
      (0..<6).map { transposed.index(ofElement: $0) },
      equals: [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]], "indices of a transposed layout")
    c.expect(transposed.positions, equals: [0, 3, 1, 4, 2, 5], "positions of a transposed layout")
    // A division by a stride of 0 would end here.
    let repeated = StridedLayout(shape: [2, 2], strides: [0, 1], offset: 1)
    c.expect(repeated.positions, equals: [1, 2, 1, 2], "positions of a row that is seen twice")
    let backward = StridedLayout(shape: [3], strides: [-2], offset: 4)
    c.expect(backward.positions, equals: [4, 2, 0], "positions of an axis that runs backward")
  },
  Check("row-major indices and positions belong to each other, one to one") { c in
    c.forRandomCases(40) { generator in
      let layout = StridedLayout(rowMajor: randomShape(generator))
      c.trying("shape \(layout.shape)") {
        c.expect(
          layout.positions, equals: Array(0..<layout.count),
          "element number n of a row-major layout lies at position n")
        let number = generator.integer(below: layout.count)
        let there = layout.index(ofElement: number)
        c.expect(
          layout.position(of: there), equals: number, "number \(number) → index \(there) → number")
      }
    }
    c.expect(StridedLayout(rowMajor: [2, 0, 3]).positions, equals: [], "positions of no elements")
  },
  Check("your positions find the elements of Fledge's own tensors") { c in
    let x = Tensor.arange(24).cast(to: .float32).reshaped([2, 3, 4])
    let views: [(String, Tensor)] = [
      ("x", x), ("x.transposed()", x.transposed()),
      ("x.permuted([2, 0, 1])", x.permuted([2, 0, 1])),
      ("x[1, .all, 1..<3]", x[1, .all, 1..<3]), ("x.flipped(axis: 1)", x.flipped(axis: 1)),
      ("x[.all, 0..<1].broadcast(to: [2, 3, 4])", x[.all, 0..<1].broadcast(to: [2, 3, 4])),
      ("x[0, 1, 2]", x[0, 1, 2]),
    ]
    for (name, view) in views {
      let layout = StridedLayout(
        shape: Array(view.shape), strides: Array(view.layout.strides), offset: view.layout.offset)
      let buffer = view.storage.pointer.assumingMemoryBound(to: Float.self)
      c.trying("\(name): strides \(layout.strides), offset \(layout.offset)") {
        let inside = layout.positions.allSatisfy((0..<24).contains)
        guard c.expect(inside, "every position lies within the buffer of 24") else { return }
        c.expect(
          withExtendedLifetime(view) { layout.positions.map { Double(buffer[$0]) } },
          near: view.array(of: Double.self), "elements read at your positions")
      }
    }
  },
]

/// Up to four axes of up to five elements.
private func randomShape(_ generator: Generator) -> [Int] {
  (0..<generator.integer(below: 5)).map { _ in 1 + generator.integer(below: 5) }
}

/// The position of each element of a layout with two axes.
private func grid(_ layout: StridedLayout) -> [[String]] {
  (0..<layout.shape[0]).map { i in
    (0..<layout.shape[1]).map { "\(layout.position(of: [i, $0]))" }
  }
}
