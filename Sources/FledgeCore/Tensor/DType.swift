/// The type of a tensor's elements.
///
/// Arithmetic and gradients are for the floating types; `float16` and `bfloat16` are computed in
/// float32 and rounded to nearest even when they are stored.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case float32, float64, float16, bfloat16, int8, uint8, int32, int64, bool

  /// Bytes an element takes.
  public var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  public var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    default: false
    }
  }

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

/// A Swift type whose values can be a tensor's elements.
public protocol TensorScalar: Sendable, Hashable {
  /// The element type that stores values of this type exactly.
  static var dtype: DType { get }
  init(exactOrRounded value: Double)
  init(wrapping value: Int64)
  var asDouble: Double { get }
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
