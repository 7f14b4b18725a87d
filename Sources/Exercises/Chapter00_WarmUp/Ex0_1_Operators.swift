import FledgeCourse
import Foundation

/// The functions of numbers that everything else is built from: a tensor operation is one of these,
/// applied many times.
///
/// A truth is a number here, 1 for true and 0 for false, so that a comparison can be applied to all
/// elements of a tensor just like a sum.
enum Operators {
  /// x · y
  static func mul(_ x: Double, _ y: Double) -> Double {
    // solution
    x * y
    // end solution
  }

  /// x, unchanged.
  static func id(_ x: Double) -> Double {
    // solution
    x
    // end solution
  }

  /// x + y
  static func add(_ x: Double, _ y: Double) -> Double {
    // solution
    x + y
    // end solution
  }

  /// −x
  static func neg(_ x: Double) -> Double {
    // solution
    -x
    // end solution
  }

  /// 1 if x is less than y, else 0.
  static func lt(_ x: Double, _ y: Double) -> Double {
    // solution
    x < y ? 1 : 0
    // end solution
  }

  /// 1 if x equals y, else 0.
  static func eq(_ x: Double, _ y: Double) -> Double {
    // solution
    x == y ? 1 : 0
    // end solution
  }

  /// The larger of the two.
  static func max(_ x: Double, _ y: Double) -> Double {
    // solution
    x > y ? x : y
    // end solution
  }

  /// 1 if x and y are less than 0.01 apart, else 0.
  static func isClose(_ x: Double, _ y: Double) -> Double {
    // solution
    abs(x - y) < 1e-2 ? 1 : 0
    // end solution
  }

  /// The sigmoid σ(x) = 1 / (1 + e⁻ˣ) = eˣ / (1 + eˣ).
  ///
  /// Both formulas are right on paper. In numbers e⁷¹⁰ is infinite, so each of them breaks on one
  /// side: use, for each x, the one whose exponent is not positive. Then σ(1000) is 1, and σ(−720)
  /// is tiny but not zero.
  static func sigmoid(_ x: Double) -> Double {
    // solution
    if x >= 0 { return 1 / (1 + Foundation.exp(-x)) }
    let power = Foundation.exp(x)
    return power / (1 + power)
    // end solution
  }

  /// x if it is positive, else 0.
  static func relu(_ x: Double) -> Double {
    // solution
    x > 0 ? x : 0
    // end solution
  }

  /// The natural logarithm. (`Foundation.log` is the system's; a plain `log` here is this one.)
  static func log(_ x: Double) -> Double {
    // solution
    Foundation.log(x)
    // end solution
  }

  /// eˣ. (`Foundation.exp` is the system's.)
  static func exp(_ x: Double) -> Double {
    // solution
    Foundation.exp(x)
    // end solution
  }

  /// 1 / x
  static func inverse(_ x: Double) -> Double {
    // solution
    1 / x
    // end solution
  }

  // The backward forms. y = f(x) is a step on the way to a loss; d is how much the loss changes with
  // y. Each returns how much the loss changes with x: the slope of f at x, times d.

  /// The backward form of `log`.
  static func logBack(_ x: Double, _ d: Double) -> Double {
    // solution
    d / x
    // end solution
  }

  /// The backward form of `inverse`.
  static func inverseBack(_ x: Double, _ d: Double) -> Double {
    // solution
    -d / (x * x)
    // end solution
  }

  /// The backward form of `relu`. At 0, where there is a corner, the slope counts as 0.
  static func reluBack(_ x: Double, _ d: Double) -> Double {
    // solution
    x > 0 ? d : 0
    // end solution
  }
}
