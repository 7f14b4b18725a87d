import FledgeCore
import FledgeCourse
import Foundation

let checks0_1: [Check] = [
  Check("arithmetic agrees with Swift's own") { c in
    c.forRandomCases { generator in
      let (x, y) = (generator.uniform(in: -9..<9), generator.uniform(in: -9..<9))
      c.trying("x = \(x), y = \(y)") {
        c.expect(Operators.mul(x, y), near: x * y, "mul(x, y)")
        c.expect(Operators.add(x, y), near: x + y, "add(x, y)")
        c.expect(Operators.neg(x), near: 0 - x, "neg(x)")
        c.expect(Operators.id(x), near: x, "id(x)")
        c.expect(Operators.inverse(x), near: pow(x, -1), "inverse(x)")
      }
    }
  },
  Check("comparisons return 1 or 0") { c in
    for (x, y) in [(1.0, 2.0), (2, 1), (-1, -2), (3, 3), (0, 0), (1, 1.001)] {
      c.trying("x = \(x), y = \(y)") {
        c.expect(Operators.lt(x, y), equals: Double(x < y ? 1 : 0), "lt(x, y)")
        c.expect(Operators.eq(x, y), equals: Double(x == y ? 1 : 0), "eq(x, y)")
        c.expect(Operators.max(x, y), equals: Swift.max(x, y), "max(x, y)")
      }
    }
  },
  Check("comparisons are exact, and the largest numbers stay numbers") { c in
    let next = 1.0.nextUp
    c.expect(Operators.eq(1, next), equals: 0, "eq(1, the next number after 1)")
    c.expect(Operators.eq(0.1 + 0.2, 0.3), equals: 0, "eq(0.1 + 0.2, 0.3), which differ in binary")
    c.expect(Operators.lt(1, next), equals: 1, "lt(1, the next number after 1)")
    c.expect(Operators.lt(1e-300, 2e-300), equals: 1, "lt(1e-300, 2e-300)")
    c.expect(Operators.max(1e308, 1.5e308), equals: 1.5e308, "max(1e308, 1.5e308)")
    c.expect(Operators.relu(1.5e308), equals: 1.5e308, "relu(1.5e308)")
    c.expect(Operators.isClose(0, 0.01), equals: 0, "isClose(0, 0.01): no less than 0.01 apart")
  },
  Check("nothing is added to x to keep away from 0") { c in
    c.expect(Operators.log(1e-12), near: -27.6310211, "log(1e-12)")
    c.expect(Operators.inverse(1e-9), near: 1e9, "inverse(1e-9)")
    c.expect(Operators.logBack(1e-9, 1), near: 1e9, "logBack(1e-9, 1)")
    c.expect(Operators.inverseBack(1e-6, 1), near: -1e12, "inverseBack(1e-6, 1)")
  },
  Check("at the ends stands infinity, and no number that was made up") { c in
    c.expect(Operators.log(0), equals: -.infinity, "log(0)")
    c.expect(Operators.inverse(0), equals: .infinity, "inverse(0)")
    c.expect(Operators.exp(1000), equals: .infinity, "exp(1000), beyond the largest number")
    c.expect(Operators.exp(-1000), equals: 0, "exp(−1000), below the smallest")
    c.expect(
      Foundation.log(Operators.exp(709)), near: 709, tolerance: 1e-9, "the logarithm of exp(709)")
  },
  Check("isClose looks at the distance, whichever is larger") { c in
    for (x, y, close) in [
      (1.0, 1.0, 1.0), (1, 1.009, 1), (1.009, 1, 1), (1, 1.02, 0), (1.02, 1, 0), (-3, 3, 0),
      (5, -5, 0),
    ] {
      c.trying("x = \(x), y = \(y)") {
        c.expect(Operators.isClose(x, y), equals: close, "isClose(x, y), with a bound of 0.01")
      }
    }
  },
  Check("isClose has one bound for large and small numbers") { c in
    c.expect(Operators.isClose(1000.5, 1000), equals: 0, "isClose(1000.5, 1000)")
    c.expect(Operators.isClose(1e6, 1e6 - 0.005), equals: 1, "isClose(1000000, 999999.995)")
    c.expect(Operators.isClose(0.002, 0.001), equals: 1, "isClose(0.002, 0.001)")
  },
  Check("exp, log and relu agree with Foundation") { c in
    c.forRandomCases { generator in
      let x = generator.uniform(in: -9..<9)
      c.trying("x = \(x)") {
        c.expect(Operators.exp(x), near: pow(M_E, x), tolerance: 1e-9, "exp(x)")
        c.expect(Operators.log(abs(x)), near: log2(abs(x)) * M_LN2, "log(|x|)")
        c.expect(Operators.relu(x), near: (x + abs(x)) / 2, "relu(x)")
      }
    }
  },
  Check("the sigmoid agrees with the hyperbolic tangent") { c in
    // σ(x) = (1 + tanh(x/2)) / 2.
    c.forRandomCases { generator in
      let x = generator.uniform(in: -9..<9)
      c.trying("x = \(x)") {
        c.expect(Operators.sigmoid(x), near: (1 + tanh(x / 2)) / 2, tolerance: 1e-12, "sigmoid(x)")
      }
    }
    c.expect(Operators.sigmoid(0), equals: 0.5, "sigmoid(0)")
  },
  Check("the sigmoid survives ±1000") { c in
    c.expect(
      Operators.sigmoid(1000), equals: 1, "sigmoid(1000): it is no further from 1 than e⁻¹⁰⁰⁰")
    c.expect(Operators.sigmoid(-1000), equals: 0, "sigmoid(−1000): smaller than any number but 0")
    let small = Operators.sigmoid(-720)
    c.expect(small > 0, "sigmoid(−720) is above 0: e⁻⁷²⁰ ≈ 2e-313 is still a number, e⁷²⁰ is not")
    c.expect(Foundation.log(small), near: -720, tolerance: 1e-9, "the logarithm of sigmoid(−720)")
  },
  Check("a backward form is the slope times what came from above") { c in
    c.forRandomCases(50) { generator in
      let x = (generator.bernoulli(0.5) ? 1.0 : -1) * generator.uniform(in: 0.5..<4)
      let d = generator.uniform(in: -3..<3)
      func slope(_ f: (Double) -> Double, _ x: Double) -> Double {
        (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
      }
      c.trying("x = \(x), d = \(d)") {
        c.expect(
          Operators.logBack(abs(x), d), near: slope(Foundation.log, abs(x)) * d, "logBack(|x|, d)")
        c.expect(
          Operators.inverseBack(x, d), near: slope({ pow($0, -1) }, x) * d, "inverseBack(x, d)")
        c.expect(Operators.reluBack(x, d), near: slope({ fmax($0, 0) }, x) * d, "reluBack(x, d)")
      }
    }
  },
  Check("relu lets nothing back at its corner") { c in
    c.expect(Operators.reluBack(0, 5), equals: 0, "reluBack(0, 5)")
    c.expect(Operators.reluBack(1e-9, 5), equals: 5, "reluBack(1e-9, 5)")
  },
]
