import FledgeCourse
import Foundation

let checks1_1: [Check] = [
  Check("a line has its slope everywhere") { c in
    for x in [-2.0, 0, 3] {
      c.trying("x = \(x)") {
        c.expect(centralDifference(at: x) { 4 * $0 - 1 }, near: 4, "slope of 4x − 1")
      }
    }
  },
  Check("a parabola is exact even with a large step") { c in
    // (x+h)² − (x−h)² = 4xh: no error at all, which a one-sided difference does not reach.
    let slope = centralDifference(at: 3, step: 0.5) { $0 * $0 }
    c.trying("f(x) = x² at x = 3, h = 0.5: f(3.5) = 12.25, f(2.5) = 6.25") {
      c.expect(slope, near: 6, "the slope")
    }
  },
  Check("the error falls with the square of the step") { c in
    func error(_ h: Double) -> Double { abs(centralDifference(at: 1, step: h, exp) - exp(1)) }
    c.trying("the slope of exp at 1, with steps of 0.1 and of 0.05") {
      c.expect(
        error(0.1) / error(0.05), near: 4, tolerance: 0.01,
        "half the step must have a quarter of the error; the ratio of the errors")
    }
  },
  Check("it agrees with known derivatives at random points") { c in
    c.forRandomCases(50) { generator in
      let x = (generator.uniform(in: -2..<2) * 100).rounded() / 100
      c.trying("x = \(x)") {
        c.expect(centralDifference(at: x, sin), near: cos(x), "slope of sin")
        c.expect(centralDifference(at: x, exp), near: exp(x), "slope of exp")
        c.expect(
          centralDifference(at: x, tanh), near: 1 - tanh(x) * tanh(x), "slope of tanh")
      }
    }
  },
  Check("one argument moves, the others stay") { c in
    // f = x²y + z: ∂f/∂x = 2xy, ∂f/∂y = x², ∂f/∂z = 1.
    let f = { (x: [Double]) in x[0] * x[0] * x[1] + x[2] }
    let at = [3.0, -2, 5]
    let slopes = (0..<3).map { centralDifference(at: at, argument: $0, f) }
    c.trying("f(x) = x₀² · x₁ + x₂ at x = [3, −2, 5]") {
      c.expect(slopes, near: [-12, 9, 1], "the slopes for argument 0, 1 and 2")
    }
  },
  Check("the step is the one that was asked for") { c in
    // x³ at 1: ((1 + h)³ − (1 − h)³) / 2h = 3 + h².
    c.trying("f(x) = x³ at x = 1, h = 0.5: f(1.5) = 3.375, f(0.5) = 0.125") {
      c.expect(centralDifference(at: 1, step: 0.5) { $0 * $0 * $0 }, near: 3.25, "the slope")
      let slope = centralDifference(at: [7, 1], argument: 1, step: 0.5) { $0[1] * $0[1] * $0[1] }
      c.expect(slope, near: 3.25, "the slope for an argument of several")
    }
    // x³ at 10: 3 · 100 + h².
    c.trying("f(x) = x³ at x = 10, h = 0.5: the step is no part of x") {
      c.expect(centralDifference(at: 10, step: 0.5) { $0 * $0 * $0 }, near: 300.25, "the slope")
    }
  },
]
