import FledgeCore
import FledgeTestSupport
import Synchronization
import Testing

/// Counts how often elements are written or copied, and how many.
private final class WriteCounter: Backend {
  struct Counts: Equatable {
    var writes = 0
    var written = 0
    var copied = 0
  }
  private let counts = Mutex(Counts())
  var now: Counts { counts.withLock { $0 } }

  var fallback: any Backend { CPUBackend() }

  func write(_ x: Tensor, into y: inout Tensor, at region: Layout) {
    counts.withLock { $0.writes += 1 }
    counts.withLock { $0.written += region.count }
    fallback.write(x, into: &y, at: region)
  }

  func write(_ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int) {
    counts.withLock { $0.writes += 1 }
    counts.withLock { $0.written += x.count }
    fallback.write(x, into: &y, at: region, indices: indices, axis: axis)
  }

  func copy(_ x: Tensor) -> Tensor {
    counts.withLock { $0.copied += x.count }
    return fallback.copy(x)
  }
}

/// Keeps what was written to, as it was before.
private final class WriteKeeper: Transformation {
  private let writes = Mutex<[(name: String, before: Tensor)]>([])
  var kept: [(name: String, before: Tensor)] { writes.withLock { $0 } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let name = type(of: primitive).name
    if name.hasSuffix("Write") { writes.withLock { $0.append((name, inputs[0])) } }
    return next(primitive, inputs)
  }
}

/// Writing through an index: what it touches, and that values and gradients are those of a choice
/// between old and new for every element.
@Suite struct IndexWriteTests {
  static let seed: UInt64 = 20_261_130

  // MARK: What is touched

  @Test func `writing to a tensor that nobody else holds allocates nothing`() async {
    await #expect(processExitsWith: .success) {
      var cache = Tensor.zeros([1000, 1000])
      let row = Tensor.ones([1000])
      let part = row[0..<10]
      let (pointer, before) = (cache.storage.pointer, MemoryStatistics.current.allocations)
      cache[500] = row
      cache[-1, 10..<20] = part
      cache[.all, 3] = row
      cache[.step(0, 1000, 2), .newAxis, 7..<8] = row[0..<1]
      #expect(MemoryStatistics.current.allocations == before)
      #expect(cache.storage.pointer == pointer)
      #expect(cache.sum().item() == 1000 + 10 + 999 + 499)
    }
  }

  @Test func `one kernel writes what is written and nothing else`() {
    let counter = WriteCounter()
    withBackend(counter) {
      var x = Tensor.zeros([40, 30])
      x[3] = Tensor(1)
      #expect(counter.now == .init(writes: 1, written: 30, copied: 0))
      x[.all, 2..<4] = Tensor.ones([40, 1])
      #expect(counter.now == .init(writes: 2, written: 110, copied: 0))
      x[Tensor([1, 5, -1] as [Int])] = Tensor.ones([30])
      #expect(counter.now == .init(writes: 3, written: 200, copied: 0))
      x[.all, Tensor([0] as [Int])] = Tensor(2)
      #expect(counter.now == .init(writes: 4, written: 240, copied: 0))
      var mask = Tensor.zeros([40, 30], dtype: .bool)
      mask[2, 3] = Tensor([true])[0]
      x[mask] = Tensor(5)
      #expect(counter.now == .init(writes: 6, written: 242, copied: 0))
      x[5..<5] = Tensor(7)
      #expect(counter.now == .init(writes: 6, written: 242, copied: 0))
    }
  }

  @Test func `a tensor that is shared is copied once, and then written in place`() {
    let counter = WriteCounter()
    withBackend(counter) {
      let x = Tensor.zeros([4, 5])
      var y = x
      y[0] = Tensor(1)
      y[1] = Tensor(2)
      #expect(counter.now == .init(writes: 2, written: 10, copied: 20))
      #expect(x.array().allSatisfy { $0 == 0 })
      #expect(
        y.array() == Array(repeating: 1, count: 5) + Array(repeating: 2, count: 5)
          + Array(repeating: 0, count: 10))
    }
  }

  @Test func `a view that outlives its tensor is written where it lies`() {
    var view = Tensor.arange(12).reshaped([4, 3])[2...]
    let pointer = view.storage.pointer
    view[0, 1] = Tensor(-1)
    view[Tensor([1] as [Int]), 2] = Tensor(-2)
    view[Tensor([false, true])] = Tensor([7, 8, 9])
    #expect(view.array(of: Int.self) == [6, -1, 8, 7, 8, 9])
    #expect(view.storage.pointer == pointer)
  }

  @Test func `a part of a tensor can be written to another part of it`() {
    var x = Tensor.arange(4)
    x[1...] = x[..<3]
    #expect(x.array(of: Int.self) == [0, 0, 1, 2])
    x[Tensor([0, 3] as [Int])] = x[2...]
    #expect(x.array(of: Int.self) == [1, 0, 1, 2])
  }

  @Test func `an observer sees writes as operations and may keep what it saw`() {
    let writes = WriteKeeper()
    var x = Tensor.zeros([3, 2])
    let (row, mask) = (Tensor.ones([2]), Tensor([true, false, true]))
    withTransformation(writes) {
      x[0] = row
      x[Tensor([1] as [Int])] = row
      x[mask] = row
    }
    #expect(writes.kept.map(\.name) == ["sliceWrite", "indexWrite", "maskWrite"])
    #expect(writes.kept.map { $0.before.sum().item() } == [0, 2, 4])
    #expect(x.array() == [1, 1, 1, 1, 1, 1])
  }

  // MARK: Corners

  @Test(arguments: DType.allCases)
  func `every dtype is written exactly`(dtype: DType) {
    let values = dtype == .bool ? [1, 0, 1] : [3, 0, 5]
    for backend in [CPUBackend() as any Backend, ReferenceBackend()] {
      func check(_ backend: some Backend) {
        withBackend(backend) {
          var x = Tensor.zeros([4, 3], dtype: dtype)
          x[1] = Tensor(values)
          x[Tensor([-1] as [Int]), 1..<3] = Tensor([1, 1])
          x[Tensor([true, false, false, false])] = Tensor(1)
          #expect(x.dtype == dtype)
          #expect(x.array(of: Int.self) == [1, 1, 1] + values + [0, 0, 0, 0, 1, 1])
        }
      }
      check(backend)
    }
  }

  @Test func `64 bits of an integer and the payload of a NaN survive`() {
    var x = Tensor([0, 0] as [Int])
    x[1] = Tensor([Int.max - 1] as [Int])[0]
    #expect(x.array(of: Int.self) == [0, .max - 1])
    let payload = Float(bitPattern: 0x7fc0_1234)
    var y = Tensor([0, 0] as [Float])
    y[0] = Tensor([payload] as [Float])[0]
    #expect(y.array()[0].bitPattern == payload.bitPattern)
  }

  @Test func `empty selections change nothing`() {
    let x = Tensor([[1, 2], [3, 4]])
    var y = x
    y[2...] = Tensor(9)
    y[Tensor([] as [Int])] = Tensor(9)
    y[Tensor([false, false])] = Tensor(9)
    y[y .> 9] = Tensor([9])
    y[y .> 9] = Tensor.zeros([0])
    expectIdentical(y, x)
    var none = Tensor.zeros([0, 3])
    none[.all, 1] = Tensor(1)
    none[Tensor.zeros([0], dtype: .bool)] = Tensor(1)
    #expect(none.shape == [0, 3])
    var scalar = Tensor(1)
    scalar[.ellipsis] = Tensor(5)
    scalar[Tensor([true])[0]] = Tensor(6)
    #expect(scalar.item() == 6)
  }

  // MARK: Against the composed definition

  /// What writing was before it was an operation: a choice between old and new for every element.
  private func composed(_ x: Tensor, _ value: Tensor, at positions: Tensor) -> Tensor {
    let values = value.cast(to: x.dtype).broadcast(to: positions.shape).flattened()
    if values.count == 0 { return x }
    var chosen = [Int](repeating: -1, count: x.count)
    for (i, position) in positions.array(of: Int.self).enumerated() { chosen[position] = i }
    let written = values.take(Tensor(chosen.map { max($0, 0) }))
    return Tensor.where(Tensor(chosen) .>= 0, written, x.flattened()).reshaped(x.shape)
  }

  private func write(_ x: inout Tensor, _ i: [any TensorIndex], _ value: Tensor) {
    switch i.count {
    case 0: x[.ellipsis] = value
    case 1: x[i[0]] = value
    case 2: x[i[0], i[1]] = value
    case 3: x[i[0], i[1], i[2]] = value
    case 4: x[i[0], i[1], i[2], i[3]] = value
    case 5: x[i[0], i[1], i[2], i[3], i[4]] = value
    default: x[i[0], i[1], i[2], i[3], i[4], i[5]] = value
    }
  }

  /// Any subscript of a tensor of this shape, with at most one tensor in it.
  private func subscript_(_ shape: [Int], _ g: Generator) -> [any TensorIndex] {
    var indices: [any TensorIndex] = []
    var axis = 0
    var hasTensor = false
    while axis < shape.count {
      let size = shape[axis]
      let a = g.integer(below: size + 1)
      let b = a + g.integer(below: size - a + 1)
      if g.bernoulli(0.1) && indices.count < 3 { indices.append(AxisSelection.newAxis) }
      if g.bernoulli(0.1) { break }
      switch g.integer(below: 7) {
      case 0 where size > 0: indices.append(g.integer(below: 2 * size) - size)
      case 1: indices.append(a..<b)
      case 2: indices.append(AxisSelection.step(nil, nil, -1 - g.integer(below: 2)))
      case 3 where !hasTensor:
        hasTensor = true
        let inner = [g.integer(below: 4)] + (g.bernoulli(0.3) ? [2] : [])
        let count = size == 0 ? 0 : inner.reduce(1, *)
        let places = (0..<count).map { _ in g.integer(below: 2 * size) - size }
        indices.append(Tensor(places, shape: size == 0 ? [0] : Shape(inner)))
      case 4 where !hasTensor:
        hasTensor = true
        let covered = Array(shape[axis..<min(axis + 1 + g.integer(below: 2), shape.count)])
        let truth = (0..<covered.reduce(1, *)).map { _ in g.bernoulli(0.5) }
        indices.append(Tensor(truth, shape: Shape(covered)))
        axis += covered.count - 1
      default: indices.append(AxisSelection.all)
      }
      axis += 1
    }
    return indices
  }

  /// The shape, or one that broadcasts to it.
  private func broadcastable(_ shape: Shape, _ g: Generator) -> Shape {
    let sizes = shape.map { g.bernoulli(0.2) ? 1 : $0 }
    return Shape(sizes.dropFirst(g.bernoulli(0.2) ? g.integer(below: shape.rank + 1) : 0))
  }

  @Test(arguments: 0..<200)
  func `values and gradients are those of the composed definition`(round: Int) {
    let seed = Self.seed &+ UInt64(round)
    let g = Generator(seed: seed)
    let shape = (0..<g.integer(below: 4)).map { _ in g.integer(below: 5) }
    let indices = subscript_(shape, g)
    let numbers = Tensor.arange(shape.reduce(1, *)).reshaped(Shape(shape))
    let positions = numbers.picked(indices.map(\.selection))
    let x = Tensor.normal(Shape(shape), dtype: .float64, using: g)
    let value = Tensor.normal(
      broadcastable(positions.shape, g), dtype: .float64, using: g)
    let weights = Tensor.normal(Shape(shape), dtype: .float64, using: g)
    let at = "seed \(seed): \(shape), \(indices)"

    func gradients(_ f: (Tensor, Tensor) -> Tensor) -> [Tensor] {
      let leaves = [x.requiringGradients(), value.requiringGradients()]
      let total = (f(leaves[0] * 2, leaves[1] * 3).square() * weights).sum()
      total.backward()
      return leaves.map { $0.grad ?? Tensor.zeros(like: $0) }
    }
    let expected = composed(x, value, at: positions)
    let expectedGradients = gradients { composed($0, $1, at: positions) }

    func check(_ backend: some Backend) {
      withBackend(backend) {
        var inPlace = x.copied()
        write(&inPlace, indices, value)
        expectIdentical(inPlace, expected, "in place, \(at)")
        let found = gradients { y, value in
          var y = y
          write(&y, indices, value)
          return y
        }
        for (a, e) in zip(found, expectedGradients) {
          let isClose = a.isClose(to: e, relativeTolerance: 1e-12, absoluteTolerance: 1e-12)
          #expect(isClose, "gradients, \(at): \(a) is not \(e)")
        }
      }
    }
    check(CPUBackend())
    check(ReferenceBackend())
  }

  // MARK: Gradients

  @Test func `as many values as a mask has trues get the gradients of their places`() {
    let x = Tensor.doubles([1, 2, 3, 4, 5, 6], [3, 2]).requiringGradients()
    let value = Tensor.doubles([10, 20, 30]).requiringGradients()
    var y = x * 1
    y[Tensor([[true, false], [false, true], [true, false]])] = value
    expectElements(y, [10, 2, 3, 20, 30, 6])
    (y * Tensor.doubles([1, 2, 3, 4, 5, 6], [3, 2])).sum().backward()
    expectElements(x.grad, [0, 2, 3, 0, 0, 6])
    expectElements(value.grad, [1, 4, 5])
  }

  @Test func `of slices for one place the last has the gradient, whichever way the place is named`()
  {
    let value = Tensor.doubles([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]).requiringGradients()
    var y = Tensor.zeros([3, 2], dtype: .float64)
    y[Tensor([2, 0, -1, 0] as [Int])] = value
    expectElements(y, [7, 8, 0, 0, 5, 6])
    y.square().sum().backward()
    expectElements(value.grad, [0, 0, 0, 0, 10, 12, 14, 16])
  }

  @Test func `a leaf that is written to without gradients keeps none, and the old value stays`() {
    let leaf = Tensor([1, 2]).requiringGradients()
    let y = leaf.square()
    var changed = leaf
    withoutGradients { changed[0] = Tensor(100) }
    #expect(!changed.requiresGradients)
    y.sum().backward()
    expectElements(leaf.grad, [2, 4])
  }

  // MARK: Traps

  // In a function of its own, since the place of a macro's body is not in this file.
  private static func writeTooMany() {
    var x = Tensor.zeros([3])
    x[Tensor([true, false, true])] = Tensor([1, 2, 3])
  }

  @Test func `too many values for a mask name both numbers`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.writeTooMany()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("maskWrite: 3 values for the 2 places where the mask is true"))
  }

  @Test func `an index beyond the end and a value that does not fit trap`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var x = Tensor.zeros([3])
      x[Tensor([0, -4] as [Int])] = Tensor(1)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("indexWrite: index -4 is out of range for an axis of size 3"))
    await #expect(processExitsWith: .failure) {
      var x = Tensor.zeros([3, 2])
      x[0] = Tensor.ones([3])
    }
    await #expect(processExitsWith: .failure) {
      var x = Tensor.zeros([3])
      x[Tensor([true, true])] = Tensor(1)
    }
  }
}
