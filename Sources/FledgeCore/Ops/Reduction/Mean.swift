/// y = Σ x / n over axes, for n elements each; NaN where n is 0.
/// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
///
/// Half types are added up in float32, since float16 cannot count to 100,000.
struct Mean: FusedPrimitive {
  static let name = "mean"
  static let formula = "y = Σ x / n over axes"
  static var precision: AutocastRule { .full }
  /// Normalized, ascending.
  let axes: [Int]
  let keepDims: Bool

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    return [inputs[0].folding(axes, keepDims: keepDims)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count + outputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let x = inputs[0]
    guard x.dtype == .float32 else { return nil }
    var y = backend.reduce(Sum.kernel, x, axes: axes, dtype: .float32)
    let divisor = backend.fill([], Double(x.shape.count(along: axes)), .float32)
    backend.zip(Divide.kernel, into: &y, divisor.view(divisor.layout.broadcast(to: y.shape)))
    return [keepDims ? y : y.view(Layout(x.shape.removing(axes)))]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    return [x.sum(axes: axes, keepDims: keepDims) / Double(x.shape.count(along: axes))]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let shape = g.inputShape(0)
    // As wide as the mean itself: n alone may be more than float16 can hold.
    let share = g.dy.cast(to: g.dy.dtype.ofStatistics) / Double(shape.count(along: axes))
    return [share.cast(to: g.dy.dtype).unfolded(axes, to: shape)]
  }

  static var samples: [Sample] {
    Tensor.reductionSamples({ Mean(axes: $0, keepDims: true) }, { .uniform($0) })
      + Tensor.reductionSamples({ Mean(axes: $0, keepDims: false) }, { .uniform($0) })
  }
}

extension TensorType {
  /// What folding axes makes of it.
  func folding(_ axes: [Int], keepDims: Bool) -> TensorType {
    TensorType(shape: keepDims ? shape.collapsing(axes) : shape.removing(axes), dtype: dtype)
  }
}

extension Shape {
  /// How many elements fold into one.
  func count(along axes: [Int]) -> Int { axes.reduce(1) { $0 * self[$1] } }
}

extension Tensor {
  /// Each element everywhere that it was folded from, whether the axes were kept or not.
  func unfolded(_ axes: [Int], to shape: Shape) -> Tensor {
    let kept = rank == shape.rank || rank == 0 ? self : reshaped(shape.collapsing(axes))
    return kept.broadcast(to: shape)
  }

  /// The mean over all elements, or over the given axes; NaN for none. Of integers it is float32.
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    apply(
      Mean(axes: shape.normalized(axes: axes, Mean.name), keepDims: keepDims), asFloatingPoint)
  }

  /// The mean over one axis.
  public func mean(axis: Int, keepDims: Bool = false) -> Tensor {
    mean(axes: [axis], keepDims: keepDims)
  }
}
