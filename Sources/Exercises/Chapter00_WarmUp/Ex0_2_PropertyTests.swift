import FledgeCourse
import Foundation

/// A set of scalar operators. The checks hand your tests right sets and wrong ones.
struct OperatorSet: Sendable {
  typealias One = @Sendable (Double) -> Double
  typealias Two = @Sendable (Double, Double) -> Double

  var mul: Two = Operators.mul
  var id: One = Operators.id
  var add: Two = Operators.add
  var neg: One = Operators.neg
  var lt: Two = Operators.lt
  var eq: Two = Operators.eq
  var max: Two = Operators.max
  var isClose: Two = Operators.isClose
  var sigmoid: One = Operators.sigmoid
  var relu: One = Operators.relu
  var log: One = Operators.log
  var exp: One = Operators.exp
  var inverse: One = Operators.inverse
  var logBack: Two = Operators.logBack
  var inverseBack: Two = Operators.inverseBack
  var reluBack: Two = Operators.reluBack
}

/// Your tests. Each is a property: true for right operators whatever the numbers are, and false for
/// wrong ones, at least for some numbers. It is tried on some hundred random x, y, z.
///
/// A test that is always true catches nothing; one that compares rounded numbers with `==` accuses
/// the innocent. For the second there is `isNear`.
enum PropertyTests {
  /// Whether two numbers are equal but for rounding: to 6 digits, or to 1e-6 if they are small.
  static func isNear(_ a: Double, _ b: Double) -> Bool {
    abs(a - b) <= 1e-6 * Swift.max(1, abs(a), abs(b))
  }

  /// `mul`, `add`, `neg`, `id`: which laws does arithmetic have, and which are its neutral elements?
  ///
  /// x, y and z are between −1000 and 1000, now and then 0, or equal.
  static func arithmetic(_ op: OperatorSet, _ x: Double, _ y: Double, _ z: Double) -> Bool {
    // solution
    isNear(op.add(x, y), op.add(y, x))
      && isNear(op.mul(x, y), op.mul(y, x))
      && isNear(op.mul(x, op.add(y, z)), op.add(op.mul(x, y), op.mul(x, z)))
      && op.add(x, 0) == x && op.mul(x, 1) == x && op.id(x) == x
      && op.add(x, op.neg(x)) == 0
    // end solution
  }

  /// `lt`, `eq`, `max`, `isClose`: what is true of any order, and what must hold of x and x + 1?
  ///
  /// x, y and z are between −1000 and 1000, now and then 0, or equal.
  static func comparison(_ op: OperatorSet, _ x: Double, _ y: Double, _ z: Double) -> Bool {
    // solution
    let isTransitive = op.lt(x, y) * op.lt(y, z) <= op.lt(x, z)
    let larger = op.max(x, y)
    return op.lt(x, y) + op.lt(y, x) + op.eq(x, y) == 1
      && isTransitive && op.lt(x, x + 1) == 1
      && (larger == x || larger == y) && op.lt(larger, x) == 0 && op.lt(larger, y) == 0
      && op.isClose(x, x + 0.005) == 1 && op.isClose(x, x + 1) == 0
      && op.isClose(x, y) == op.isClose(y, x)
    // end solution
  }

  /// `sigmoid`: its range, its middle, which way it goes, its symmetry. And what tells it from a
  /// steeper one?
  ///
  /// x and y are between −1000 and 1000, most of them small.
  static func sigmoid(_ op: OperatorSet, _ x: Double, _ y: Double) -> Bool {
    // solution
    let value = op.sigmoid(x)
    let isRising = x < y ? value <= op.sigmoid(y) : value >= op.sigmoid(y)
    let hasOdds = abs(x) > 10 || isNear(value / (1 - value), Foundation.exp(x))
    return (0...1).contains(value) && isRising && hasOdds
      && isNear(op.sigmoid(-x), 1 - value)
    // end solution
  }

  /// `relu`: what comes out on each side?
  ///
  /// x is between −1000 and 1000, now and then 0.
  static func relu(_ op: OperatorSet, _ x: Double) -> Bool {
    // solution
    x > 0 ? op.relu(x) == x : op.relu(x) == 0
    // end solution
  }

  /// `log`, `exp`, `inverse`: how do they turn sums into products, and back? Which base have they?
  ///
  /// x and y are between −4 and 4, and not nearer to 0 than 0.1.
  static func exponential(_ op: OperatorSet, _ x: Double, _ y: Double) -> Bool {
    // solution
    isNear(op.exp(x + y), op.exp(x) * op.exp(y)) && isNear(op.exp(1), M_E)
      && isNear(op.log(op.exp(x)), x)
      && isNear(x * op.inverse(x), 1)
    // end solution
  }

  /// `logBack`, `inverseBack`, `reluBack`: what has each to do with the slope of its operator, and
  /// with d?
  ///
  /// x and d are between −4 and 4, and x is not nearer to 0 than 0.1.
  static func backward(_ op: OperatorSet, _ x: Double, _ d: Double) -> Bool {
    // solution
    func slope(_ f: (Double) -> Double, _ x: Double) -> Double {
      (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    }
    func isRight(_ back: Double, _ slope: Double) -> Bool { abs(back - slope * d) < 1e-3 }
    return isRight(op.logBack(abs(x), d), slope(op.log, abs(x)))
      && isRight(op.inverseBack(x, d), slope(op.inverse, x))
      && isRight(op.reluBack(x, d), slope(op.relu, x))
    // end solution
  }
}
