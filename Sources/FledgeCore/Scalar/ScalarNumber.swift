/// The operations that numbers and integers share: an elementwise function that needs only these is
/// exact on integers as well.
///
/// A generic function over it (or over ``ScalarNumber``) is the one definition of an elementwise
/// operation. It is evaluated in `Double` (the reference), in integers that wrap around (integer
/// tensors), in dual numbers (derivatives) and in expressions (source text). A comparison may be a
/// piece of text, so it cannot branch; ``select(_:_:_:)`` computes both choices and takes one.
public protocol ScalarArithmetic: ExpressibleByIntegerLiteral {
  /// What a comparison gives.
  associatedtype Truth

  /// A constant; integers drop its fraction.
  init(_ constant: Double)

  /// a + b. Integers wrap around.
  static func + (a: Self, b: Self) -> Self
  /// a − b. Integers wrap around.
  static func - (a: Self, b: Self) -> Self
  /// a · b. Integers wrap around.
  static func * (a: Self, b: Self) -> Self
  /// −x.
  static prefix func - (x: Self) -> Self

  /// a = b; false where either is NaN.
  static func == (a: Self, b: Self) -> Truth
  /// a ≠ b; true where either is NaN.
  static func != (a: Self, b: Self) -> Truth
  /// a < b; false where either is NaN.
  static func < (a: Self, b: Self) -> Truth
  /// a ≤ b; false where either is NaN.
  static func <= (a: Self, b: Self) -> Truth
  /// a > b; false where either is NaN.
  static func > (a: Self, b: Self) -> Truth
  /// a ≥ b; false where either is NaN.
  static func >= (a: Self, b: Self) -> Truth

  /// condition ? a : b. Nothing of the other choice reaches the result, not even its NaN.
  static func select(_ condition: Truth, _ a: Self, _ b: Self) -> Self

  /// The larger; NaN if either is NaN.
  static func max(_ a: Self, _ b: Self) -> Self
  /// The smaller; NaN if either is NaN.
  static func min(_ a: Self, _ b: Self) -> Self
  /// |x|.
  static func abs(_ x: Self) -> Self
  /// −1, 0 or 1; NaN stays NaN.
  static func sign(_ x: Self) -> Self
  /// ⌊x⌋.
  static func floor(_ x: Self) -> Self
  /// ⌈x⌉.
  static func ceil(_ x: Self) -> Self
  /// The nearest integer, ties to even.
  static func round(_ x: Self) -> Self
}

/// A number of floating-point type, in the sense of ``ScalarArithmetic``.
///
///     func value<T: ScalarNumber>(_ x: T) -> T { x * T.tanh(T.softplus(x)) }
///
/// The functions have the special values of C's library: exp(−∞) = 0, log 0 = −∞, √−1 = NaN.
public protocol ScalarNumber: ScalarArithmetic, ExpressibleByFloatLiteral {
  /// a / b.
  static func / (a: Self, b: Self) -> Self

  /// eˣ.
  static func exp(_ x: Self) -> Self
  /// eˣ − 1, exact near 0.
  static func expm1(_ x: Self) -> Self
  /// ln x.
  static func log(_ x: Self) -> Self
  /// ln(1 + x), exact near 0.
  static func log1p(_ x: Self) -> Self
  /// The logarithm to base 2, exact at powers of 2.
  static func log2(_ x: Self) -> Self
  /// The logarithm to base 10.
  static func log10(_ x: Self) -> Self
  /// √x.
  static func sqrt(_ x: Self) -> Self
  /// sin x.
  static func sin(_ x: Self) -> Self
  /// cos x.
  static func cos(_ x: Self) -> Self
  /// The angle of the point (x, y) from the x axis, −π…π.
  static func atan2(_ y: Self, _ x: Self) -> Self
  /// tanh x.
  static func tanh(_ x: Self) -> Self
  /// erf x = 2/√π ∫₀ˣ e^(−t²) dt.
  static func erf(_ x: Self) -> Self
  /// aᵇ.
  static func pow(_ a: Self, _ b: Self) -> Self
  /// a − b ⌊a / b⌋, with the sign of b, as `%` in Python; NaN for b = 0.
  static func remainder(_ a: Self, _ b: Self) -> Self
  /// σ(x) = 1 / (1 + e⁻ˣ), finite for every x.
  static func sigmoid(_ x: Self) -> Self
  /// ln(1 + eˣ), finite for every x.
  static func softplus(_ x: Self) -> Self
  /// Whether x is not a number.
  static func isNaN(_ x: Self) -> Truth
}

extension ScalarArithmetic {
  // If a is NaN the first test takes it; if b is NaN no comparison holds and b is taken.
  @inlinable
  public static func max(_ a: Self, _ b: Self) -> Self {
    select(a != a, a, select(a > b, a, b))
  }

  @inlinable
  public static func min(_ a: Self, _ b: Self) -> Self {
    select(a != a, a, select(a < b, a, b))
  }

  @inlinable
  public static func sign(_ x: Self) -> Self {
    select(x > 0, 1, select(x < 0, -1, x))
  }
}

extension ScalarNumber {
  // eˣ would overflow for large x and e⁻ˣ for small ones; e^−|x| does neither.
  @inlinable
  public static func sigmoid(_ x: Self) -> Self {
    let z = exp(-abs(x))
    return select(x < 0, z, 1) / (1 + z)
  }

  @inlinable
  public static func softplus(_ x: Self) -> Self {
    max(x, 0) + log1p(exp(-abs(x)))
  }

  @inlinable
  public static func isNaN(_ x: Self) -> Truth { x != x }

  /// The remainder with the sign of the divisor b, from the one with the sign of the dividend that
  /// C's `fmod` gives.
  static func flooring(_ r: Self, _ b: Self) -> Self {
    let moved = r + b
    return select(
      r == 0, r, select(r < 0, select(b < 0, r, moved), select(b < 0, moved, r)))
  }

  /// ⌊a / b⌋ for the exact quotient, of which a / b may round up to the next integer: that less the
  /// remainder is nearly whole. a / 0 is ±∞ or NaN.
  static func floorQuotient(_ a: Self, _ b: Self) -> Self {
    let (quotient, rest) = (a / b, remainder(a, b))
    let whole = round(quotient - rest / b)
    // Of an infinite b the remainder is a or, where the signs differ, b.
    let ofInfinite = select(rest == b, -1, quotient)
    let finite = select(whole == 0, quotient * 0, whole)
    return select(b == 0, quotient, select(abs(b) == Self(.infinity), ofInfinite, finite))
  }
}
