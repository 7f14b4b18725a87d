/// y = Σ (x − mean)² / (n − correction) over axes, for n elements each, in two passes: the deviations
/// are taken before they are squared, so a large mean costs no digits.
/// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
struct Variance: FusedPrimitive {
  static let name = "variance"
  static let formula = "y = Σ (x − mean)² / (n − correction) over axes"
  static var precision: AutocastRule { .full }
  /// Normalized, ascending.
  let axes: [Int]
  let correction: Int
  let keepDims: Bool

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    require(correction >= 0, Self.name, "the correction is negative (\(correction))")
    return [inputs[0].folding(axes, keepDims: keepDims)]
  }

  // For each element: the mean 1, the deviation 1, its square 1, the sum 1.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  /// n − correction, not below 0.
  fileprivate func divisor(_ shape: Shape) -> Double {
    Double(max(shape.count(along: axes) - correction, 0))
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let centered = x - x.mean(axes: axes, keepDims: true)
    return [centered.square().sum(axes: axes, keepDims: keepDims) / divisor(x.shape)]
  }

  /// dx = 2 dy (x − mean) / (n − correction); what the mean passes on adds up to 0.
  func gradients(_ g: GradientContext) -> Gradients {
    let x = g.input(0).cast(to: g.inputDType(0).ofStatistics)
    let centered = x - x.mean(axes: axes, keepDims: true)
    let share = g.dy.cast(to: x.dtype) * 2 / divisor(x.shape)
    return [(centered * share.unfolded(axes, to: x.shape)).cast(to: g.inputDType(0))]
  }

  static var samples: [Sample] {
    func variance(_ axes: [Int], _ correction: Int, _ keepDims: Bool) -> Variance {
      Variance(axes: axes, correction: correction, keepDims: keepDims)
    }
    return Tensor.reductionSamples({ variance($0, 0, true) }, { .uniform($0) }) + [
      Sample(variance([0], 1, false), .uniform([5])),
      Sample(variance([0, 2], 1, false), .uniform([2, 3, 4])),
      Sample(variance([1], 1, true), .uniform([3, 70])),
      Sample(variance([0], 2, false), .uniform([4, 3])),
    ]
  }
}

/// y = √(Σ (x − mean)² / (n − correction)) over axes; the gradient where y = 0 is 0, as in PyTorch.
/// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
struct StandardDeviation: FusedPrimitive {
  static let name = "standardDeviation"
  static let formula = "y = √(Σ (x − mean)² / (n − correction)) over axes"
  static var precision: AutocastRule { .full }
  /// Normalized, ascending.
  let axes: [Int]
  let correction: Int
  let keepDims: Bool

  private var variance: Variance {
    Variance(axes: axes, correction: correction, keepDims: keepDims)
  }

  var saves: SavedValues { [.inputs, .outputs] }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    return variance.outputTypes(of: inputs)
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    variance.operationCount(inputs, outputs) + outputs[0].shape.count
  }

  func composed(_ inputs: Tensors) -> Tensors? { [apply(variance, inputs[0]).sqrt()] }

  /// dx = dy (x − mean) / (y (n − correction)).
  func gradients(_ g: GradientContext) -> Gradients {
    let dtype = g.inputDType(0)
    let x = g.input(0).cast(to: dtype.ofStatistics)
    // Of halves the deviation is made again: what they saved is rounded, and may be infinite.
    let y = dtype.isHalf ? apply(self, x) : g.output
    let centered = x - x.mean(axes: axes, keepDims: true)
    // Where y is 0 all deviations are, so any other divisor makes them 0.
    let share =
      g.dy.cast(to: x.dtype) / y.masked(where: y .== 0, with: 1) / variance.divisor(x.shape)
    return [(centered * share.unfolded(axes, to: x.shape)).cast(to: dtype)]
  }

  static var samples: [Sample] {
    func deviation(_ axes: [Int], _ correction: Int, _ keepDims: Bool) -> StandardDeviation {
      StandardDeviation(axes: axes, correction: correction, keepDims: keepDims)
    }
    return [
      Sample(deviation([0], 1, false), .distinct([5])),
      Sample(deviation([0, 2], 1, false), .distinct([2, 3, 4])),
      Sample(deviation([1], 0, true), .distinct([3, 70])),
      Sample(deviation([0, 1], 0, true), .distinct([4, 3])),
    ]
  }
}

extension Tensor {
  /// Σ (x − mean)² / (n − correction): with correction 1 (the default, as in PyTorch) the unbiased
  /// estimate, with 0 the variance of the elements themselves. NaN where n − correction is 0.
  public func variance(axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false) -> Tensor {
    let axes = shape.normalized(axes: axes, Variance.name)
    return apply(
      Variance(axes: axes, correction: correction, keepDims: keepDims), asFloatingPoint)
  }

  /// The variance over one axis.
  public func variance(axis: Int, correction: Int = 1, keepDims: Bool = false) -> Tensor {
    variance(axes: [axis], correction: correction, keepDims: keepDims)
  }

  /// √variance; the gradient of equal numbers is 0.
  public func standardDeviation(
    axes: [Int]? = nil, correction: Int = 1, keepDims: Bool = false
  ) -> Tensor {
    let axes = shape.normalized(axes: axes, StandardDeviation.name)
    return apply(
      StandardDeviation(axes: axes, correction: correction, keepDims: keepDims), asFloatingPoint)
  }

  /// The standard deviation over one axis.
  public func standardDeviation(
    axis: Int, correction: Int = 1, keepDims: Bool = false
  ) -> Tensor {
    standardDeviation(axes: [axis], correction: correction, keepDims: keepDims)
  }
}
