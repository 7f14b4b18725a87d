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
    if !dtype.isFloatingPoint && count > 0 {
      // Between them lie only whole numbers, too.
      let end = last ?? start + Double(count - 1) * step
      for value in [start, end, count > 1 ? start + step : start] {
        dtype.requireRoom(for: value, Self.name)
      }
    }
    return TensorType(shape: [count], dtype: dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    // Before the values: it is known here whether there is memory for so many.
    let y = Tensor(uninitialized: [count], dtype)
    dtype.withScalarType { write(to: y, as: $0) }
    return y
  }

  private func write<S: TensorScalar>(to y: Tensor, as type: S.Type) {
    let elements = y.pointer(S.self)
    for i in 0..<count {
      let value = i == count - 1 ? last : nil
      elements[i] = S(exactOrRounded: value ?? start + Double(i) * step)
    }
    withExtendedLifetime(y) {}
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

  /// start, start + step, … below `end` (above it for a negative step). Of integers all must be whole
  /// numbers of the type.
  public static func arange(
    _ start: Double, _ end: Double, step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    require(step != 0, "arange", "a step of 0 never ends")
    require(
      start.isFinite && end.isFinite && step.isFinite, "arange",
      "from \(start) to \(end) by \(step): all three must be finite")
    let steps = Swift.max(((end - start) / step).rounded(.up), 0)
    require(
      steps <= Double(ElementCount.most), "arange",
      "from \(start) to \(end) by \(step) are \(steps) numbers, more than any memory can hold")
    let count = Int(steps)
    return apply(Arange(start: start, step: step, count: count, dtype: dtype), Tensors())[0]
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, dtype: DType = .float32
  ) -> Tensor {
    require(count >= 0, "linspace", "of \(count) numbers")
    require(
      start.isFinite && end.isFinite, "linspace",
      "from \(start) to \(end): both ends must be finite")
    // Their difference may be infinite.
    let intervals = Double(Swift.max(count - 1, 1))
    let distance = end - start
    let step =
      count < 2
      ? 0 : distance.isFinite ? distance / intervals : end / intervals - start / intervals
    return apply(
      Arange(start: start, step: step, count: count, last: count > 1 ? end : nil, dtype: dtype),
      Tensors())[0]
  }

  /// The identity matrix [n, n], or [n, columns].
  public static func eye(_ n: Int, columns: Int? = nil, dtype: DType = .float32) -> Tensor {
    require(
      n >= 0 && columns ?? 0 >= 0, "eye",
      "a matrix of \(n) rows and \(columns ?? n) columns has a negative size")
    return (arange(n).expandedDims(axis: 1) .== arange(columns ?? n)).cast(to: dtype)
  }
}
