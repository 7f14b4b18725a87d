import CKernels

/// How two numbers are compared.
public enum Relation: String, Sendable, Hashable, Codable, CaseIterable {
  /// a = b.
  case equal
  /// a ≠ b.
  case notEqual
  /// a < b.
  case less
  /// a ≤ b.
  case lessOrEqual
  /// a > b.
  case greater
  /// a ≥ b.
  case greaterOrEqual

  /// Whether it holds; with NaN only ≠ does.
  public func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T.Truth {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }

  /// The relation as backends take it.
  public var kernel: ComparisonKernel {
    switch self {
    case .equal: Self.equalKernel
    case .notEqual: Self.notEqualKernel
    case .less: Self.lessKernel
    case .lessOrEqual: Self.lessOrEqualKernel
    case .greater: Self.greaterKernel
    case .greaterOrEqual: Self.greaterOrEqualKernel
    }
  }

  private static let equalKernel = ComparisonKernel(
    of: .equal, float32: fledge_eq_f32, float64: fledge_eq_f64, int64: fledge_eq_i64,
    uint8: fledge_eq_u8)
  private static let notEqualKernel = ComparisonKernel(
    of: .notEqual, float32: fledge_ne_f32, float64: fledge_ne_f64, int64: fledge_ne_i64,
    uint8: fledge_ne_u8)
  private static let lessKernel = ComparisonKernel(
    of: .less, float32: fledge_lt_f32, float64: fledge_lt_f64, int64: fledge_lt_i64,
    uint8: fledge_lt_u8)
  private static let lessOrEqualKernel = ComparisonKernel(
    of: .lessOrEqual, float32: fledge_le_f32, float64: fledge_le_f64, int64: fledge_le_i64,
    uint8: fledge_le_u8)
  private static let greaterKernel = ComparisonKernel(
    of: .greater, float32: fledge_gt_f32, float64: fledge_gt_f64, int64: fledge_gt_i64,
    uint8: fledge_gt_u8)
  private static let greaterOrEqualKernel = ComparisonKernel(
    of: .greaterOrEqual, float32: fledge_ge_f32, float64: fledge_ge_f64, int64: fledge_ge_i64,
    uint8: fledge_ge_u8)
}

/// A comparison, element by element; shapes broadcast.   Shape: [*], [*] → bool [*]
struct Compare: Elementwise {
  static let name = "compare"
  static let formula = "y = a ⋚ b (one of = ≠ < ≤ > ≥) as bool"
  let relation: Relation

  var saves: SavedValues { .nothing }

  func sourceText(_ dialect: SourceDialect, _ dtype: DType, named name: String) -> String {
    ScalarExpression.source(["a", "b"], named: name, dialect, dtype) {
      .select(relation.value($0[0], $0[1]), 1, 0)
    }
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    let name = relation.rawValue
    requireSameDType(a, b, name)
    return TensorType(shape: Shape.broadcast(a.shape, b.shape, for: name), dtype: .bool)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    let shape = Shape.broadcast(a.shape, b.shape, for: relation.rawValue)
    return backend.compare(
      relation.kernel, a.view(a.layout.broadcast(to: shape)),
      b.view(b.layout.broadcast(to: shape)))
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil, nil] }

  static var samples: [Sample] {
    Relation.allCases.map { Compare(relation: $0) }.flatMap {
      Sample.broadcasting($0)
        + [Sample($0, .indices([5, 4], below: 3), .indices([4], below: 3))]
    }
  }
}

// Dotted, as in SIMD types: comparisons give a tensor, not a Bool.
infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
  static func compare(_ relation: Relation, _ a: Tensor, _ b: Tensor) -> Tensor {
    promoting(Compare(relation: relation), a, b)
  }

  /// Where a == b, as bool; shapes broadcast, dtypes are promoted.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(.equal, a, b) }
  /// Where a != b, as bool; shapes broadcast, dtypes are promoted.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(.notEqual, a, b) }
  /// Where a < b, as bool; shapes broadcast, dtypes are promoted.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(.less, a, b) }
  /// Where a <= b, as bool; shapes broadcast, dtypes are promoted.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(.lessOrEqual, a, b) }
  /// Where a > b, as bool; shapes broadcast, dtypes are promoted.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(.greater, a, b) }
  /// Where a >= b, as bool; shapes broadcast, dtypes are promoted.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    compare(.greaterOrEqual, a, b)
  }

  /// Where an element == b, as bool.
  public static func .== (a: Tensor, b: Double) -> Tensor { a .== a.operand(b) }
  /// Where an element != b, as bool.
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= a.operand(b) }
  /// Where an element < b, as bool.
  public static func .< (a: Tensor, b: Double) -> Tensor { a .< a.operand(b) }
  /// Where an element <= b, as bool.
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= a.operand(b) }
  /// Where an element > b, as bool.
  public static func .> (a: Tensor, b: Double) -> Tensor { a .> a.operand(b) }
  /// Where an element >= b, as bool.
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= a.operand(b) }
}

// MARK: Logic on bool tensors

extension Tensor {
  /// Where both are true.
  public func and(_ other: Tensor) -> Tensor { minimum(asBool, other.asBool) }
  /// Where either is true.
  public func or(_ other: Tensor) -> Tensor { maximum(asBool, other.asBool) }
  /// Where exactly one is true.
  public func xor(_ other: Tensor) -> Tensor { asBool .!= other.asBool }
  /// Where this is false.
  public func not() -> Tensor { asBool .== Tensor.full([], 0, dtype: .bool) }

  private var asBool: Tensor { dtype == .bool ? self : self .!= 0 }

  /// Where the element is not a number.
  public func isNaN() -> Tensor { self .!= self }

  /// Where the element is neither infinite nor NaN.
  public func isFinite() -> Tensor { abs() .< .infinity }
}
