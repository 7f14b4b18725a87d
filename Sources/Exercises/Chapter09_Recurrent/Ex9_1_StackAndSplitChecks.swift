import FledgeCore
import FledgeCourse

let checks9_1: [Check] = [
  Check("a tensor is three numbers around an axis") { c in
    for (shape, axis, expected) in [
      ([2, 3, 4, 5], 1, [2, 3, 20]), ([2, 3, 4, 5], 0, [1, 2, 60]), ([2, 3, 4, 5], 3, [24, 5, 1]),
      ([7], 0, [1, 7, 1]), ([3, 0, 2], 1, [3, 0, 2]),
    ] {
      let layout = AxisLayout(of: Shape(shape), axis: axis)
      c.expect(
        [layout.outer, layout.size, layout.inner], equals: expected,
        "outer, size, inner of \(shape) around axis \(axis)")
    }
    let layout = AxisLayout(of: [2, 3, 4], axis: 1)
    c.expect(
      [layout.place(0, 0, 0), layout.place(0, 0, 3), layout.place(0, 2, 1), layout.place(1, 1, 2)],
      equals: [0, 3, 9, 18],
      "places in [2, 3, 4], axis 1: (0, 0, 0), (0, 0, 3), (0, 2, 1), (1, 1, 2)")
  },
  Check("parts are stacked along a new axis, in front, within and at the end") { c in
    let parts = [Tensor([[1, 2, 3], [4, 5, 6]]), Tensor([[10, 20, 30], [40, 50, 60]])]
    for (axis, expected) in [
      (0, Tensor([[[1, 2, 3], [4, 5, 6]], [[10, 20, 30], [40, 50, 60]]])),
      (1, Tensor([[[1, 2, 3], [10, 20, 30]], [[4, 5, 6], [40, 50, 60]]])),
      (2, Tensor([[[1, 10], [2, 20], [3, 30]], [[4, 40], [5, 50], [6, 60]]])),
    ] {
      c.expect(
        StackAndSplit.stacked(parts, axis: axis), near: expected,
        "1 … 6 and 10 … 60, stacked along axis \(axis)")
    }
  },
  Check("a split takes them apart again, and the axis is gone") { c in
    let x = Tensor([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])
    let rows = StackAndSplit.parts(of: x, axis: 1)
    guard c.expect(rows.count, equals: 3, "parts of [2, 3, 2] along axis 1") else { return }
    c.expect(rows[0], near: Tensor([[1, 2], [7, 8]]), "part 0")
    c.expect(rows[2], near: Tensor([[5, 6], [11, 12]]), "part 2")
    let columns = StackAndSplit.parts(of: x, axis: 2)
    guard c.expect(columns.count, equals: 2, "parts along axis 2") else { return }
    c.expect(columns[1], near: Tensor([[2, 4, 6], [8, 10, 12]]), "part 1 of those")
  },
  Check("stack and split are those of the framework, and undo each other") { c in
    c.forRandomCases(20) { generator in
      let shape = (0..<1 + generator.integer(below: 3)).map { _ in 1 + generator.integer(below: 4) }
      let count = 1 + generator.integer(below: 4)
      let axis = generator.integer(below: shape.count + 1)
      let parts = (0..<count).map { _ in Tensor.normal(Shape(shape), using: generator) }
      c.trying("\(count) parts of \(shape), axis \(axis)") {
        let stacked = StackAndSplit.stacked(parts, axis: axis)
        guard c.expect(stacked, near: Tensor.stack(parts, axis: axis), "the stack") else { return }
        let again = StackAndSplit.parts(of: stacked, axis: axis)
        guard c.expect(again.count, equals: count, "parts of the stack") else { return }
        for (k, part) in again.enumerated() { c.expect(part, near: parts[k], "part \(k)") }
      }
    }
  },
  Check("a part is read by its elements, not as it happens to lie") { c in
    let x = Tensor([[1, 2, 3], [4, 5, 6]])
    c.expect(
      StackAndSplit.stacked([x.transposed()], axis: 0),
      near: Tensor([[[1, 4], [2, 5], [3, 6]]]),
      "a transposed part")
    c.expect(
      StackAndSplit.parts(of: x.transposed(), axis: 0)[1], near: Tensor([2, 5]),
      "row 1 of a transposed matrix")
  },
  Check("each part of a stack gets its own piece of the gradient") { c in
    for axis in 0...2 {
      let parts = [
        Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]]), Tensor([[9, 10], [11, 12]]),
      ]
      .map { $0.requiringGradients() }
      let pieces = [
        Tensor([[1, 2], [3, 4]]), Tensor([[0, 1], [0, 0]]), Tensor([[10, 20], [30, 40]]),
      ]
      let dy = Tensor.stack(pieces, axis: axis)
      let found = gradients(
        of: myStack(parts, axis: axis), withRespectTo: parts, outputGradient: dy)
      for (k, piece) in pieces.enumerated() {
        c.expect(found[k], near: piece, "the gradient of part \(k), stacked along axis \(axis)")
      }
    }
  },
  Check("the gradients of all parts of a split come together, zeros for those nobody used") { c in
    for axis in 0...1 {
      let x = Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]]).requiringGradients()
      let parts = mySplit(x, axis: axis)
      let loss = (parts[0] * Tensor([1, 10, 100])).sum() + (parts[2] * Tensor([2, 3, 4])).sum()
      let expected = Tensor.stack([[1, 10, 100], [0, 0, 0], [2, 3, 4]], axis: axis)
      c.expect(
        gradients(of: loss, withRespectTo: [x])[0], near: expected,
        "rows or columns 0 and 2 of a matrix, axis \(axis)")
    }
  },
  Check("gradients have gradients") { c in
    // Σ (stack x)³ has the second derivative 6 x, through the gradients of both operations.
    let x = Tensor([[1, 2], [3, -4]]).requiringGradients()
    let y = myStack(mySplit(x, axis: 1), axis: 1)
    let slope = gradients(of: (y * y * y).sum(), withRespectTo: [x], createGraph: true)[0]
    guard c.expect(slope.graphNode != nil, "the gradient has a place in a graph") else { return }
    c.expect(
      gradients(of: slope.sum(), withRespectTo: [x])[0], near: Tensor([[6, 12], [18, -24]]),
      "the second derivative of Σ x³, split and stacked again")
  },
]
