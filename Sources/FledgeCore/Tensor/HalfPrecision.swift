/// An element of a float16 tensor: IEEE 754 binary16, 1 sign, 5 exponent and 10 mantissa bits.
///
/// Written with integer arithmetic because `Float16` does not exist on Intel Macs.
public struct Half: TensorScalar {
  /// Sign, exponent and mantissa, from the highest bit down.
  public var bits: UInt16
  public static var dtype: DType { .float16 }

  /// The number with this bit pattern.
  public init(bits: UInt16) { self.bits = bits }

  /// Rounds to nearest, ties to even; overflow gives infinity, underflow a subnormal or zero.
  public init(_ value: Float) {
    let x = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: (x >> 16) & 0x8000)
    let magnitude = x & 0x7fff_ffff
    if magnitude > 0x7f80_0000 {  // NaN: keep it a NaN, quiet.
      bits = sign | 0x7e00 | UInt16(truncatingIfNeeded: (magnitude >> 13) & 0x3ff)
    } else if magnitude >= 0x4780_0000 {  // ≥ 65536, or infinite.
      bits = sign | 0x7c00
    } else if magnitude >= 0x3880_0000 {  // Normal: ≥ 2⁻¹⁴. Rounding may carry into infinity.
      let rounded = magnitude - 0x3800_0000 + 0xfff + ((magnitude >> 13) & 1)
      bits = sign | UInt16(truncatingIfNeeded: rounded >> 13)
    } else {  // Subnormal: a multiple of 2⁻²⁴. Adding ½ lets the hardware round to even.
      let units = Float(bitPattern: magnitude) + 0.5
      bits = sign | UInt16(truncatingIfNeeded: units.bitPattern - Float(0.5).bitPattern)
    }
  }

  /// The same number as float32; exact.
  public var float: Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let mantissa = UInt32(bits & 0x3ff)
    if exponent == 0x1f { return Float(bitPattern: sign | 0x7f80_0000 | mantissa << 13) }
    if exponent == 0 {
      let magnitude = Float(mantissa) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    }
    return Float(bitPattern: sign | (exponent + 112) << 23 | mantissa << 13)
  }

  // A double is rounded to float32 first: float16 arithmetic is float32 arithmetic, stored.
  public init(exactOrRounded value: Double) { self.init(Float(value)) }
  public init(wrapping value: Int64) { self.init(Float(value)) }
  public var asDouble: Double { Double(float) }
  public var asInt64: Int64 { float.asInt64 }
}

/// An element of a bfloat16 tensor: the upper half of a float32 (8 exponent, 7 mantissa bits).
public struct BFloat16: TensorScalar {
  /// Sign, exponent and mantissa, from the highest bit down.
  public var bits: UInt16
  public static var dtype: DType { .bfloat16 }

  /// The number with this bit pattern.
  public init(bits: UInt16) { self.bits = bits }

  /// Rounds to nearest, ties to even.
  public init(_ value: Float) {
    let x = value.bitPattern
    if value.isNaN {
      bits = UInt16(truncatingIfNeeded: x >> 16) | 0x40
    } else {
      bits = UInt16(truncatingIfNeeded: (x &+ 0x7fff &+ ((x >> 16) & 1)) >> 16)
    }
  }

  /// The same number as float32; exact.
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }

  public init(exactOrRounded value: Double) { self.init(Float(value)) }
  public init(wrapping value: Int64) { self.init(Float(value)) }
  public var asDouble: Double { Double(float) }
  public var asInt64: Int64 { float.asInt64 }
}

extension DType {
  /// Calls `body` with the Swift type of the elements.
  package func withScalarType<R>(_ body: (any TensorScalar.Type) -> R) -> R {
    switch self {
    case .float32: body(Float.self)
    case .float64: body(Double.self)
    case .float16: body(Half.self)
    case .bfloat16: body(BFloat16.self)
    case .int8: body(Int8.self)
    case .uint8: body(UInt8.self)
    case .int32: body(Int32.self)
    case .int64: body(Int64.self)
    case .bool: body(Bool.self)
    }
  }
}
