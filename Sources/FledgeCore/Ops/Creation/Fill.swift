/// y = the same value everywhere.   Shape: → [shape]
struct Fill: SingleOutput {
  static let name = "fill"
  static let formula = "y = value everywhere"
  static var precision: AutocastRule { .given }
  let shape: Shape
  let value: Double
  let dtype: DType

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType { TensorType(shape: shape, dtype: dtype) }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    backend.fill(shape, value, dtype)
  }

  func gradients(_ g: GradientContext) -> Gradients { [] }

  static var samples: [Sample] {
    [
      Sample(Fill(shape: [], value: -0.5, dtype: .float32)),
      Sample(Fill(shape: [3, 0], value: 1, dtype: .float64)),
      Sample(Fill(shape: [2, 3], value: .infinity, dtype: .float16)),
      Sample(Fill(shape: [5], value: 7, dtype: .int64)),
      Sample(Fill(shape: [4], value: 1, dtype: .bool)),
    ]
  }
}

extension Tensor {
  /// Every element `value`; traps where an integer type does not have it.
  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    if !dtype.isFloatingPoint { dtype.requireRoom(for: value, "full") }
    return filled(shape, value, dtype: dtype)
  }

  /// Every element `value`, which an integer type takes modulo its range.
  @inline(__always)
  static func filled(_ shape: Shape, _ value: Double, dtype: DType) -> Tensor {
    let context = ExecutionContext.current
    guard context.isPlain else {
      return apply(Fill(shape: shape, value: value, dtype: dtype), Tensors())[0]
    }
    if dtype == .float32 && shape.rank == 0 {
      // Every scalar operand passes here; no kernel call is cheaper than the store itself.
      let result = Tensor(uninitialized: [], .float32)
      result.pointer(Float.self).pointee = Float(value)
      return result
    }
    return context.backend.fill(shape, value, dtype)
  }

  /// Every element 0.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 0, dtype: dtype)
  }

  /// Every element 1.
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 1, dtype: dtype)
  }

  /// Zeros in the shape and dtype of x; abstract where x is.
  public static func zeros(like x: Tensor) -> Tensor { full(like: x, 0) }
  /// Ones in the shape and dtype of x; abstract where x is.
  public static func ones(like x: Tensor) -> Tensor { full(like: x, 1) }

  private static func full(like x: Tensor, _ value: Double) -> Tensor {
    if x.isAbstract && ExecutionContext.current.isPlain { return Tensor(abstract: x.type) }
    return full(x.shape, value, dtype: x.dtype)
  }
}
