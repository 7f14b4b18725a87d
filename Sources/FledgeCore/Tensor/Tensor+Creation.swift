/// Nested literals: `Tensor([[1, 2], [3, 4]])`. Numbers give float32, `true` and `false` bool.
public indirect enum TensorLiteral: Sendable, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  /// An element.
  case number(Double)
  /// An element of a bool tensor.
  case truth(Bool)
  /// What lies along one more axis.
  case list([TensorLiteral])

  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .truth(value) }
  public init(arrayLiteral elements: TensorLiteral...) { self = .list(elements) }

  /// Appends the numbers in order and gives the shape; traps where rows differ in length.
  fileprivate func flatten(into values: inout [Double], isBool: inout Bool) -> [Int] {
    switch self {
    case .number(let value):
      values.append(value)
      isBool = false
      return []
    case .truth(let value):
      values.append(value ? 1 : 0)
      return []
    case .list(let elements):
      var inner: [Int]?
      for element in elements {
        let shape = element.flatten(into: &values, isBool: &isBool)
        if let inner, inner != shape {
          fledgeTrap("Tensor", "a literal with rows of different shapes: \(inner) and \(shape)")
        }
        inner = shape
      }
      if elements.isEmpty { isBool = false }
      return [elements.count] + (inner ?? [])
    }
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A tensor of a literal of any nesting: float32, or bool for `true` and `false`.
  public init(_ literal: TensorLiteral) {
    var values: [Double] = []
    var isBool = true
    let shape = literal.flatten(into: &values, isBool: &isBool)
    self.init(rounding: values, Shape(shape), isBool ? .bool : .float32)
  }

  public init(arrayLiteral elements: TensorLiteral...) { self.init(.list(elements)) }

  /// A one-axis tensor with the array's elements in their own type (`[Float]` is float32, `[Int]`
  /// int64, …).
  @_disfavoredOverload
  public init<S: TensorScalar>(_ values: [S]) { self.init(values, shape: [values.count]) }

  /// The array's elements in row-major order.
  public init<S: TensorScalar>(_ values: [S], shape: Shape) {
    require(
      shape.count == values.count, "Tensor",
      "\(values.count) elements do not fill the shape \(shape), which has \(shape.count)")
    self.init(shape: shape, writing: S.self) { buffer in
      _ = buffer.update(fromContentsOf: values)
    }
  }

  /// The array's elements, converted.
  public init<S: TensorScalar>(_ values: [S], shape: Shape? = nil, dtype: DType) {
    self = Tensor(values, shape: shape ?? [values.count]).cast(to: dtype)
  }

  /// A scalar.
  public init(_ value: Double, dtype: DType = .float32) {
    self = Tensor.full([], value, dtype: dtype)
  }

  /// Every element `value`.
  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    if dtype == .float32 && shape.rank == 0 {
      // Every scalar operand passes here; no kernel call is cheaper than the store itself.
      let result = Tensor(uninitialized: [], .float32)
      result.pointer(Float.self).pointee = Float(value)
      return result
    }
    return ExecutionContext.current.backend.fill(shape, value, dtype)
  }

  /// Every element 0.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 0, dtype: dtype)
  }

  /// Every element 1.
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    full(shape, 1, dtype: dtype)
  }

  /// Zeros in the shape and dtype of x.
  public static func zeros(like x: Tensor) -> Tensor { zeros(x.shape, dtype: x.dtype) }
  /// Ones in the shape and dtype of x.
  public static func ones(like x: Tensor) -> Tensor { ones(x.shape, dtype: x.dtype) }

  /// 0, 1, …, count − 1 as int64.
  public static func arange(_ count: Int) -> Tensor { Tensor(Array(0..<Swift.max(count, 0))) }

  /// start, start + step, … below `end` (above it for a negative step).
  public static func arange(
    _ start: Double, _ end: Double, step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    require(step != 0, "arange", "a step of 0 never ends")
    let count = Swift.max(Int(((end - start) / step).rounded(.up)), 0)
    return Tensor(rounding: (0..<count).map { start + Double($0) * step }, [count], dtype)
  }

  /// `count` numbers from `start` to `end`, both included, at equal distances.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, dtype: DType = .float32
  ) -> Tensor {
    require(count >= 0, "linspace", "of \(count) numbers")
    let step = count > 1 ? (end - start) / Double(count - 1) : 0
    // The last is `end` itself, not what rounding makes of it.
    let values = (0..<count).map { $0 == count - 1 && count > 1 ? end : start + Double($0) * step }
    return Tensor(rounding: values, [count], dtype)
  }

  /// The identity matrix [n, n], or [n, columns].
  public static func eye(_ n: Int, columns: Int? = nil, dtype: DType = .float32) -> Tensor {
    let columns = columns ?? n
    var values = [Double](repeating: 0, count: n * columns)
    for i in 0..<Swift.min(n, columns) { values[i * columns + i] = 1 }
    return Tensor(rounding: values, [n, columns], dtype)
  }

  /// Integers as unit vectors: [i…] → [i…, classes].
  public static func oneHot(_ indices: Tensor, classes: Int, dtype: DType = .float32) -> Tensor {
    let labels = indices.normalizedIndices(below: classes, "oneHot")
    checkIndices(labels, below: classes, "oneHot")
    return (labels.expandedDims(axis: -1) .== arange(classes)).cast(to: dtype)
  }

  /// The lower triangle: elements with column ≤ row + diagonal, 0 elsewhere.   Shape: [*, M, N] → same
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    let keeps =
      Tensor.arange(shape[-1]) .<= Tensor.arange(shape[-2]).expandedDims(axis: 1) + Double(diagonal)
    return Tensor.where(keeps, self, Tensor.zeros([], dtype: dtype))
  }
}
