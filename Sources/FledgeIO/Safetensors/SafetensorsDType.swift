import FledgeCore

/// The element types of the format, in the order of its reference implementation: the writer puts
/// the last ones first.
public enum SafetensorsDType: String, CaseIterable, Sendable {
  /// A byte, 0 or 1.
  case bool = "BOOL"
  /// 4 bits: 1 sign, 2 exponent, 1 mantissa (OCP MX).
  case f4 = "F4"
  /// 6 bits: 2 exponent, 3 mantissa (OCP MX).
  case f6E2M3 = "F6_E2M3"
  /// 6 bits: 3 exponent, 2 mantissa (OCP MX).
  case f6E3M2 = "F6_E3M2"
  /// 8 bits without sign.
  case u8 = "U8"
  /// 8 bits with sign.
  case i8 = "I8"
  /// 8 bits: 5 exponent, 2 mantissa, infinities as in IEEE 754 (Micikevicius et al. 2022).
  case f8E5M2 = "F8_E5M2"
  /// 8 bits: 4 exponent, 3 mantissa, no infinities (Micikevicius et al. 2022).
  case f8E4M3 = "F8_E4M3"
  /// 8 bits of exponent alone: a scale, a power of two (OCP MX).
  case f8E8M0 = "F8_E8M0"
  /// 8 bits: 4 exponent, 3 mantissa, no infinities and no −0 (Noune et al. 2022).
  case f8E4M3FNUZ = "F8_E4M3FNUZ"
  /// 8 bits: 5 exponent, 2 mantissa, no infinities and no −0 (Noune et al. 2022).
  case f8E5M2FNUZ = "F8_E5M2FNUZ"
  /// 16 bits with sign.
  case i16 = "I16"
  /// 16 bits without sign.
  case u16 = "U16"
  /// IEEE 754 binary16.
  case f16 = "F16"
  /// The upper half of a float32.
  case bf16 = "BF16"
  /// 32 bits with sign.
  case i32 = "I32"
  /// 32 bits without sign.
  case u32 = "U32"
  /// IEEE 754 binary32.
  case f32 = "F32"
  /// A complex number of two float32.
  case c64 = "C64"
  /// IEEE 754 binary64.
  case f64 = "F64"
  /// 64 bits with sign.
  case i64 = "I64"
  /// 64 bits without sign.
  case u64 = "U64"

  /// Bits an element takes; the small floating types are packed.
  public var bitCount: Int {
    switch self {
    case .f4: 4
    case .f6E2M3, .f6E3M2: 6
    case .bool, .u8, .i8, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// The type of the tensors that hold such elements; nil where Fledge has none.
  public var dtype: DType? {
    switch self {
    case .bool: .bool
    case .u8: .uint8
    case .i8: .int8
    case .f16: .float16
    case .bf16: .bfloat16
    case .i32: .int32
    case .f32: .float32
    case .f64: .float64
    case .i64: .int64
    default: nil
    }
  }

  /// The type of the format for tensors of a dtype; there is one for each.
  public init(_ dtype: DType) {
    self =
      switch dtype {
      case .bool: .bool
      case .uint8: .u8
      case .int8: .i8
      case .float16: .f16
      case .bfloat16: .bf16
      case .int32: .i32
      case .float32: .f32
      case .float64: .f64
      case .int64: .i64
      }
  }

  /// The place in the order of the format.
  var rank: Int { Self.allCases.firstIndex(of: self)! }
}
