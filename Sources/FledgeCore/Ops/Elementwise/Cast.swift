/// y = x in another dtype: rounded to nearest even for floating types, truncated towards zero for
/// integers, x ≠ 0 for bool.   Shape: [*] → [*]
struct Cast: SingleOutput {
  static let name = "cast"
  static let formula = "y = x in another dtype"
  let dtype: DType

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    TensorType(shape: inputs[0].shape, dtype: dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    backend.cast(inputs[0], to: dtype)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [g.inputDType(0).isFloatingPoint ? g.dy.cast(to: g.inputDType(0)) : nil]
  }

  static var samples: [Sample] {
    [
      Sample(Cast(dtype: .float64), .uniform([2, 3])),
      Sample(Cast(dtype: .int64), .uniform([2, 3], -9.5...9.5)),
      Sample(Cast(dtype: .bool), .indices([7], below: 2)),
      Sample(Cast(dtype: .uint8), .indices([7], below: 200)),
      Sample(Cast(dtype: .float32), .indices([2, 3], below: 9)),
      Sample(Cast(dtype: .float16), .uniform([33])),
      Sample(Cast(dtype: .bfloat16), .uniform([33])),
    ]
  }
}

extension Tensor {
  /// The same values in another dtype; the tensor itself if it already has that dtype.
  public func cast(to dtype: DType) -> Tensor {
    self.dtype == dtype ? self : apply(Cast(dtype: dtype), self)
  }
}
