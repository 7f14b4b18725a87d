import Fledge
import FledgeCourse

/// Sums of floats, and how wrong they can be.
///
/// A float has 24 binary digits. Each addition rounds its result to the nearest float, which is off
/// by at most u = 2⁻²⁴ of the result. An element that takes part in d additions on its way into the
/// total is rounded d times, so to first order (Higham 1993)
///
///     |computed − exact| ≤ d · u · Σ|xᵢ|,   d the most additions that any one element goes through
enum Summation {
  /// u: half the distance from 1 to the next float.
  static let unitRoundoff = 0x1p-24

  /// One element after the other. The first two go through all n − 1 additions.
  static func naive(_ x: FloatBuffer, _ positions: Range<Int>) -> Float {
    positions.reduce(0) { $0 + x[$1] }
  }

  /// Both halves by the same rule, then their sum; up to `block` elements one after the other,
  /// which is as fast as ``naive(_:_:)``. Of an odd number the first half has one element less.
  static func pairwise(_ x: FloatBuffer, _ positions: Range<Int>, block: Int = 64) -> Float {
    // solution
    if positions.count <= block { return naive(x, positions) }
    let middle = positions.lowerBound + positions.count / 2
    return pairwise(x, positions.lowerBound..<middle, block: block)
      + pairwise(x, middle..<positions.upperBound, block: block)
    // end solution
  }

  /// One after the other again, but what rounding took away is kept in a second float and added to
  /// the next element (Kahan 1965):
  ///
  ///     y = x − c,   t = s + y,   c = (t − s) − y,   s = t
  ///
  /// (t − s) is the part of y that arrived; minus y it is what was lost, with its sign turned. The
  /// result is s: what the last addition lost is lost, and a c from a y larger than s is no use. The
  /// error no longer grows with n: it is at most about 2u · Σ|xᵢ|.
  static func compensated(_ x: FloatBuffer, _ positions: Range<Int>) -> Float {
    // solution
    var (sum, lost) = (Float(0), Float(0))
    for position in positions {
      let element = x[position] - lost
      let next = sum + element
      lost = (next - sum) - element
      sum = next
    }
    return sum
    // end solution
  }

  /// The most additions that any one of `count` elements goes through in ``pairwise(_:_:block:)``.
  /// That a block's first addition is to 0, and exact, does not count.
  static func pairwiseDepth(_ count: Int, block: Int = 64) -> Int {
    // solution
    if count <= block { return max(count - 1, 0) }
    let halves = [count / 2, count - count / 2]
    return 1 + halves.map { pairwiseDepth($0, block: block) }.max()!
    // end solution
  }

  /// The largest error of a sum in which no element goes through more than `depth` additions.
  /// - Parameter magnitudes: Σ|xᵢ|.
  static func errorBound(depth: Int, magnitudes: Double) -> Double {
    // solution
    Double(depth) * unitRoundoff * magnitudes
    // end solution
  }
}
