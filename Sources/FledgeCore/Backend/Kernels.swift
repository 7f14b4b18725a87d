// What elementwise operations and reductions do, twice each: as a definition that the reference
// backend runs, and as C kernels for the CPU backend. A kernel belongs to its operation and stands
// in the operation's file, so no backend keeps a list of operations.

package typealias UnaryFloat =
  @Sendable @convention(c) (
    UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int
  ) -> Void
package typealias UnaryDouble =
  @Sendable @convention(c) (
    UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int
  ) -> Void
// a, stride of a, b, stride of b, y, count.
package typealias BinaryFloat =
  @Sendable @convention(c) (
    UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int
  ) -> Void
package typealias BinaryDouble =
  @Sendable @convention(c) (
    UnsafePointer<Double>, Int, UnsafePointer<Double>, Int, UnsafeMutablePointer<Double>, Int
  ) -> Void
package typealias BinaryInt64 =
  @Sendable @convention(c) (
    UnsafePointer<Int64>, Int, UnsafePointer<Int64>, Int, UnsafeMutablePointer<Int64>, Int
  ) -> Void
package typealias CompareFloat =
  @Sendable @convention(c) (
    UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafeMutablePointer<UInt8>, Int
  ) -> Void
package typealias CompareInt64 =
  @Sendable @convention(c) (
    UnsafePointer<Int64>, Int, UnsafePointer<Int64>, Int, UnsafeMutablePointer<UInt8>, Int
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
  package let float32: UnaryFloat?
  package let float64: UnaryDouble?

  /// A kernel of Swift closures; without `integer` it refuses integer tensors.
  public init(
    _ name: String, integer: (@Sendable (Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double) -> Double
  ) {
    self.init(name, float32: nil, integer: integer, reference: reference)
  }

  package init(
    _ name: String, float32: UnaryFloat?, float64: UnaryDouble? = nil,
    integer: (@Sendable (Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.reference = reference
    self.integer = integer
    self.float32 = float32
    self.float64 = float64
  }
}

// A user's kernel has no C function. Its closure in a plain loop gives what the reference gives, which
// goes through arrays of doubles: a training step made of such kernels takes a tenth of the time.
extension UnaryKernel {
  func loop(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
      y[i] = Float(reference(Double(x[i])))
      i += 1
    }
  }
}

extension BinaryKernel {
  func loop(
    _ a: UnsafePointer<Float>, _ strideA: Int, _ b: UnsafePointer<Float>, _ strideB: Int,
    _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i < count {
      y[i] = Float(reference(Double(a[i * strideA]), Double(b[i * strideB])))
      i += 1
    }
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
  package let float32: BinaryFloat?
  package let float64: BinaryDouble?
  package let int64: BinaryInt64?

  /// A kernel of Swift closures; without `integer` it refuses integer tensors.
  public init(
    _ name: String, integer: (@Sendable (Int64, Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.init(name, float32: nil, integer: integer, reference: reference)
  }

  package init(
    _ name: String, float32: BinaryFloat?, float64: BinaryDouble? = nil, int64: BinaryInt64? = nil,
    integer: (@Sendable (Int64, Int64) -> Int64)? = nil,
    reference: @escaping @Sendable (Double, Double) -> Double
  ) {
    self.name = name
    self.reference = reference
    self.integer = integer
    self.float32 = float32
    self.float64 = float64
    self.int64 = int64
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
  package let float32: CompareFloat?
  package let int64: CompareInt64?

  package init(
    _ name: String, float32: CompareFloat?, int64: CompareInt64?,
    integer: @escaping @Sendable (Int64, Int64) -> Bool,
    reference: @escaping @Sendable (Double, Double) -> Bool
  ) {
    self.name = name
    self.reference = reference
    self.integer = integer
    self.float32 = float32
    self.int64 = int64
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
