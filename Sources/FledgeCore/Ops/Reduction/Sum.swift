import CKernels

/// y = Σ x over axes. Integers and bools are added up as int64.
/// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
///
/// Unlike the other reductions it removes the axes itself: every loss and every gradient of a bias
/// has a sum, and a reshape after each would be one more operation, twice.
struct Sum: Reduction {
  static let name = "sum"
  static let formula = "y = Σ x over axes"
  static var precision: AutocastRule { .full }
  static let kernel = ReductionKernel(
    "sum", neutral: 0, rows: fledge_sum_rows_f32, columns: fledge_sum_cols_f32,
    integer: { $0 &+ $1 }
  ) { $0 + $1 }
  let axes: [Int]
  var keepDims = true

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (shape, dtype) = (inputs[0].shape, inputs[0].dtype)
    return TensorType(
      shape: keepDims ? shape.collapsing(axes) : shape.removing(axes),
      dtype: dtype.isFloatingPoint ? dtype : .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let type = outputType(of: inputs.types)
    let y = backend.reduce(Self.kernel, inputs[0], axes: axes, dtype: type.dtype)
    return keepDims ? y : y.view(Layout(type.shape))
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let shape = g.inputShape(0)
    let dy = keepDims || g.dy.rank == 0 ? g.dy : g.dy.reshaped(shape.collapsing(axes))
    return [dy.broadcast(to: shape)]
  }

  static var samples: [Sample] {
    Tensor.reductionSamples({ Sum(axes: $0) }, { .uniform($0) })
      + Tensor.reductionSamples({ Sum(axes: $0, keepDims: false) }, { .uniform($0) })
      + [Sample(Sum(axes: [1]), .uniform([2, 0])), Sample(Sum(axes: [0]), .mask([9]))]
  }
}

extension Tensor {
  /// Σ over all elements, or over the given axes.
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let axes = shape.normalized(axes: axes, Sum.name)
    return apply(Sum(axes: axes, keepDims: keepDims || axes.isEmpty), self)
  }

  /// Σ over one axis.
  public func sum(axis: Int, keepDims: Bool = false) -> Tensor {
    sum(axes: [axis], keepDims: keepDims)
  }
}
