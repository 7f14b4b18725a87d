/// y[i] = start + i · step, and y[count − 1] = `last` where one is given.   Shape: → [count]
struct Arange: SingleOutput {
  static let name = "arange"
  static let formula = "y[i] = start + i · step"
  static var precision: AutocastRule { .given }
  let start: Double
  let step: Double
  let count: Int
  /// What the last element is, where it is not to be what rounding makes of it.
  var last: Double?
  let dtype: DType

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    TensorType(shape: [count], dtype: dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    var values = (0..<count).map { start + Double($0) * step }
    if let last, count > 0 { values[count - 1] = last }
    return Tensor(rounding: values, [count], dtype)
  }

  func gradients(_ g: GradientContext) -> Gradients { [] }

  static var samples: [Sample] {
    [
      Sample(Arange(start: 0, step: 1, count: 5, dtype: .int64)),
      Sample(Arange(start: 2, step: -0.5, count: 7, dtype: .float32)),
      Sample(Arange(start: 0, step: 0.1, count: 11, last: 1, dtype: .float64)),
      Sample(Arange(start: 0, step: 1, count: 0, dtype: .int64)),
    ]
  }
}

extension Tensor {
  /// 0, 1, …, count − 1 as int64.
  public static func arange(_ count: Int) -> Tensor {
    apply(Arange(start: 0, step: 1, count: Swift.max(count, 0), dtype: .int64), Tensors())[0]
  }

  /// start, start + step, … below `end` (above it for a negative step).
  public static func arange(
    _ start: Double, _ end: Double, step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    require(step != 0, "arange", "a step of 0 never ends")
    let count = Swift.max(Int(((end - start) / step).rounded(.up)), 0)
    return apply(Arange(start: start, step: step, count: count, dtype: dtype), Tensors())[0]
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, dtype: DType = .float32
  ) -> Tensor {
    require(count >= 0, "linspace", "of \(count) numbers")
    let step = count > 1 ? (end - start) / Double(count - 1) : 0
    return apply(
      Arange(start: start, step: step, count: count, last: count > 1 ? end : nil, dtype: dtype),
      Tensors())[0]
  }

  /// The identity matrix [n, n], or [n, columns].
  public static func eye(_ n: Int, columns: Int? = nil, dtype: DType = .float32) -> Tensor {
    (arange(n).expandedDims(axis: 1) .== arange(columns ?? n)).cast(to: dtype)
  }
}
