import FledgeCore
import FledgeNN
import Foundation

/// How the numbers of a tensor are distributed, from at most ``sampleSize`` of them.
struct Distribution: Encodable, Sendable, Equatable {
  static let sampleSize = 4096
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

  /// Every kth element from the first on, so that at most ``sampleSize`` are read.
  init(of tensor: Tensor) {
    let values: [Float]
    if tensor.dtype == .float32 {
      values = tensor.withElements(of: Float.self) { elements in
        let stride = max(1, (elements.count + Self.sampleSize - 1) / Self.sampleSize)
        return Swift.stride(from: 0, to: elements.count, by: stride).map { elements[$0] }
      }
    } else {
      let all: [Float] = tensor.array()
      let stride = max(1, (all.count + Self.sampleSize - 1) / Self.sampleSize)
      values = Swift.stride(from: 0, to: all.count, by: stride).map { all[$0] }
    }
    self.init(sample: values)
  }

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

/// A layer's weights, gradients and activations.
struct LayerDistributions: Encodable, Sendable {
  let name: String
  var weight: Distribution?
  var gradient: Distribution?
  var activation: Distribution?
  /// The units that answered 0 to every example looked at, of those that could; for activations
  /// that can be 0.
  var dead: Int?
  var units: Int?
}

/// The output of an activation in a forward pass.
struct ObservedActivation: Sendable {
  let name: String
  let distribution: Distribution
  let dead: Int
  let units: Int

  /// Examples of a batch that are looked at.
  static let examples = 32

  /// Units are the channels of images [N, C, H, W], else the last axis.
  init(_ name: String, _ output: Tensor) {
    self.name = name
    let some =
      output.rank > 1
      ? output.sliced(axis: 0, from: 0, count: min(output.shape[0], Self.examples)) : output
    let values: [Float] = some.array()
    distribution = Distribution(of: some)
    let channelAxis = some.rank == 4 ? 1 : max(some.rank - 1, 0)
    let units = some.rank == 0 ? 1 : some.shape[channelAxis]
    let inner = some.shape.dropFirst(channelAxis + 1).reduce(1, *)
    var isAlive = Array(repeating: false, count: units)
    for (index, value) in values.enumerated() where value != 0 {
      isAlive[index / inner % units] = true
    }
    self.units = units
    dead = isAlive.count { !$0 }
  }
}
