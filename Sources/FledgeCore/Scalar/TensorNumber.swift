/// A tensor (or a constant) as a ``ScalarNumber``: a definition evaluated in it becomes tensor
/// operations, which can be differentiated to any order.
enum TensorNumber: ScalarNumber {
  case constant(Double)
  case tensor(Tensor)

  enum Truth {
    case constant(Bool)
    /// A bool tensor, and one of those compared: constants take its dtype.
    case tensor(Tensor, like: Tensor)
  }

  init(_ constant: Double) { self = .constant(constant) }
  init(integerLiteral value: Int64) { self = .constant(Double(value)) }
  init(floatLiteral value: Double) { self = .constant(value) }

  /// The tensor; a constant in the dtype of `other`.
  func tensor(like other: Tensor) -> Tensor {
    switch self {
    case .constant(let value): other.operand(value)
    case .tensor(let tensor): tensor
    }
  }

  private static func map(
    _ x: Self, _ constant: (Double) -> Double, _ tensor: (Tensor) -> Tensor
  ) -> Self {
    switch x {
    case .constant(let x): .constant(constant(x))
    case .tensor(let x): .tensor(tensor(x))
    }
  }

  private static func zip(
    _ a: Self, _ b: Self, _ constant: (Double, Double) -> Double,
    _ tensor: (Tensor, Tensor) -> Tensor
  ) -> Self {
    switch (a, b) {
    case (.constant(let a), .constant(let b)): .constant(constant(a, b))
    case (.tensor(let a), _): .tensor(tensor(a, b.tensor(like: a)))
    case (_, .tensor(let b)): .tensor(tensor(a.tensor(like: b), b))
    }
  }

  private static func compare(_ relation: Relation, _ a: Self, _ b: Self) -> Truth {
    switch (a, b) {
    case (.constant(let a), .constant(let b)): .constant(relation.value(a, b))
    case (.tensor(let a), _):
      .tensor(Tensor.compare(relation, a, b.tensor(like: a)), like: a)
    case (_, .tensor(let b)):
      .tensor(Tensor.compare(relation, a.tensor(like: b), b), like: b)
    }
  }
}

extension TensorNumber {
  static func + (a: Self, b: Self) -> Self { zip(a, b, +, +) }
  static func - (a: Self, b: Self) -> Self { zip(a, b, -, -) }
  static func * (a: Self, b: Self) -> Self { zip(a, b, *, *) }
  static func / (a: Self, b: Self) -> Self { zip(a, b, /, /) }
  static prefix func - (x: Self) -> Self { map(x, { -$0 }, { -$0 }) }

  static func == (a: Self, b: Self) -> Truth { compare(.equal, a, b) }
  static func != (a: Self, b: Self) -> Truth { compare(.notEqual, a, b) }
  static func < (a: Self, b: Self) -> Truth { compare(.less, a, b) }
  static func <= (a: Self, b: Self) -> Truth { compare(.lessOrEqual, a, b) }
  static func > (a: Self, b: Self) -> Truth { compare(.greater, a, b) }
  static func >= (a: Self, b: Self) -> Truth { compare(.greaterOrEqual, a, b) }

  static func select(_ condition: Truth, _ a: Self, _ b: Self) -> Self {
    switch condition {
    case .constant(let isTrue): isTrue ? a : b
    case .tensor(let mask, let like):
      .tensor(Tensor.where(mask, a.tensor(like: like), b.tensor(like: like)))
    }
  }

  static func max(_ a: Self, _ b: Self) -> Self { zip(a, b, Double.max, maximum) }
  static func min(_ a: Self, _ b: Self) -> Self { zip(a, b, Double.min, minimum) }
  static func abs(_ x: Self) -> Self { map(x, Double.abs) { $0.abs() } }
  static func sign(_ x: Self) -> Self { map(x, Double.sign) { $0.sign() } }
  static func floor(_ x: Self) -> Self { map(x, Double.floor) { $0.floor() } }
  static func ceil(_ x: Self) -> Self { map(x, Double.ceil) { $0.ceil() } }
  static func round(_ x: Self) -> Self { map(x, Double.round) { $0.rounded() } }
  static func exp(_ x: Self) -> Self { map(x, Double.exp) { $0.exp() } }
  static func expm1(_ x: Self) -> Self { map(x, Double.expm1) { $0.expm1() } }
  static func log(_ x: Self) -> Self { map(x, Double.log) { $0.log() } }
  static func log1p(_ x: Self) -> Self { map(x, Double.log1p) { $0.log1p() } }
  static func log2(_ x: Self) -> Self { map(x, Double.log2) { $0.log2() } }
  static func log10(_ x: Self) -> Self { map(x, Double.log10) { $0.log10() } }
  static func sqrt(_ x: Self) -> Self { map(x, Double.sqrt) { $0.sqrt() } }
  static func sin(_ x: Self) -> Self { map(x, Double.sin) { $0.sin() } }
  static func cos(_ x: Self) -> Self { map(x, Double.cos) { $0.cos() } }
  static func atan2(_ y: Self, _ x: Self) -> Self {
    zip(y, x, Double.atan2) { FledgeCore.atan2($0, $1) }
  }
  static func tanh(_ x: Self) -> Self { map(x, Double.tanh) { $0.tanh() } }
  static func erf(_ x: Self) -> Self { map(x, Double.erf) { $0.erf() } }
  static func pow(_ a: Self, _ b: Self) -> Self { zip(a, b, Double.pow) { $0.pow($1) } }
  static func remainder(_ a: Self, _ b: Self) -> Self {
    zip(a, b, Double.remainder) { $0.remainder(by: $1) }
  }
  static func sigmoid(_ x: Self) -> Self {
    map(x, Double.sigmoid) { FledgeCore.sigmoid($0) }
  }
  static func softplus(_ x: Self) -> Self {
    map(x, Double.softplus) { FledgeCore.softplus($0) }
  }
}
