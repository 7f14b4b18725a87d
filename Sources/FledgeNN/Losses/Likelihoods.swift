import FledgeCore

/// ½ (log σ² + (μ − t)² / σ²), the negative logarithm of a normal distribution's density without
/// its constant, for models that predict how sure they are (Nix & Weigend 1994).
///
/// A variance below ε counts as ε; its gradient is the one at ε, as in PyTorch. A negative variance
/// traps.
/// - Parameters:
///   - mean: μ.
///   - variance: σ² of each element, of each row (without the last axis, or with one of size 1), or
///     one for all (a scalar).
///   - full: Adds the constant, ½ log 2π.
///   - epsilon: ε.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func gaussianNegativeLogLikelihood(
  _ mean: Tensor, _ targets: Tensor, variance: Tensor, full: Bool = false, epsilon: Double = 1e-6,
  reduction: LossReduction = .mean
) -> Tensor {
  let operation = "gaussianNegativeLogLikelihood"
  requireSameShape(mean, targets, operation)
  let shape = mean.shape
  let isOfRows =
    shape.rank > 0 && variance.shape.dimensions.elementsEqual(shape.dimensions.dropLast())
  require(
    isOfRows || variance.rank == 0 || variance.shape == shape
      || (shape.rank > 0 && variance.shape == shape.collapsing([shape.rank - 1])), operation,
    "a variance of shape \(variance.shape) is neither one for each element of \(shape), nor one "
      + "for each row, nor a scalar")
  require(epsilon > 0, operation, "epsilon must be positive, got \(epsilon)")
  return inFloat32(Tensors(mean, targets, variance)) { inputs in
    let given = (isOfRows ? inputs[2].expandedDims(axis: -1) : inputs[2])
      .checkedVariances(operation)
    let variance = Tensor.where(
      given .< epsilon, given - given.detached() + epsilon, given)
    let losses = (variance.log() + (inputs[0] - inputs[1]).square() / variance) * 0.5
    return (full ? losses + 0.5 * Double.log2Pi : losses).reduced(by: reduction)
  }
}

/// eˣ − t x for predicted logarithms x of a Poisson distribution's rate, or x − t log(x + ε) for
/// rates x themselves: the negative logarithm of the probability of a count t without log t!.
/// - Parameters:
///   - targets: t, integers or floating-point numbers.
///   - isLogInput: Whether x is the logarithm of the rate.
///   - full: Adds Stirling's formula for log t! where t > 1: t log t − t + ½ log(2π t).
///   - epsilon: ε, against the logarithm of 0.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func poissonNegativeLogLikelihood(
  _ prediction: Tensor, _ targets: Tensor, isLogInput: Bool = true, full: Bool = false,
  epsilon: Double = 1e-8, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, targets, "poissonNegativeLogLikelihood")
  requireEpsilon(epsilon, "poissonNegativeLogLikelihood")
  return inFloat32(Tensors(prediction, targets)) { inputs in
    let x = inputs[0]
    let t = inputs[1].dtype.isFloatingPoint ? inputs[1] : inputs[1].cast(to: x.dtype)
    var losses: Tensor
    if isLogInput {
      // A count of 0 where the rate is 0: 0 · ∞ would be NaN.
      let isCertain = (x .== -.infinity).and(t .== 0)
      losses = x.exp() - t * x.masked(where: isCertain, with: 0)
    } else {
      losses = x - t * (x + epsilon).log()
    }
    if full {
      let isSmall = t .<= 1
      let counts = t.masked(where: isSmall, with: 1)
      let factorial = counts * counts.log() - counts + (counts.log() + Double.log2Pi) * 0.5
      losses = losses + factorial.masked(where: isSmall, with: 0)
    }
    return losses.reduced(by: reduction)
  }
}

extension Double {
  /// log 2π.
  fileprivate static let log2Pi = 1.8378770664093453
}
