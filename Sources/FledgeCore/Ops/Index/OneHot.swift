/// y[…, c] = 1 where the index is c, else 0. Indices are classes, so none is negative.
/// Shape: int64 [*] → [*, classes]
struct OneHot: SingleOutput {
  static let name = "oneHot"
  static let formula = "y[…, c] = 1 where the index is c, else 0"
  static var precision: AutocastRule { .given }
  let classes: Int
  let dtype: DType

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(inputs[0].dtype == .int64, Self.name, "indices must be int64, got \(inputs[0])")
    require(classes >= 0, Self.name, "the number of classes is negative (\(classes))")
    return TensorType(shape: Shape(Array(inputs[0].shape) + [classes]), dtype: dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let indices = checkedIndices(
      inputs[0], below: classes, countsFromEnd: false, Self.name)
    return (indices.expandedDims(axis: -1) .== Tensor.arange(classes)).cast(to: dtype)
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [
      Sample(OneHot(classes: 4, dtype: .float32), .indices([5], below: 4)),
      Sample(OneHot(classes: 3, dtype: .bool), .indices([2, 2], below: 3)),
      Sample(OneHot(classes: 2, dtype: .float32), .indices([0], below: 2)),
    ]
  }
}

extension Tensor {
  /// Integers as unit vectors: [i…] → [i…, classes]. Traps on what is no class, such as −1, which
  /// often marks a missing one.
  public static func oneHot(_ indices: Tensor, classes: Int, dtype: DType = .float32) -> Tensor {
    apply(OneHot(classes: classes, dtype: dtype), indices.asIndices("oneHot"))
  }
}
