import Fledge
import FledgeCourse

let checks3_1: [Check] = [
  Check("map goes through views in row-major order") { c in
    for (name, x) in views() {
      c.trying("x = \(name): strides \(Array(x.layout.strides)), offset \(x.layout.offset)") {
        c.expect(StridedKernels.map(x) { 2 * $0 + 1 }, near: x * 2 + 1, "2x + 1")
      }
    }
  },
  Check("map calls its function once for each element") { c in
    for (name, x) in views() {
      var calls = 0
      let y = StridedKernels.map(x) {
        calls += 1
        return $0
      }
      c.trying("x = \(name)") {
        c.expect(calls, equals: x.count, "calls")
        calls = 0
        _ = StridedKernels.zip(x, x) {
          calls += 1
          return $0 + $1
        }
        c.expect(calls, equals: x.count, "calls by zip")
        c.expect(y.layout, equals: Layout(x.shape), "the result lies side by side")
      }
    }
  },
  Check("zip takes the elements of both by their own strides") { c in
    let other = Tensor.arange(24).cast(to: .float32) * 100
    for (name, a) in views() where a.rank > 0 && a.count > 0 {
      let b = other[0..<a.count].reshaped(a.shape)
      let backward = b.flipped(axis: a.rank - 1)
      c.trying("a = \(name)") {
        c.expect(StridedKernels.zip(a, b) { $0 - $1 }, near: a - b, "a − b, b side by side")
        c.expect(StridedKernels.zip(b, a) { $0 - $1 }, near: b - a, "b − a, b side by side")
        c.expect(
          StridedKernels.zip(a, backward) { $0 - $1 }, near: a - backward, "a − b, b backward")
      }
    }
  },
  Check("zip adds a bias that is seen in every row") { c in
    let x = Tensor.arange(12).cast(to: .float32).reshaped([4, 3])
    let bias: Tensor = [100, 200, 300]
    let seen = bias.broadcast(to: [4, 3])
    c.trying("bias strides \(Array(seen.layout.strides))") {
      c.expect(StridedKernels.zip(x, seen, +), near: x + bias, "x + bias")
    }
  },
  Check("reduce folds the axes that are named") { c in
    let x = mixedNumbers([2, 3, 4])
    for axes in [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], []] {
      c.trying("axes \(axes) of shape [2, 3, 4]") {
        c.expect(
          StridedKernels.reduce(x, axes: axes, from: 0, +), near: x.sum(axes: axes, keepDims: true),
          "sum")
        c.expect(
          StridedKernels.reduce(x, axes: axes, from: nil, max),
          near: axes.isEmpty ? x : x.max(axes: axes, keepDims: true), "max")
      }
    }
  },
  Check("reduce goes through views") { c in
    for (name, x) in views() where x.rank > 0 && x.count > 0 {
      c.trying("x = \(name): strides \(Array(x.layout.strides)), offset \(x.layout.offset)") {
        for axis in 0..<x.rank {
          c.expect(
            StridedKernels.reduce(x, axes: [axis], from: 0, +),
            near: x.sum(axis: axis, keepDims: true), "sum over axis \(axis)")
        }
      }
    }
  },
  Check("a fold begins with its start, or with the first element") { c in
    let x: Tensor = [[-3, -1, -2], [-6, -5, -4]]
    c.expect(
      StridedKernels.reduce(x, axes: [1], from: nil, max), near: [[-1], [-4]],
      "the maximum of negative numbers")
    c.expect(
      StridedKernels.reduce(x, axes: [1], from: 1, *), near: [[-6], [-120]], "a product, from 1")
    c.expect(
      StridedKernels.reduce(x, axes: [1], from: 100, +), near: [[94], [85]], "a sum, from 100")
    c.expect(
      StridedKernels.reduce(Tensor.zeros([2, 0]), axes: [1], from: 0, +), near: [[0], [0]],
      "the sum of nothing")
    c.expect(
      StridedKernels.reduce(x, axes: [1], from: nil, -), near: [[0], [3]],
      "((x₀ − x₁) − x₂): in order")
  },
  Check("elements are read in place, and no copy is made first") { c in
    // The function changes the last element while the first is computed. A kernel that reads each
    // element where it lies sees that; one that copied the tensor first does not.
    func expect(_ name: String, _ kernel: (Tensor, @escaping (Float) -> Float) -> Tensor) {
      let memory = Tensor.arange(6).cast(to: .float32).reshaped([2, 3])
      let x = memory.transposed()
      let y = kernel(x) {
        memory.storage.pointer.assumingMemoryBound(to: Float.self)[5] = 100
        return $0
      }
      c.expect(y.array(of: Double.self).last ?? .nan, near: 100, "\(name): the last element")
    }
    expect("map") { x, f in StridedKernels.map(x, f) }
    expect("zip") { x, f in
      let zeros = Tensor.zeros(x.shape)
      return StridedKernels.zip(x, zeros) { f($0) + $1 }
    }
    expect("reduce") { x, f in StridedKernels.reduce(x, axes: [0, 1], from: nil) { f(max($0, $1)) }
    }
  },
  Check("a small network runs forward and backward on your kernels") { c in
    let x = mixedNumbers([5, 3])
    let weights = [mixedNumbers([3, 4]) * 0.1, mixedNumbers([4, 2]) * 0.1]
    let bias = mixedNumbers([4]) * 0.1
    func run() -> [(String, Tensor)] {
      let leaves = (weights + [bias]).map { $0.requiringGradients() }
      let hidden = tanh(x.matmul(leaves[0]) + leaves[2])
      let scores = hidden.matmul(leaves[1])
      let shifted = scores - scores.max(axis: 1, keepDims: true)
      let loss = (shifted.exp().sum(axis: 1).log() - shifted[.all, 0]).mean()
      let gradients = gradients(of: loss, withRespectTo: leaves)
      return [("hidden", hidden), ("scores", scores), ("shifted", shifted), ("loss", loss)]
        + Swift.zip(["weight 0", "weight 1", "bias"], gradients).map { ("gradient of \($0)", $1) }
    }
    let expected = withBackend(.reference) { run() }
    for ((name, mine), (_, reference)) in Swift.zip(
      withBackend(StridedBackend()) { run() }, expected)
    {
      c.step(name, mine)
      c.expect(mine, near: reference, name)
    }
  },
]

/// A tensor and views of it, of all kinds.
private func views() -> [(String, Tensor)] {
  let x = mixedNumbers([2, 3, 4])
  return [
    ("whole", x), ("transposed", x.transposed()), ("permuted", x.permuted([2, 0, 1])),
    ("a slice", x[1, 1..<3]), ("every second column", x[.all, .all, .step(1, 4, 2)]),
    ("flipped", x.flipped(axis: 1)), ("broadcast", x[.all, 0..<1].broadcast(to: [2, 3, 4])),
    ("one element", x[1, 2, 3]), ("no element", x[.all, 1..<1]),
  ]
}
