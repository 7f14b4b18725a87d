import Foundation

// The reference: a definition evaluated in double precision.
extension Double: ScalarNumber {
  /// A comparison of doubles.
  public typealias Truth = Bool

  @inlinable
  public static func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double {
    condition ? a : b
  }

  @inlinable
  public static func abs(_ x: Double) -> Double { x.magnitude }
  @inlinable
  public static func floor(_ x: Double) -> Double { x.rounded(.down) }
  @inlinable
  public static func ceil(_ x: Double) -> Double { x.rounded(.up) }
  @inlinable
  public static func round(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }
  @inlinable
  public static func sqrt(_ x: Double) -> Double { x.squareRoot() }

  public static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  public static func expm1(_ x: Double) -> Double { Foundation.expm1(x) }
  public static func log(_ x: Double) -> Double { Foundation.log(x) }
  public static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  public static func log2(_ x: Double) -> Double { Foundation.log2(x) }
  public static func log10(_ x: Double) -> Double { Foundation.log10(x) }
  public static func sin(_ x: Double) -> Double { Foundation.sin(x) }
  public static func cos(_ x: Double) -> Double { Foundation.cos(x) }
  public static func atan2(_ y: Double, _ x: Double) -> Double { Foundation.atan2(y, x) }
  public static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
  public static func erf(_ x: Double) -> Double { Foundation.erf(x) }
  public static func pow(_ a: Double, _ b: Double) -> Double { Foundation.pow(a, b) }
  public static func remainder(_ a: Double, _ b: Double) -> Double {
    flooring(a.truncatingRemainder(dividingBy: b), b)
  }
}

/// A 64-bit integer with arithmetic that wraps around, in which definitions are evaluated on
/// integer tensors. The result is then reduced modulo the range of the tensor's type.
struct WrappingInteger: ScalarArithmetic, Sendable, Hashable {
  /// The integer itself.
  var value: Int64

  /// An integer of this value.
  init(_ value: Int64) { self.value = value }
  /// Towards zero; the nearest end of the range beyond it, 0 for NaN.
  init(_ constant: Double) { value = Int64(saturating: constant) }
  init(integerLiteral value: Int64) { self.value = value }

  static func + (a: Self, b: Self) -> Self { Self(a.value &+ b.value) }
  static func - (a: Self, b: Self) -> Self { Self(a.value &- b.value) }
  static func * (a: Self, b: Self) -> Self { Self(a.value &* b.value) }
  static prefix func - (x: Self) -> Self { Self(0 &- x.value) }

  static func == (a: Self, b: Self) -> Bool { a.value == b.value }
  static func != (a: Self, b: Self) -> Bool { a.value != b.value }
  static func < (a: Self, b: Self) -> Bool { a.value < b.value }
  static func <= (a: Self, b: Self) -> Bool { a.value <= b.value }
  static func > (a: Self, b: Self) -> Bool { a.value > b.value }
  static func >= (a: Self, b: Self) -> Bool { a.value >= b.value }

  static func select(_ condition: Bool, _ a: Self, _ b: Self) -> Self {
    condition ? a : b
  }

  static func abs(_ x: Self) -> Self { x.value < 0 ? -x : x }
  static func floor(_ x: Self) -> Self { x }
  static func ceil(_ x: Self) -> Self { x }
  static func round(_ x: Self) -> Self { x }
}
