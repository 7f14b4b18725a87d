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
    c.expect(centralDifference(at: 3, step: 0.5) { $0 * $0 }, near: 6, "slope of x² at 3, h = 0.5")
  },
  Check("the error falls with the square of the step") { c in
    func error(_ h: Double) -> Double { abs(centralDifference(at: 1, step: h, exp) - exp(1)) }
    c.expect(error(0.1) / error(0.05), near: 4, tolerance: 0.01, "error at 0.1 over error at 0.05")
  },
  Check("it agrees with known derivatives at random points") { c in
    c.forRandomCases(50) { generator in
      let x = generator.uniform(in: -2..<2)
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
    c.expect(slopes, near: [-12, 9, 1], "∂(x²y + z)/∂(x, y, z) at (3, −2, 5)")
  },
]
