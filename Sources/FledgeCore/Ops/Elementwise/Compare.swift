import CKernels

/// A comparison, element by element; shapes broadcast.   Shape: [*], [*] → bool [*]
struct Compare: SingleOutput {
  static let name = "compare"
  static let formula = "y = a ⋚ b (one of = ≠ < ≤ > ≥) as bool"
  let kernel: ComparisonKernel

  static let equal = ComparisonKernel(
    "equal", float32: fledge_eq_f32, int64: fledge_eq_i64, integer: ==
  ) { $0 == $1 }
  static let notEqual = ComparisonKernel(
    "notEqual", float32: fledge_ne_f32, int64: fledge_ne_i64, integer: !=
  ) { $0 != $1 }
  static let less = ComparisonKernel(
    "less", float32: fledge_lt_f32, int64: fledge_lt_i64, integer: <
  ) { $0 < $1 }
  static let lessOrEqual = ComparisonKernel(
    "lessOrEqual", float32: fledge_le_f32, int64: fledge_le_i64, integer: <=
  ) { $0 <= $1 }
  static let greater = ComparisonKernel(
    "greater", float32: fledge_gt_f32, int64: fledge_gt_i64, integer: >
  ) { $0 > $1 }
  static let greaterOrEqual = ComparisonKernel(
    "greaterOrEqual", float32: fledge_ge_f32, int64: fledge_ge_i64, integer: >=
  ) { $0 >= $1 }

  private static let all = [equal, notEqual, less, lessOrEqual, greater, greaterOrEqual]
  private enum CodingKeys: String, CodingKey { case kernel }

  init(kernel: ComparisonKernel) { self.kernel = kernel }
  static func == (a: Self, b: Self) -> Bool { a.kernel.name == b.kernel.name }
  func hash(into hasher: inout Hasher) { hasher.combine(kernel.name) }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kernel.name, forKey: .kernel)
  }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .kernel)
    self = Compare(kernel: Self.all.first { $0.name == name }!)
  }

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    require(a.dtype == b.dtype, kernel.name, "dtypes differ: \(a.dtype) and \(b.dtype)")
    return TensorType(shape: Shape.broadcast(a.shape, b.shape, for: kernel.name), dtype: .bool)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    let shape = Shape.broadcast(a.shape, b.shape, for: kernel.name)
    return backend.compare(
      kernel, a.view(a.layout.broadcast(to: shape)), b.view(b.layout.broadcast(to: shape)))
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil, nil] }

  static var samples: [Sample] {
    [equal, notEqual, less, lessOrEqual, greater, greaterOrEqual].flatMap {
      Sample.broadcasting(Compare(kernel: $0))
        + [Sample(Compare(kernel: $0), .indices([5, 4], below: 3), .indices([4], below: 3))]
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
  private static func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    promoting(Compare(kernel: kernel), a, b)
  }

  /// Where a == b, as bool; shapes broadcast, dtypes are promoted.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(Compare.equal, a, b) }
  /// Where a != b, as bool; shapes broadcast, dtypes are promoted.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(Compare.notEqual, a, b) }
  /// Where a < b, as bool; shapes broadcast, dtypes are promoted.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(Compare.less, a, b) }
  /// Where a <= b, as bool; shapes broadcast, dtypes are promoted.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(Compare.lessOrEqual, a, b) }
  /// Where a > b, as bool; shapes broadcast, dtypes are promoted.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(Compare.greater, a, b) }
  /// Where a >= b, as bool; shapes broadcast, dtypes are promoted.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    compare(Compare.greaterOrEqual, a, b)
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
