import FledgeCore
import FledgeCourse

let checks2_3: [Check] = [
  Check("a permutation carries sizes and strides along") { c in
    let layout = StridedLayout(shape: [2, 3, 4], strides: [12, 4, 1], offset: 5)
    let known: [(order: [Int], shape: [Int], strides: [Int])] = [
      ([0, 1, 2], [2, 3, 4], [12, 4, 1]), ([1, 0, 2], [3, 2, 4], [4, 12, 1]),
      ([2, 0, 1], [4, 2, 3], [1, 12, 4]), ([1, 2, 0], [3, 4, 2], [4, 1, 12]),
    ]
    for (order, shape, strides) in known {
      c.trying("shape [2, 3, 4], order \(order)") {
        let result = layout.permuted(order)
        c.expect(result.shape, equals: shape, "shape: axis i is the old axis order[i]")
        c.expect(result.strides, equals: strides, "strides: each axis keeps its own")
        c.expect(result.offset, equals: 5, "offset")
      }
    }
  },
  Check("a slice moves the start and widens the stride") { c in
    let layout = StridedLayout(shape: [4, 6], strides: [6, 1], offset: 2)
    let known: [(axis: Int, start: Int, step: Int, count: Int, StridedLayout)] = [
      (0, 1, 1, 2, StridedLayout(shape: [2, 6], strides: [6, 1], offset: 8)),
      (1, 1, 2, 3, StridedLayout(shape: [4, 3], strides: [6, 2], offset: 3)),
      (1, 5, -1, 6, StridedLayout(shape: [4, 6], strides: [6, -1], offset: 7)),
      (0, 3, -2, 2, StridedLayout(shape: [2, 6], strides: [-12, 1], offset: 20)),
    ]
    for (axis, start, step, count, result) in known {
      c.trying("[4, 6] from place 2: axis \(axis), start \(start), step \(step), count \(count)") {
        let got = layout.sliced(axis: axis, start: start, step: step, count: count)
        c.expect(got.shape, equals: result.shape, "shape")
        c.expect(got.strides, equals: result.strides, "strides")
        c.expect(got.offset, equals: result.offset, "offset: the place of the first element kept")
      }
    }
  },
  Check("a broadcast axis has stride 0") { c in
    let known: [(StridedLayout, target: [Int], strides: [Int])] = [
      (StridedLayout(shape: [3], strides: [1], offset: 4), [2, 3], [0, 1]),
      (StridedLayout(shape: [2, 1], strides: [1, 1], offset: 4), [2, 3], [1, 0]),
      (StridedLayout(shape: [2, 3], strides: [3, 1], offset: 4), [2, 3], [3, 1]),
      (StridedLayout(shape: [], strides: [], offset: 4), [2, 3], [0, 0]),
      (
        StridedLayout(shape: [4, 1, 2], strides: [1, 4, 4], offset: 4), [3, 4, 5, 2], [0, 1, 0, 4]
      ),
    ]
    for (layout, target, strides) in known {
      try c.trying("shape \(layout.shape), strides \(layout.strides), to \(target)") {
        let result = try layout.broadcast(to: target)
        c.expect(result.shape, equals: target, "shape")
        c.expect(result.strides, equals: strides, "strides")
        c.expect(result.offset, equals: 4, "offset")
      }
    }
    for (shape, target) in [([3], [2, 4]), ([2, 3], [3]), ([4, 3], [1, 3])] {
      c.trying("\(shape) to \(target)") {
        do {
          let result = try StridedLayout(rowMajor: shape).broadcast(to: target)
          c.expect(
            "the shape \(result.shape)", equals: "an error", "that shape cannot be seen in this")
        } catch {
          c.expect(
            error as? BroadcastError, equals: BroadcastError(a: shape, b: target),
            "the error names this shape, then the target")
        }
      }
    }
  },
  Check("a view shares its buffer") { c in
    let x = StridedArray([1, 2, 3, 4, 5, 6], shape: [2, 3])
    let views: [(String, StridedArray)] = [
      ("permuted", x.permuted([1, 0])), ("sliced", x.sliced(axis: 1, start: 1, count: 2)),
      ("broadcast", try x.broadcast(to: [4, 2, 3])), ("flipped", x.flipped(axis: 0)),
      ("of a view", x.permuted([1, 0]).flipped(axis: 1)),
    ]
    x.buffer.elements[4] = 50
    for (name, view) in views {
      c.trying(name) {
        c.expect(view.buffer === x.buffer, "the view's buffer is the tensor's own, not a copy")
        c.expect(view.elements.contains(50), "what is written to the tensor is seen in the view")
      }
    }
  },
  Check("a chain of views shows the elements that Fledge's views show") { c in
    var fledge = Tensor.arange(24).cast(to: .float32).reshaped([2, 3, 4])
    var mine = StridedArray((0..<24).map(Float.init), shape: [2, 3, 4])
    func expectSame(_ name: String) {
      c.step(name, Tensor(mine.elements, shape: Shape(mine.shape)))
      c.trying("after \(name): strides \(mine.layout.strides), offset \(mine.layout.offset)") {
        c.picture("your positions, in row-major order:") {
          [mine.layout.positions.map(String.init)]
        }
        c.expect(mine.shape, equals: Array(fledge.shape), "shape")
        let inside = mine.layout.positions.allSatisfy((0..<24).contains)
        if c.expect(inside, "every position lies within the buffer of 24") {
          c.expect(
            mine.elements.map(Double.init), near: fledge.array(of: Double.self), "elements")
        }
      }
    }
    (mine, fledge) = (mine.permuted([2, 0, 1]), fledge.permuted([2, 0, 1]))
    expectSame("permuted([2, 0, 1])")
    mine = mine.sliced(axis: 0, start: 1, step: 2, count: 2)
    fledge = fledge[.step(1, 4, 2)]
    expectSame("every second of axis 0 from 1")
    (mine, fledge) = (mine.flipped(axis: 2), fledge.flipped(axis: 2))
    expectSame("flipped(axis: 2)")
    mine = mine.sliced(axis: 1, start: 1, count: 1)
    fledge = fledge[.all, 1..<2]
    expectSame("the last of axis 1")
    mine = try mine.broadcast(to: [2, 2, 5, 3])
    fledge = fledge.broadcast(to: [2, 2, 5, 3])
    expectSame("broadcast(to: [2, 2, 5, 3])")
    (mine, fledge) = (mine.permuted([3, 2, 1, 0]), fledge.permuted([3, 2, 1, 0]))
    expectSame("all axes in reverse")
  },
  Check("random chains of views have the strides of Fledge's layouts") { c in
    try c.forRandomCases(100) { generator in
      let shape = (0..<1 + generator.integer(below: 3)).map { _ in 1 + generator.integer(below: 4) }
      var (mine, fledge) = (StridedLayout(rowMajor: shape), Layout(Shape(shape)))
      var said = "\(shape)"
      for _ in 0..<4 {
        let axis = generator.integer(below: mine.shape.count)
        switch generator.integer(below: 3) {
        case 0:
          let order = generator.permutation(mine.shape.count)
          said += ", permuted \(order)"
          (mine, fledge) = (mine.permuted(order), fledge.permuted(order))
        case 1:
          let start = generator.integer(below: mine.shape[axis])
          let step = generator.bernoulli(0.5) ? -1 : 2
          let room = step < 0 ? start + 1 : (mine.shape[axis] - start + 1) / 2
          said += ", axis \(axis) sliced from \(start) by \(step)"
          mine = mine.sliced(axis: axis, start: start, step: step, count: room)
          fledge = fledge.sliced(axis: axis, start: start, step: step, count: room)
        default:
          let lead = mine.shape.count < 5 ? [2] : []
          let target = lead + mine.shape.map { $0 == 1 ? 3 : $0 }
          said += ", broadcast to \(target)"
          (mine, fledge) = (try mine.broadcast(to: target), fledge.broadcast(to: Shape(target)))
        }
        let held = c.trying(said) {
          c.expect(
            Array(mine.shape) + mine.strides + [mine.offset],
            equals: Array(fledge.shape) + Array(fledge.strides) + [fledge.offset],
            "sizes, then strides, then the offset")
        }
        if !held { return }
      }
    }
  },
]
