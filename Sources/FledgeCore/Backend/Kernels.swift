// The kernel of an elementwise operation or a reduction has two forms: a definition that the
// reference backend runs, and C functions for the CPU backend. It stands in its operation's file,
// so no backend keeps a list of operations.

package typealias UnaryFunction<T> =
  @Sendable (
    UnsafePointer<T>, UnsafeMutablePointer<T>, Int
  ) -> Void
// a, stride of a, b, stride of b, y, count.
package typealias BinaryFunction<T, Result> =
  @Sendable (
    UnsafePointer<T>, Int, UnsafePointer<T>, Int, UnsafeMutablePointer<Result>, Int
  ) -> Void
// x, y, rows, columns, elements from row to row.
package typealias ReduceFloat =
  @Sendable @convention(c) (
    UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int
  ) -> Void

/// y = f(x), element by element.
public struct UnaryKernel: Sendable {
  /// The name in messages.
  public let name: String
  /// The definition, in double precision.
  public let reference: @Sendable (Double) -> Double
  /// The definition for integer types; nil where the operation is for floating types only.
  public let integer: (@Sendable (Int64) -> Int64)?
  package let float32: UnaryFunction<Float>?
  package let float64: UnaryFunction<Double>?

  /// A kernel of Swift closures; without `integer` it refuses integer tensors.
  public init(
    _ name: String, integer: (@Sendable (Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double) -> Double
  ) {
    self.init(name, integer: integer, float32: nil, float64: nil, reference: reference)
  }

  /// The kernel of an operation: its definition evaluated in `Double`, and in integers that wrap around.
  @inlinable
  public init<Operation: UnaryElementwise>(of operation: Operation) {
    self.init(Operation.name, integer: operation.integerValue) { operation.value($0) }
  }

  /// The kernel of an operation that has C functions as well.
  // Inlined, so that the closures of an operation without properties capture nothing: they then
  // have no context to retain in every call.
  @inline(__always)
  package init<Operation: UnaryElementwise>(
    of operation: Operation, float32: UnaryFunction<Float>?, float64: UnaryFunction<Double>? = nil
  ) {
    self.init(
      Operation.name, integer: operation.integerValue, float32: float32, float64: float64
    ) { operation.value($0) }
  }

  @inline(__always)
  private init(
    _ name: String, integer: (@Sendable (Int64) -> Int64)?, float32: UnaryFunction<Float>?,
    float64: UnaryFunction<Double>?, reference: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.reference = reference
    self.integer = integer
    self.float32 = float32
    self.float64 = float64
  }
}

/// y = f(a, b), element by element.
public struct BinaryKernel: Sendable {
  /// The name in messages.
  public let name: String
  /// The definition, in double precision.
  public let reference: @Sendable (Double, Double) -> Double
  /// The definition for integer types; nil where the operation is for floating types only.
  public let integer: (@Sendable (Int64, Int64) -> Int64)?
  package let float32: BinaryFunction<Float, Float>?
  package let float64: BinaryFunction<Double, Double>?
  package let int64: BinaryFunction<Int64, Int64>?
  // For bool, too, where it keeps to 0 and 1.
  package let uint8: BinaryFunction<UInt8, UInt8>?

  /// A kernel of Swift closures; without `integer` integers are computed in double precision.
  public init(
    _ name: String, integer: (@Sendable (Int64, Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.init(
      name, integer: integer, float32: nil, float64: nil, int64: nil, uint8: nil,
      reference: reference)
  }

  /// The kernel of an operation: its definition evaluated in `Double`, and in integers that wrap around.
  @inlinable
  public init<Operation: BinaryElementwise>(of operation: Operation) {
    self.init(Operation.name, integer: operation.integerValue) { operation.value($0, $1) }
  }

  /// The kernel of an operation that has C functions as well.
  @inline(__always)
  package init<Operation: BinaryElementwise>(
    of operation: Operation, float32: BinaryFunction<Float, Float>?,
    float64: BinaryFunction<Double, Double>? = nil, int64: BinaryFunction<Int64, Int64>? = nil,
    uint8: BinaryFunction<UInt8, UInt8>? = nil
  ) {
    self.init(
      Operation.name, integer: operation.integerValue, float32: float32, float64: float64,
      int64: int64, uint8: uint8
    ) { operation.value($0, $1) }
  }

  /// The kernel of an activation's gradient: dx from dy and what the activation saved.
  @inlinable
  public init<Operation: Activation>(gradientOf operation: Operation) {
    self.init(Operation.name + "Gradient") { operation.gradient($0, $1) }
  }

  /// The kernel of an activation's gradient that has C functions as well.
  @inline(__always)
  package init<Operation: Activation>(
    gradientOf operation: Operation, float32: BinaryFunction<Float, Float>?,
    float64: BinaryFunction<Double, Double>? = nil
  ) {
    self.init(
      Operation.name + "Gradient", integer: nil, float32: float32, float64: float64, int64: nil,
      uint8: nil
    ) { operation.gradient($0, $1) }
  }

  @inline(__always)
  private init(
    _ name: String, integer: (@Sendable (Int64, Int64) -> Int64)?,
    float32: BinaryFunction<Float, Float>?, float64: BinaryFunction<Double, Double>?,
    int64: BinaryFunction<Int64, Int64>?, uint8: BinaryFunction<UInt8, UInt8>?,
    reference: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.name = name
    self.reference = reference
    self.integer = integer
    self.float32 = float32
    self.float64 = float64
    self.int64 = int64
    self.uint8 = uint8
  }
}

/// y = f(a, b) with a bool result, element by element.
public struct ComparisonKernel: Sendable {
  /// The name in messages.
  public let name: String
  /// The definition, in double precision.
  public let reference: @Sendable (Double, Double) -> Bool
  /// The definition for integer types.
  public let integer: @Sendable (Int64, Int64) -> Bool
  package let float32: BinaryFunction<Float, UInt8>?
  package let float64: BinaryFunction<Double, UInt8>?
  package let int64: BinaryFunction<Int64, UInt8>?
  // For bool, too.
  package let uint8: BinaryFunction<UInt8, UInt8>?

  @inline(__always)
  package init(
    of relation: Relation, float32: BinaryFunction<Float, UInt8>?,
    float64: BinaryFunction<Double, UInt8>?, int64: BinaryFunction<Int64, UInt8>?,
    uint8: BinaryFunction<UInt8, UInt8>?
  ) {
    name = relation.rawValue
    reference = { relation.value($0, $1) }
    integer = { relation.value(WrappingInteger($0), WrappingInteger($1)) }
    self.float32 = float32
    self.float64 = float64
    self.int64 = int64
    self.uint8 = uint8
  }
}

// A kernel without a C function runs its definition in a plain loop. It gives what the reference
// gives, which goes through arrays of doubles: a training step made of such kernels takes a tenth
// of the time.

extension UnaryKernel {
  func loop<T: BinaryFloatingPoint>(
    _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
  ) {
    var i = 0
    while i < count {
      y[i] = T(reference(Double(x[i])))
      i += 1
    }
  }
}

extension BinaryKernel {
  func loop<T: BinaryFloatingPoint>(
    _ a: UnsafePointer<T>, _ strideA: Int, _ b: UnsafePointer<T>, _ strideB: Int,
    _ y: UnsafeMutablePointer<T>, _ count: Int
  ) {
    var i = 0
    while i < count {
      y[i] = T(reference(Double(a[i * strideA]), Double(b[i * strideB])))
      i += 1
    }
  }
}

/// An associative f that folds axes into one value, from its neutral element.
public struct ReductionKernel: Sendable {
  /// The name in messages.
  public let name: String
  /// The value of an empty reduction; nil where there is none (max of nothing).
  public let neutral: Double?
  /// The definition, in double precision: f(what has been folded, the next element).
  public let reference: @Sendable (Double, Double) -> Double
  /// The definition for integer types.
  public let integer: @Sendable (Int64, Int64) -> Int64
  /// Folds each row to one value.
  package let rows: ReduceFloat?
  /// Folds each column to one value.
  package let columns: ReduceFloat?

  package init(
    _ name: String, neutral: Double?, rows: ReduceFloat?, columns: ReduceFloat?,
    integer: @escaping @Sendable (Int64, Int64) -> Int64,
    reference: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.name = name
    self.neutral = neutral
    self.reference = reference
    self.integer = integer
    self.rows = rows
    self.columns = columns
  }
}
