import FledgeCore
import Testing

/// Every index form, read and written, against loops over arrays.
@Suite struct IndexingTests {
  static let seed: UInt64 = 20_261_125

  /// A random index for an axis of `size`, and the positions it picks; nil for one element, whose
  /// axis goes away.
  private func randomIndex(_ size: Int, _ generator: Generator) -> (
    index: any TensorIndex, positions: [Int], keepsAxis: Bool
  ) {
    let a = generator.integer(below: size + 1)
    let b = a + generator.integer(below: size - a + 1)
    switch generator.integer(below: 9) {
    case 0 where size > 0:
      let i = generator.integer(below: size)
      return (generator.bernoulli(0.5) ? i : i - size, [i], false)
    case 1: return (a..<b, Array(a..<b), true)
    case 2 where b > a: return (a...b - 1, Array(a..<b), true)
    case 3: return (a..., Array(a..<size), true)
    case 4: return (..<b, Array(0..<b), true)
    case 5 where b > 0: return (...(b - 1), Array(0..<b), true)
    case 6:
      let step = generator.integer(below: 3) + 1
      let picked = Array(Swift.stride(from: a, to: b, by: step))
      return (AxisSelection.step(a, b, step), picked, true)
    case 7:
      let step = generator.integer(below: 3) + 1
      let picked = Array(Swift.stride(from: size - 1, through: 0, by: -step))
      return (AxisSelection.step(nil, nil, -step), picked, true)
    default: return (AxisSelection.all, Array(0..<size), true)
    }
  }

  /// x[indices…] where the number of indices is known at run time only.
  private func read(_ x: Tensor, _ i: [any TensorIndex]) -> Tensor {
    switch i.count {
    case 0: x[.ellipsis]
    case 1: x[i[0]]
    case 2: x[i[0], i[1]]
    default: x[i[0], i[1], i[2]]
    }
  }

  private func write(_ x: inout Tensor, _ i: [any TensorIndex], _ value: Tensor) {
    switch i.count {
    case 0: x[.ellipsis] = value
    case 1: x[i[0]] = value
    case 2: x[i[0], i[1]] = value
    default: x[i[0], i[1], i[2]] = value
    }
  }

  @Test(arguments: 0..<300)
  func `reading and writing pick the elements the loops pick`(round: Int) {
    let generator = Generator(seed: Self.seed &+ UInt64(round))
    let rank = generator.integer(below: 4)
    let shape = (0..<rank).map { _ in generator.integer(below: 5) }
    let isStrided = generator.bernoulli(0.5)
    let order = Array((0..<rank).reversed())
    let base = Tensor.arange(shape.reduce(1, *)).reshaped(Shape(shape))
    var x = isStrided ? base.permuted(order).contiguous().permuted(order) : base
    let before = Oracle(x)
    let used = generator.integer(below: rank + 1)
    let picks = (0..<used).map { randomIndex(shape[$0], generator) }
    let seed = Self.seed &+ UInt64(round)

    var expected = before
    for (axis, pick) in picks.enumerated() {
      expected = expected.picking(pick.positions, axis: axis)
    }
    let kept = (0..<rank).filter { $0 >= used || picks[$0].keepsAxis }
    let full = expected
    expected = expected.reshaped(kept.map { expected.shape[$0] })
    #expect(Oracle(read(x, picks.map(\.index))) == expected, "seed \(seed): \(shape) \(picks)")

    // Writing 1000, 1001, … to the same places, and nowhere else.
    var written = before
    var next = 1000
    for index in Oracle.indices(of: full.shape) {
      var target = index
      for (axis, pick) in picks.enumerated() { target[axis] = pick.positions[index[axis]] }
      written[target] = next
      next += 1
    }
    let count = expected.values.count
    let values = (Tensor.arange(count) + 1000).reshaped(Shape(expected.shape))
    let old = x
    write(&x, picks.map(\.index), values)
    #expect(Oracle(x) == written, "seed \(seed): \(shape) \(picks)")
    #expect(Oracle(old) == before, "seed \(seed): the copy changed")
  }

  private let x = Tensor.arange(24).reshaped([2, 3, 4])

  @Test func `ellipsis and new axes stand where they are written`() {
    #expect(x[.ellipsis, 0].shape == [2, 3])
    #expect(x[.ellipsis, 0].array(of: Int.self) == [0, 4, 8, 12, 16, 20])
    #expect(x[1, .ellipsis, 2].array(of: Int.self) == [14, 18, 22])
    #expect(x[.newAxis, 0, .ellipsis, .newAxis].shape == [1, 3, 4, 1])
    #expect(x[.all, .newAxis, 1].shape == [2, 1, 4])
    #expect(Tensor(3)[.ellipsis].shape == [] && Tensor(3)[.newAxis].shape == [1])
  }

  @Test func `bounds beyond the ends are moved to them, as in Python`() {
    let v = Tensor.arange(5)
    #expect(v[3..<99].array(of: Int.self) == [3, 4])
    #expect(v[(-2)...].array(of: Int.self) == [3, 4])
    #expect(v[..<(-1)].array(of: Int.self) == [0, 1, 2, 3])
    #expect(v[...(-1)].array(of: Int.self) == [0, 1, 2, 3, 4])
    #expect(v[.step(-1, 0, -2)].array(of: Int.self) == [4, 2])
    #expect(v[.step(3, -99, -1)].array(of: Int.self) == [3, 2, 1, 0])
    #expect(v[.step(9, nil, 1)].shape == [0])
  }

  @Test func `a closed range to the end counted from the end`() {
    let v = Tensor.arange(5)
    #expect(v[(-3)...(-1)].array(of: Int.self) == [2, 3, 4])
    #expect(v[(-3)...(-2)].array(of: Int.self) == [2, 3])
  }

  @Test func `a tensor of indices takes slices, a mask the elements where it is true`() {
    let rows = x[Tensor([1, 0, -1] as [Int])]
    #expect(Oracle(rows) == Oracle(x).picking([1, 0, 1], axis: 0))
    let columns = x[.ellipsis, Tensor([[3, 0]]).cast(to: .int64)]
    #expect(columns.shape == [2, 3, 1, 2])
    #expect(x[x .> 20].array(of: Int.self) == [21, 22, 23])
    #expect(x[.all, Tensor([true, false, true])].shape == [2, 2, 4])
    #expect(x[x .> 99].shape == [0])
  }

  @Test func `writing through a mask or indices`() {
    var y = x
    y[x .> 20] = Tensor([-1, -2, -3])
    #expect(y.array(of: Int.self).suffix(4) == [20, -1, -2, -3])
    y[Tensor([1] as [Int])] = Tensor(0)
    #expect(y.array(of: Int.self) == Array(0..<12) + [Int](repeating: 0, count: 12))
    #expect(x.array(of: Int.self) == Array(0..<24))
  }

  @Test func `a written value is broadcast and cast`() {
    var y = Tensor.zeros([2, 3])
    y[.all, 1] = Tensor([1, 2] as [Int])
    y[0] += Tensor([10, 20, 30])
    expectElements(y, [10, 21, 30, 0, 2, 0])
  }

  @Test func `not a number is written over`() {
    var y = Tensor([1, .nan, .infinity] as [Float])
    y[1] = Tensor(5)
    y[2] = Tensor(-1)
    expectElements(y, [1, 5, -1])
    y[0...] = Tensor([.nan, 0, .infinity] as [Float])
    #expect(y.array()[0].isNaN && y.array()[2] == .infinity)
  }

  @Test func `writing is recorded: what was overwritten gets no gradient`() {
    let leaf = Tensor([1, 2, 3]).requiringGradients()
    let value = Tensor([5]).requiringGradients()
    var y = leaf * 2
    y[1..<2] = value * 3
    y.square().sum().backward()
    expectElements(leaf.grad, [8, 0, 24])
    expectElements(value.grad, [90])
  }

  @Test func `the same place written twice keeps the last value, and its gradient`() {
    let values = Tensor([5, 7]).requiringGradients()
    var y = Tensor.zeros([3])
    y[Tensor([1, 1] as [Int])] = values
    expectElements(y, [0, 7, 0])
    y.square().sum().backward()
    expectElements(values.grad, [0, 14])
  }
}
