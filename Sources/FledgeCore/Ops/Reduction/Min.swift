import CKernels

/// y = the smallest x over axes; NaN wins. Equal elements share the gradient equally.
/// Shape: [a…, n, b…] → [a…, 1, b…]
struct Min: Reduction {
  static let name = "min"
  static let formula = "y = min x over axes"
  static let kernel = ReductionKernel(
    "min", neutral: nil, rows: fledge_min_rows_f32, columns: fledge_min_cols_f32,
    integer: { Swift.min($0, $1) }
  ) { $0.isNaN ? $0 : $1.isNaN ? $1 : Swift.min($0, $1) }
  let axes: [Int]

  var saves: SavedValues { [.inputs, .outputs] }

  func gradients(_ g: GradientContext) -> Gradients {
    [extremumGradient(g.input(0), g.output, g.dy, axes: axes)]
  }

  static var samples: [Sample] {
    Tensor.reductionSamples({ Min(axes: $0) }, { .distinct($0) })
  }
}

extension Tensor {
  /// The smallest element, over all axes or the given ones.
  public func min(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    reduced(axes, keepDims: keepDims, Min.name) { apply(Min(axes: $0), self) }
  }

  /// The smallest element along one axis.
  public func min(axis: Int, keepDims: Bool = false) -> Tensor {
    min(axes: [axis], keepDims: keepDims)
  }

  /// The int64 position of the first smallest element along an axis; of all elements in row-major
  /// order where no axis is given.
  public func argmin(axis: Int? = nil, keepDims: Bool = false) -> Tensor {
    argExtremum(axis, largest: false, keepDims: keepDims)
  }
}
