import CKernels

/// y = Π x over axes. Integers and bools are multiplied as int64.
/// Shape: [a…, n, b…] → [a…, 1, b…]
struct Product: Reduction {
  static let name = "prod"
  static let formula = "y = Π x over axes"
  static var precision: AutocastRule { .full }
  static let kernel = ReductionKernel(
    "prod", neutral: 1, rows: fledge_prod_rows_f32, columns: fledge_prod_cols_f32,
    integer: { $0 &* $1 }
  ) { $0 * $1 }
  let axes: [Int]

  func outputType(of inputs: TensorTypes) -> TensorType {
    let dtype = inputs[0].dtype.isFloatingPoint ? inputs[0].dtype : .int64
    return TensorType(shape: inputs[0].shape.collapsing(axes), dtype: dtype)
  }

  /// Halves each axis by products of neighbours until one element is left. The gradient uses this
  /// form: dy · y / x would be 0/0 where an element is 0. Halves are multiplied in float32.
  func composed(_ inputs: Tensors) -> Tensors? {
    var x = inputs[0].cast(to: inputs[0].dtype.ofStatistics)
    for axis in axes {
      // The product of no elements is 1, and still hangs on them in the graph.
      if x.shape[axis] == 0 { x = x.sum(axis: axis, keepDims: true) + 1 }
      while x.shape[axis] > 1 {
        let pairs = x.shape[axis] / 2
        let halves =
          x.sliced(axis: axis, from: 0, count: pairs)
          * x.sliced(axis: axis, from: pairs, count: pairs)
        let odd = x.shape[axis] % 2 == 1
        x =
          odd
          ? Tensor.concatenate(
            [halves, x.sliced(axis: axis, from: 2 * pairs, count: 1)], axis: axis)
          : halves
      }
    }
    return [x.cast(to: inputs[0].dtype)]
  }

  static var samples: [Sample] {
    Tensor.reductionSamples({ Product(axes: $0) }, { .uniform($0) })
  }
}

extension Tensor {
  /// Π over all elements, or over the given axes.
  public func prod(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    reduced(axes, keepDims: keepDims, Product.name) { apply(Product(axes: $0), self) }
  }

  /// Π over one axis.
  public func prod(axis: Int, keepDims: Bool = false) -> Tensor {
    prod(axes: [axis], keepDims: keepDims)
  }
}
