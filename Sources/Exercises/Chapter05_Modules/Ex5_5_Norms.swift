import FledgeCore
import FledgeCourse
import FledgeNN

// Three ways to bring activations to one scale. They differ in which elements share a mean:
//
//     batch norm    [N, C, …]   all examples and places of a channel
//     layer norm    [*, C]      the channels of one example
//     RMS norm      [*, C]      the same, and no mean is subtracted
//
// A variance here divides by n (`variance(axes:correction:keepDims:)` with correction 0), except where
// something else is said.

/// y = (x − mean) / √(variance + ε) · weight + bias for each channel (Ioffe and Szegedy 2015).
///
/// In training the moments are those of the batch, and the running ones follow them:
/// running ← (1 − momentum) · running + momentum · batch, where the batch's variance divides by
/// n − 1: it is to say something about examples not seen. In evaluation the moments are the running
/// ones, which then stay.   Shape: [N, C] or [N, C, …] → the same
final class MyBatchNorm: Module, Layer {
  /// [C], ones.
  @Parameter var weight: Tensor
  /// [C], zeros.
  @Parameter var bias: Tensor
  /// [C], zeros at first. A buffer is saved and not trained; what is assigned leaves its graph.
  @Buffer var runningMean: Tensor
  /// [C], ones at first.
  @Buffer var runningVariance: Tensor
  let momentum: Double
  let epsilon: Double

  init(_ channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    self.momentum = momentum
    self.epsilon = epsilon
    weight = Tensor.ones([channels])
    bias = Tensor.zeros([channels])
    runningMean = Tensor.zeros([channels])
    runningVariance = Tensor.ones([channels])
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let axes = Self.axes(of: x)
    func perChannel(_ values: Tensor) -> Tensor { Self.perChannel(values, beside: x) }
    var (mean, variance) = (runningMean, runningVariance)
    if isTraining {
      mean = x.mean(axes: axes)
      variance = x.variance(axes: axes, correction: 0)
      let unbiased = x.variance(axes: axes, correction: 1)
      runningMean = runningMean * (1 - momentum) + mean * momentum
      runningVariance = runningVariance * (1 - momentum) + unbiased * momentum
    }
    let scale = (variance + epsilon).rsqrt()
    let normalized = (x - perChannel(mean)) * perChannel(scale)
    return normalized * perChannel(weight) + perChannel(bias)
    // end solution
  }

  /// Along which a channel's moments are taken: all axes but the second.
  private static func axes(of x: Tensor) -> [Int] { [0] + Array(2..<max(x.rank, 2)) }

  /// One number a channel, [C] → [C, 1, …], lined up with the second axis of x.
  private static func perChannel(_ values: Tensor, beside x: Tensor) -> Tensor {
    values.reshaped(Shape([values.count] + [Int](repeating: 1, count: x.rank - 2)))
  }
}

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016).
/// Shape: [*, C] → the same
final class MyLayerNorm: Module, Layer {
  /// [C], ones.
  @Parameter var weight: Tensor
  /// [C], zeros.
  @Parameter var bias: Tensor
  let epsilon: Double

  init(_ channels: Int, epsilon: Double = 1e-5) {
    self.epsilon = epsilon
    weight = Tensor.ones([channels])
    bias = Tensor.zeros([channels])
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let mean = x.mean(axis: -1, keepDims: true)
    let variance = x.variance(axis: -1, correction: 0, keepDims: true)
    return (x - mean) * (variance + epsilon).rsqrt() * weight + bias
    // end solution
  }
}

/// y = x / √(mean of x² + ε) · weight over the last axis (Zhang and Sennrich 2019), as in Llama.
/// Shape: [*, C] → the same
final class MyRMSNorm: Module, Layer {
  /// [C], ones.
  @Parameter var weight: Tensor
  let epsilon: Double

  init(_ channels: Int, epsilon: Double = 1e-6) {
    self.epsilon = epsilon
    weight = Tensor.ones([channels])
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let meanSquare = x.square().mean(axis: -1, keepDims: true)
    return x * (meanSquare + epsilon).rsqrt() * weight
    // end solution
  }
}
