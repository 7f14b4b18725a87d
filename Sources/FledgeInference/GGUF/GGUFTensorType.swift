/// How a GGUF file stores the elements of a tensor. The raw values are the format's numbers; it has more
/// types than are read here.
public enum GGUFTensorType: UInt32, Sendable, CaseIterable, CustomStringConvertible {
  /// 32 bits an element.
  case f32 = 0
  /// IEEE 754 binary16.
  case f16 = 1
  /// 4 bits: d (q − 8) in blocks of 32.
  case q4_0 = 2
  /// 4 bits: d q + m in blocks of 32.
  case q4_1 = 3
  /// 5 bits: d (q − 16) in blocks of 32.
  case q5_0 = 6
  /// 5 bits: d q + m in blocks of 32.
  case q5_1 = 7
  /// 8 bits: d q in blocks of 32.
  case q8_0 = 8
  /// 4 bits in blocks of 256, whose eight parts have scales and minima of 6 bits.
  case q4_k = 12
  /// 6 bits in blocks of 256, whose sixteen parts have scales of 8 bits.
  case q6_k = 14
  /// The upper half of a float32.
  case bf16 = 30

  /// Elements of a block; 1 where there are none.
  public var blockWidth: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q4_k, .q6_k: 256
    }
  }

  /// Bytes of a block, or of an element.
  public var blockByteCount: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q4_k: 144
    case .q6_k: 210
    }
  }

  /// Its usual name: `Q4_1`.
  public var description: String {
    switch self {
    case .f32: "F32"
    case .f16: "F16"
    case .q4_0: "Q4_0"
    case .q4_1: "Q4_1"
    case .q5_0: "Q5_0"
    case .q5_1: "Q5_1"
    case .q8_0: "Q8_0"
    case .q4_k: "Q4_K"
    case .q6_k: "Q6_K"
    case .bf16: "BF16"
    }
  }
}
