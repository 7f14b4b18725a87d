/// The type of a tensor's elements.
///
/// Arithmetic and gradients are for the floating types; `float16` and `bfloat16` are computed in
/// float32 and rounded to nearest even when they are stored.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// IEEE 754 binary32, Swift's `Float`: about 7 decimal digits.
  case float32
  /// IEEE 754 binary64, Swift's `Double`: about 16 decimal digits.
  case float64
  /// IEEE 754 binary16, ``Half``: about 3 decimal digits, at most 65504.
  case float16
  /// The upper half of a float32, ``BFloat16``: its range, about 2 decimal digits.
  case bfloat16
  /// −128 … 127.
  case int8
  /// 0 … 255.
  case uint8
  /// −2³¹ … 2³¹ − 1.
  case int32
  /// −2⁶³ … 2⁶³ − 1; the type of indices.
  case int64
  /// `true` or `false`, a byte each; the type of masks.
  case bool

  /// Bytes an element takes.
  public var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// Whether it is one of the four types that gradients are for.
  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    default: false
    }
  }

  /// Whether it is an integer type; bool is none.
  public var isInteger: Bool { !isFloatingPoint && self != .bool }

  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .int8: "int8"
    case .uint8: "uint8"
    case .int32: "int32"
    case .int64: "int64"
    case .bool: "bool"
    }
  }

  /// The type that holds the result of an operation on both.
  ///
  /// As in PyTorch: a floating type wins over an integer type, an integer type over bool; among
  /// equals the wider wins; float16 with bfloat16 gives float32, uint8 with int8 gives int32.
  public static func promoted(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    switch (a.isFloatingPoint, b.isFloatingPoint) {
    case (true, false): return a
    case (false, true): return b
    case (true, true):
      if a.byteCount == b.byteCount { return .float32 }
      return a.byteCount > b.byteCount ? a : b
    case (false, false):
      if a == .bool { return b }
      if b == .bool { return a }
      if a.byteCount == b.byteCount { return .int32 }
      return a.byteCount > b.byteCount ? a : b
    }
  }
}

extension DType {
  /// The numbers of an integer type, and 0 and 1 of bool; nil for a floating type.
  var integers: ClosedRange<Int64>? {
    switch self {
    case .float32, .float64, .float16, .bfloat16: nil
    case .int8: -128...127
    case .uint8: 0...255
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    case .int64: Int64.min...Int64.max
    case .bool: 0...1
    }
  }

  /// The smallest and the largest size that a floating type has, apart from 0 and ∞.
  var magnitudes: (least: Double, largest: Double) {
    switch self {
    case .float16: (0x1p-24, 65504)
    case .bfloat16: (0x1p-133, 0x1.fep127)
    case .float32:
      (Double(Float.leastNonzeroMagnitude), Double(Float.greatestFiniteMagnitude))
    default: (.leastNonzeroMagnitude, .greatestFiniteMagnitude)
    }
  }

  /// The number of this type that a double is rounded to.
  func nearest(to value: Double) -> Double {
    withScalarType { $0.init(exactOrRounded: value).asDouble }
  }

  /// Whether it has exactly this number; floating types have NaN and the infinities.
  func holds(_ value: Double) -> Bool {
    if let integers { return Int64(exactly: value).map(integers.contains) ?? false }
    return value.isNaN || nearest(to: value) == value
  }
}

/// A Swift type whose values can be a tensor's elements.
public protocol TensorScalar: Sendable, Hashable {
  /// The element type that stores values of this type exactly.
  static var dtype: DType { get }
  /// The value, rounded to nearest if the type is coarser and towards zero for integers; a bool is
  /// true unless it is 0.
  init(exactOrRounded value: Double)
  /// The value modulo the range of an integer type; floating types round.
  init(wrapping value: Int64)
  /// The value in double precision; int64 beyond 2⁵³ is rounded.
  var asDouble: Double { get }
  /// The value towards zero, at the ends of int64 where it lies outside; NaN is 0.
  var asInt64: Int64 { get }
}

extension Float: TensorScalar {
  public static var dtype: DType { .float32 }
  public init(exactOrRounded value: Double) { self = Float(value) }
  public init(wrapping value: Int64) { self = Float(value) }
  public var asDouble: Double { Double(self) }
  public var asInt64: Int64 { Int64(saturating: Double(self)) }
}

extension Double: TensorScalar {
  public static var dtype: DType { .float64 }
  public init(exactOrRounded value: Double) { self = value }
  public init(wrapping value: Int64) { self = Double(value) }
  public var asDouble: Double { self }
  public var asInt64: Int64 { Int64(saturating: self) }
}

extension Bool: TensorScalar {
  public static var dtype: DType { .bool }
  public init(exactOrRounded value: Double) { self = value != 0 }
  public init(wrapping value: Int64) { self = value != 0 }
  public var asDouble: Double { self ? 1 : 0 }
  public var asInt64: Int64 { self ? 1 : 0 }
}

extension TensorScalar where Self: FixedWidthInteger {
  public init(exactOrRounded value: Double) {
    self = Self(truncatingIfNeeded: Int64(saturating: value))
  }
  public init(wrapping value: Int64) { self = Self(truncatingIfNeeded: value) }
  public var asDouble: Double { Double(self) }
  public var asInt64: Int64 { Int64(truncatingIfNeeded: self) }
}

extension Int8: TensorScalar { public static var dtype: DType { .int8 } }
extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension Int: TensorScalar { public static var dtype: DType { .int64 } }

extension Int64 {
  /// Truncates towards zero; values out of range go to the nearest end and NaN to 0 (C leaves
  /// these undefined, Swift's own initialiser traps).
  init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if value >= 0x1p63 {
      self = .max
    } else if value <= -0x1p63 {
      self = .min
    } else {
      self = Int64(value)
    }
  }
}
