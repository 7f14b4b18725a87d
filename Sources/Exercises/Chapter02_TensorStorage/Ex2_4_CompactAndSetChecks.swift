import FledgeCore
import FledgeCourse

let checks2_4: [Check] = [
  Check("side by side is a matter of strides") { c in
    let known: [(StridedLayout, Bool, String)] = [
      (StridedLayout(shape: [2, 3], strides: [3, 1]), true, "row-major"),
      (StridedLayout(shape: [2, 3], strides: [3, 1], offset: 6), true, "row-major from place 6"),
      (StridedLayout(shape: [3, 2], strides: [1, 3]), false, "a transpose"),
      (StridedLayout(shape: [2, 3], strides: [6, 1]), false, "columns cut from a wider matrix"),
      (StridedLayout(shape: [2, 3], strides: [6, 2]), false, "every second column"),
      (StridedLayout(shape: [3], strides: [-1], offset: 2), false, "backward"),
      (StridedLayout(shape: [2, 3], strides: [0, 1]), false, "a repeated row"),
      (StridedLayout(shape: [1, 3], strides: [99, 1]), true, "one row: its stride is never used"),
      (StridedLayout(shape: [3, 1], strides: [1, 99]), true, "one column"),
      (StridedLayout(shape: [2, 1, 3], strides: [3, 0, 1]), true, "a size of 1 in between"),
      (StridedLayout(shape: [], strides: [], offset: 4), true, "a scalar"),
      (StridedLayout(shape: [0, 3], strides: [7, 7]), true, "no elements"),
    ]
    for (layout, isContiguous, name) in known {
      c.trying("\(name): shape \(layout.shape), strides \(layout.strides)") {
        c.expect(layout.isContiguous, equals: isContiguous, "isContiguous")
      }
    }
  },
  Check("Fledge agrees on which views lie side by side") { c in
    let x = Tensor.zeros([3, 1, 4])
    let views = [
      x, x[1..<3], x.transposed(), x.transposed(0, 1), x[.all, .all, 0..<2], x.permuted([1, 0, 2]),
      x[2, .all, 1..<3], x.flipped(axis: 1), x.broadcast(to: [3, 2, 4]), x[.all, 0, 3],
    ]
    for view in views {
      let layout = StridedLayout(shape: Array(view.shape), strides: Array(view.layout.strides))
      c.trying("shape \(layout.shape), strides \(layout.strides)") {
        c.expect(layout.isContiguous, equals: view.layout.isContiguous, "isContiguous")
      }
    }
  },
  Check("compact copies a view into a buffer of its own") { c in
    let x = StridedArray([0, 1, 2, 3, 4, 5], shape: [2, 3])
    let views: [(String, StridedArray, [Double])] = [
      ("transposed", x.permuted([1, 0]), [0, 3, 1, 4, 2, 5]),
      ("columns 1 and 2", x.sliced(axis: 1, start: 1, count: 2), [1, 2, 4, 5]),
      ("flipped", x.flipped(axis: 1), [2, 1, 0, 5, 4, 3]),
      (
        "row 1 twice", try x.sliced(axis: 0, start: 1, count: 1).broadcast(to: [2, 3]),
        [3, 4, 5, 3, 4, 5]
      ),
    ]
    for (name, view, elements) in views {
      let result = view.compact()
      c.trying("\(name): strides \(view.layout.strides), offset \(view.layout.offset)") {
        c.picture("the view's elements lie at:") { [view.layout.positions.map(String.init)] }
        c.expect(result.shape, equals: view.shape, "shape")
        c.expect(result.buffer.elements.map(Double.init), near: elements, "the new buffer")
        c.expect(
          result.layout, equals: StridedLayout(rowMajor: view.shape), "the layout of the copy")
        c.expect(result.buffer !== x.buffer, "the copy has a buffer of its own")
      }
    }
  },
  Check("compact leaves alone what lies side by side") { c in
    let x = StridedArray([0, 1, 2, 3, 4, 5], shape: [2, 3])
    let second = x.sliced(axis: 0, start: 1, count: 1)
    for (name, view) in [("the whole", x), ("its second row", second)] {
      c.trying(name) {
        let result = view.compact()
        c.expect(result.buffer === x.buffer, "nothing is copied: the buffer is the same")
        c.expect(result.layout, equals: view.layout, "the layout is the same")
      }
    }
    c.trying("its second row as a column") {
      c.expect(second.reshaped([3, 1]).elements.map(Double.init), near: [3, 4, 5], "elements")
    }
  },
  Check("writing through a view changes the tensor under it, and nothing else") { c in
    let cases: [(String, (StridedArray) -> StridedArray, values: StridedArray, [Double])] = [
      (
        "row 1", { $0.sliced(axis: 0, start: 1, count: 1) }, .init([7, 8, 9], shape: [1, 3]),
        [0, 0, 0, 7, 8, 9]
      ),
      (
        "column 2", { $0.sliced(axis: 1, start: 2, count: 1) }, .init([7, 8], shape: [2, 1]),
        [0, 0, 7, 0, 0, 8]
      ),
      (
        "transposed", { $0.permuted([1, 0]) }, .init([1, 2, 3, 4, 5, 6], shape: [3, 2]),
        [1, 3, 5, 2, 4, 6]
      ),
      (
        "flipped", { $0.flipped(axis: 1) }, .init([1, 2, 3, 4, 5, 6], shape: [2, 3]),
        [3, 2, 1, 6, 5, 4]
      ),
      (
        "columns 0 and 2, one row for both",
        { $0.sliced(axis: 1, start: 0, step: 2, count: 2) }, .init([7, 8], shape: [2]),
        [7, 0, 8, 7, 0, 8]
      ),
      ("all, one number", { $0 }, .init([4], shape: []), [4, 4, 4, 4, 4, 4]),
    ]
    for (name, view, values, result) in cases {
      let x = StridedArray([Float](repeating: 0, count: 6), shape: [2, 3])
      try c.trying("zeros [2, 3], \(name) set to \(values.elements)") {
        try view(x).set(values)
        c.expect(x.elements.map(Double.init), near: result, "the tensor afterwards")
      }
    }
  },
  Check("values may be views, too, and of the same buffer") { c in
    let x = StridedArray([1, 2, 3, 4, 5], shape: [5])
    try x.set(x.flipped(axis: 0))
    c.expect(x.elements.map(Double.init), near: [5, 4, 3, 2, 1], "x.set(x.flipped(axis: 0))")
    let y = StridedArray([1, 2, 3, 4, 5], shape: [5])
    try y.sliced(axis: 0, start: 1, count: 4).set(y.sliced(axis: 0, start: 0, count: 4))
    c.expect(
      y.elements.map(Double.init), near: [1, 1, 2, 3, 4], "all but the first = all but the last")
    let z = StridedArray([1, 2, 3, 4], shape: [2, 2])
    try z.set(z.permuted([1, 0]))
    c.expect(z.elements.map(Double.init), near: [1, 3, 2, 4], "a matrix set to its transpose")
  },
  Check("values that do not broadcast write nothing") { c in
    let x = StridedArray([1, 2, 3, 4], shape: [2, 2])
    do {
      try x.set(StridedArray([7, 8, 9], shape: [3]))
      c.expect("no error", equals: "an error", "[3] does not broadcast to [2, 2]")
    } catch {
      c.expect(
        error as? BroadcastError, equals: BroadcastError(a: [3], b: [2, 2]),
        "the error of [3] to [2, 2], from the broadcast")
    }
    c.expectThrows("[2, 2] does not broadcast to [2]") {
      try x.sliced(axis: 0, start: 0, count: 1).reshaped([2]).set(
        StridedArray([7, 8, 9, 7], shape: [2, 2]))
    }
    c.expect(x.elements.map(Double.init), near: [1, 2, 3, 4], "the tensor afterwards")
  },
]
