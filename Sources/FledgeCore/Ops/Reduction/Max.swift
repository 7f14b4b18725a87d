import CKernels

/// y = the largest x over axes; NaN wins. Equal elements share the gradient equally.
/// Shape: [a…, n, b…] → [a…, 1, b…]
struct Max: Reduction {
  static let name = "max"
  static let formula = "y = max x over axes"
  static let kernel = ReductionKernel(
    "max", neutral: nil, rows: fledge_max_rows_f32, columns: fledge_max_cols_f32,
    integer: { Swift.max($0, $1) }
  ) { $0.isNaN ? $0 : $1.isNaN ? $1 : Swift.max($0, $1) }
  let axes: [Int]

  var saves: SavedValues { [.inputs, .outputs] }

  func gradients(_ g: GradientContext) -> Gradients {
    [extremumGradient(g.input(0), g.output, g.dy, axes: axes)]
  }

  static var samples: [Sample] {
    Tensor.reductionSamples({ Max(axes: $0) }, { .distinct($0) })
  }
}

extension Tensor {
  /// The largest element, over all axes or the given ones.
  public func max(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    reduced(axes, keepDims: keepDims, Max.name) { apply(Max(axes: $0), self) }
  }

  /// The largest element along one axis.
  public func max(axis: Int, keepDims: Bool = false) -> Tensor {
    max(axes: [axis], keepDims: keepDims)
  }

  /// The int64 position of the first largest element along an axis; of all elements in row-major
  /// order where no axis is given.
  public func argmax(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
    argExtremum(axis, largest: true, keepDims: keepDims)
  }
}
