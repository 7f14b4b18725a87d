/// Nested literals: `Tensor([[1, 2], [3, 4]])`. Numbers give float32, `true` and `false` bool.
public indirect enum TensorLiteral: Sendable, ExpressibleByArrayLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  /// An element.
  case number(Double)
  /// An element of a bool tensor.
  case truth(Bool)
  /// The elements along one more axis.
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
    let type = TensorType(shape: Shape(shape), dtype: isBool ? .bool : .float32)
    let context = ExecutionContext.current
    if context.isAbstract && context.tracer == nil {
      self.init(abstract: type)
    } else {
      self.init(rounding: values, type.shape, type.dtype)
      if let tracer = context.tracer { tracer.noteLiteral(self) }
    }
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

  /// A scalar in the value's own type: an `Int` gives int64. (Literals give float32.)
  @_disfavoredOverload
  public init<S: TensorScalar>(_ value: S, dtype: DType? = nil) {
    self = Tensor([value], shape: []).cast(to: dtype ?? S.dtype)
  }

  /// The lower triangle: elements with column ≤ row + diagonal, 0 elsewhere.   Shape: [*, M, N] → same
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    let (rows, columns) = places(ofMatrix: "lowerTriangle")
    return Tensor.where(
      columns .<= rows + Double(diagonal), self, Tensor.zeros([], dtype: dtype))
  }

  /// The upper triangle: elements with column ≥ row + diagonal, 0 elsewhere.   Shape: [*, M, N] → same
  public func upperTriangle(diagonal: Int = 0) -> Tensor {
    let (rows, columns) = places(ofMatrix: "upperTriangle")
    return Tensor.where(
      columns .>= rows + Double(diagonal), self, Tensor.zeros([], dtype: dtype))
  }

  /// The numbers of the rows, [M, 1], and of the columns, [N].
  private func places(ofMatrix operation: String) -> (rows: Tensor, columns: Tensor) {
    require(rank >= 2, operation, "needs a matrix [*, M, N], the shape is \(shape)")
    return (Tensor.arange(shape[-2]).expandedDims(axis: 1), Tensor.arange(shape[-1]))
  }
}
