import FledgeCore
import FledgeCourse
import FledgeNN
import Foundation

let checks11_3: [Check] = checksOfLearned + checksOfSinusoids + checksOfTurning

private let checksOfLearned: [Check] = [
  Check("learned positions start as N(0, 0.02²)") { c in
    let layer = withGenerator(Generator(seed: 1)) { MyLearnedPositions(100, 64) }
    c.expect(layer.weight.shape, equals: [100, 64], "the shape for 100 positions of 64 channels")
    let values = layer.weight.array(of: Double.self)
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    c.expect(mean, near: 0, tolerance: 0.002, "the mean")
    c.expect(square.squareRoot(), near: 0.02, tolerance: 0.001, "the deviation")
  },
  Check("each position gets its own row, in every example") { c in
    let layer = MyLearnedPositions(4, 2)
    layer.weight = Tensor([[1, 2], [3, 4], [5, 6], [7, 8]])
    let x = Tensor([10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60] as [Float], shape: [2, 3, 2])
    c.expect(
      layer(x).detached().reshaped([6, 2]),
      near: Tensor([[11, 12], [23, 24], [35, 36], [41, 42], [53, 54], [65, 66]]),
      "two examples of three positions")
    layer(x).sum().backward()
    c.expect(
      layer.parameters()[0].grad ?? Tensor.zeros([0]),
      near: Tensor([[2, 2], [2, 2], [2, 2], [0, 0]]),
      "the gradient: 2 examples for each row in use, 0 for the last")
  },
]

private let checksOfSinusoids: [Check] = [
  Check("waves by hand") { c in
    // With the base 100 and 4 channels, the second pair is 10 times as slow.
    var expected: [Double] = []
    for t in 0..<3 {
      let (fast, slow) = (Double(t), Double(t) / 10)
      expected += [sin(fast), cos(fast), sin(slow), cos(slow)]
    }
    let table = sinusoids(3, channels: 4, base: 100)
    c.expect(table.shape, equals: [3, 4], "the shape for 3 positions of 4 channels")
    c.expect(table.array(of: Double.self), near: expected, "row by row, with the base 100")
  },
  Check("they are float32, and those of the framework, early and late") { c in
    let table = sinusoids(20_001, channels: 6)
    c.expect(table.dtype, equals: DType.float32, "the type")
    let expected = sinusoidalPositions(20_001, channels: 6)
    for (start, count) in [(0, 50), (20_000, 1)] {
      c.expect(
        table.sliced(axis: 0, from: start, count: count),
        near: expected.sliced(axis: 0, from: start, count: count), tolerance: 1e-6,
        "\(count) positions from \(start) on")
    }
  },
]

private let checksOfTurning: [Check] = [
  Check("position 0 stays, and position 1 turns by 1, to the left") { c in
    let x = Tensor([1, 0, 1, 0, 0, 1] as [Double], shape: [3, 2])
    c.expect(
      turnedByPosition(x),
      near: Tensor([1, 0, cos(1), sin(1), -sin(2), cos(2)] as [Double], shape: [3, 2]),
      "[1, 0], [1, 0], [0, 1] at the positions 0, 1, 2")
  },
  Check("the first half is turned with the second, each pair more slowly") { c in
    let x = Tensor([1, 10, 0, 0] as [Double], shape: [1, 4])
    c.expect(
      turnedByPosition(x, from: 3, base: 100),
      near: Tensor([cos(3), 10 * cos(0.3), sin(3), 10 * sin(0.3)] as [Double], shape: [1, 4]),
      "[1, 10, 0, 0] at position 3, base 100: the angles are 3 and 0.3")
  },
  Check("a length does not change") { c in
    let x = randomNumbers([2, 9, 6], seed: 3)
    c.expect(
      turnedByPosition(x).square().sum(axis: -1), near: x.square().sum(axis: -1),
      "the squared lengths of 18 vectors of 6 numbers")
  },
  Check("a product depends on how far apart two are, not on where") { c in
    let (q, k) = (randomNumbers([1, 8], seed: 4), randomNumbers([1, 8], seed: 5))
    func product(_ t: Int, _ s: Int) -> Double {
      (turnedByPosition(q, from: t) * turnedByPosition(k, from: s)).sum().item()
    }
    c.picture("q · k for q at t and k at s, for t and s from 0 to 4:") {
      (0..<5).map { t in (0..<5).map { s in String(format: "%.3f", product(t, s)) } }
    }
    for (t, s) in [(1, 0), (3, 1), (0, 4)] {
      for moved in [1, 10, 1000] {
        c.expect(
          product(t + moved, s + moved), near: product(t, s), tolerance: 1e-9,
          "q at \(t) + \(moved), k at \(s) + \(moved), as at \(t) and \(s)")
      }
    }
    c.expect(abs(product(1, 0) - product(4, 0)) > 1e-3, "another distance is another product")
  },
  Check("a start is a start") { c in
    let x = randomNumbers([2, 7, 4], seed: 6)
    c.expect(
      turnedByPosition(x[.all, 3...], from: 3), near: turnedByPosition(x)[.all, 3...],
      "the last four of seven positions alone, from 3")
  },
  Check("it is the framework's, of any type and with any axes in front") { c in
    for dtype in [DType.float32, .float64] {
      let x = randomNumbers([2, 3, 5, 8], seed: 7).cast(to: dtype)
      let y = turnedByPosition(x, from: 100)
      c.expect(y.dtype, equals: dtype, "the type for \(dtype)")
      c.expect(y, near: rotary(x, offset: 100), tolerance: 1e-6, "\(x.shape) from position 100")
    }
  },
  Check("gradients go through it") { c in
    c.expectGradients(
      of: { turnedByPosition($0[0], from: 2) }, at: [randomNumbers([3, 4], seed: 8)], "turning")
  },
]
