import FledgeCore
import FledgeNN
import Foundation

/// How the numbers of a sample are distributed.
struct Distribution: Encodable, Sendable, Equatable {
  static let bins = 32

  /// The smallest and the largest finite number of the sample.
  let low: Double
  let high: Double
  let mean: Double
  /// The standard deviation, with n in the denominator.
  let deviation: Double
  /// How many numbers lie in each of ``bins`` parts of low…high.
  let counts: [Int]
  /// NaN and infinities in the sample.
  let broken: Int

  init(sample: [Float]) {
    var (low, high) = (Float.infinity, -Float.infinity)
    var (sum, squares, count) = (0.0, 0.0, 0)
    for value in sample where value.isFinite {
      low = min(low, value)
      high = max(high, value)
      sum += Double(value)
      squares += Double(value) * Double(value)
      count += 1
    }
    broken = sample.count - count
    guard count > 0 else {
      (self.low, self.high, mean, deviation) = (0, 0, 0, 0)
      counts = Array(repeating: 0, count: Self.bins)
      return
    }
    (self.low, self.high) = (Double(low), Double(high))
    let mean = sum / Double(count)
    self.mean = mean
    deviation = max(0, squares / Double(count) - mean * mean).squareRoot()
    var counts = Array(repeating: 0, count: Self.bins)
    let scale = high > low ? Double(Self.bins) / (Double(high) - Double(low)) : 0
    for value in sample where value.isFinite {
      counts[min(Int((Double(value) - Double(low)) * scale), Self.bins - 1)] += 1
    }
    self.counts = counts
  }
}

/// Some of a tensor's numbers. The training copies them and goes on; whoever sends them makes a
/// ``Distribution`` of them.
struct Sample: Encodable, Sendable {
  /// The most numbers that are kept.
  static let size = 4096

  let values: [Float]

  /// How far apart the numbers lie of which at most ``size`` are read of `count`. It has no factor in
  /// common with `count`: in kernels of 3 × 3 every 9th number is a corner.
  static func step(over count: Int) -> Int {
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    var step = max(1, (count + size - 1) / size)
    while divisor(step, count) > 1 { step += 1 }
    return step
  }

  /// Elements from the first on, in steps of ``step(over:)``.
  init(of tensor: Tensor) {
    func some(_ elements: UnsafeBufferPointer<Float>) -> [Float] {
      stride(from: 0, to: elements.count, by: Self.step(over: elements.count)).map { elements[$0] }
    }
    values =
      tensor.dtype == .float32
      ? tensor.withElements(of: Float.self, some)
      : tensor.array(of: Float.self).withUnsafeBufferPointer(some)
  }

  var distribution: Distribution { Distribution(sample: values) }

  func encode(to encoder: any Encoder) throws { try distribution.encode(to: encoder) }
}

/// What the page shows of a layer: its weights and gradients, or its activations.
struct LayerSamples: Encodable, Sendable {
  let name: String
  var weight: Sample?
  var gradient: Sample?
  var activation: ObservedActivation?

  private enum Key: String, CodingKey {
    case name, weight, gradient, activation, dead, units
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(weight, forKey: .weight)
    try container.encodeIfPresent(gradient, forKey: .gradient)
    guard let activation else { return }
    try container.encode(activation.distribution, forKey: .activation)
    try container.encode(activation.dead, forKey: .dead)
    try container.encode(activation.units, forKey: .units)
  }
}

/// The output of an activation in a forward pass, of the first examples of a batch.
struct ObservedActivation: Sendable {
  let name: String
  /// Units are the channels of images [N, C, H, W], else the last axis.
  let units: Int
  private let values: [Float]
  /// How many numbers of a unit lie side by side.
  private let inner: Int

  /// Of a batch, at most so many examples are looked at, and as few as have this many numbers.
  static let (examples, numbers) = (32, 1 << 16)

  init(_ name: String, _ output: Tensor) {
    self.name = name
    var some = output
    if output.rank > 1 && output.count > 0 {
      let inOne = output.count / output.shape[0]
      let count = min(output.shape[0], Self.examples, max(1, Self.numbers / inOne))
      some = output.sliced(axis: 0, from: 0, count: count)
    }
    values = some.array()
    let channelAxis = some.rank == 4 ? 1 : max(some.rank - 1, 0)
    units = some.rank == 0 ? 1 : some.shape[channelAxis]
    inner = some.shape.dropFirst(channelAxis + 1).reduce(1, *)
  }

  var distribution: Distribution {
    let step = Sample.step(over: values.count)
    return Distribution(sample: stride(from: 0, to: values.count, by: step).map { values[$0] })
  }

  /// The units that answered 0 to every example looked at.
  var dead: Int {
    var isAlive = Array(repeating: false, count: units)
    for (index, value) in values.enumerated() where value != 0 {
      isAlive[index / inner % units] = true
    }
    return isAlive.count { !$0 }
  }
}
