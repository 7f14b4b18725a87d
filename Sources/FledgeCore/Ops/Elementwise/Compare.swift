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

extension Relation {
  /// The same question about the numbers of a dtype, asked with one of them: a < 300 becomes
  /// a ≥ −128, which is always true, for int8, and a ≤ 2 stands for a < 2.5 among integers.
  ///
  /// Floating types round a number between their smallest and their largest, as PyTorch does, so
  /// that an element made from 0.1 equals 0.1.
  func restated(_ b: Double, for dtype: DType) -> (relation: Relation, bound: Double) {
    if let integers = dtype.integers { return restated(b, among: integers) }
    let (least, largest) = dtype.magnitudes
    let size = b.magnitude
    if size == 0 || size >= least && size <= largest || !b.isFinite { return (self, b) }
    // The number of the type below b: nothing of the type lies between them.
    let below =
      b > 0 ? (size > largest ? largest : 0) : (size > largest ? -.infinity : -least)
    return switch self {
    case .equal, .notEqual: (self, .nan)
    case .less, .lessOrEqual: (.lessOrEqual, below)
    case .greater, .greaterOrEqual: (.greater, below)
    }
  }

  private func restated(
    _ b: Double, among integers: ClosedRange<Int64>
  ) -> (relation: Relation, bound: Double) {
    if let whole = Int64(exactly: b), integers.contains(whole) { return (self, b) }
    let (lowest, highest) = (Double(integers.lowerBound), Double(integers.upperBound))
    let (never, always) = ((Relation.less, lowest), (Relation.greaterOrEqual, lowest))
    return switch self {
    case .equal: never
    case .notEqual: always
    case _ where b.isNaN: never
    case .less, .lessOrEqual:
      b < lowest ? never : b >= highest ? always : (.lessOrEqual, b.rounded(.down))
    case .greater, .greaterOrEqual:
      b < lowest ? always : b >= highest ? never : (.greater, b.rounded(.down))
    }
  }
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

  /// Where a ⋚ b, also for a number that the dtype of a does not hold.
  static func compare(_ relation: Relation, _ a: Tensor, _ b: Double) -> Tensor {
    let (relation, bound) = relation.restated(b, for: a.dtype)
    return apply(Compare(relation: relation), a, Tensor.full([], bound, dtype: a.dtype))
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
  public static func .== (a: Tensor, b: Double) -> Tensor { compare(.equal, a, b) }
  /// Where an element != b, as bool.
  public static func .!= (a: Tensor, b: Double) -> Tensor { compare(.notEqual, a, b) }
  /// Where an element < b, as bool.
  public static func .< (a: Tensor, b: Double) -> Tensor { compare(.less, a, b) }
  /// Where an element <= b, as bool.
  public static func .<= (a: Tensor, b: Double) -> Tensor { compare(.lessOrEqual, a, b) }
  /// Where an element > b, as bool.
  public static func .> (a: Tensor, b: Double) -> Tensor { compare(.greater, a, b) }
  /// Where an element >= b, as bool.
  public static func .>= (a: Tensor, b: Double) -> Tensor { compare(.greaterOrEqual, a, b) }
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

  /// Where the element is ∞ or −∞.
  public func isInfinite() -> Tensor { abs() .== .infinity }

  /// Where the element is neither infinite nor NaN.
  public func isFinite() -> Tensor { abs() .< .infinity }
}
