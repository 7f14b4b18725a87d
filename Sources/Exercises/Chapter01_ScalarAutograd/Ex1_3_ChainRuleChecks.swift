import FledgeCourse
import Foundation

let checks1_3: [Check] = [
  Check("a product grows with each factor as fast as the other is large") { c in
    c.expect(
      ScalarOperation.multiply.slopes(at: [3, 5], result: 15), near: [5, 3], tolerance: 1e-14,
      "slopes of multiply at 3 and 5, to the last digit")
    c.expect(
      ScalarOperation.multiply.slopes(at: [0, 5], result: 0), near: [5, 0],
      "slopes of multiply at 0 and 5")
  },
  Check("every slope is the one that a small step measures") { c in
    c.forRandomCases(20) { generator in
      let x = (0..<2).map { _ in (generator.uniform(in: 0.2..<2) * 100).rounded() / 100 }
      for (operation, takes) in operations {
        let x = Array(x.prefix(takes))
        let slopes = operation.slopes(at: x, result: operation.value(of: x))
        let measured = x.indices.map { i in
          centralDifference(at: x, argument: i) { operation.value(of: $0) }
        }
        c.trying("\(operation) at \(x)") {
          c.expect(slopes, near: measured, tolerance: 1e-5, "slopes against central differences")
        }
      }
    }
  },
  Check("slopes hold for negative numbers, too") { c in
    for (operation, x, expected) in [
      (ScalarOperation.power(2), -3.0, -6.0), (.power(3), -2, 12), (.power(-1), -2, -0.25),
      (.exponential, -1, exp(-1)), (.hyperbolicTangent, -0.5, 1 - tanh(0.5) * tanh(0.5)),
      (.rectifier, -2, 0),
    ] {
      c.trying("\(operation) at \(x)") {
        let slopes = operation.slopes(at: [x], result: operation.value(of: [x]))
        c.expect(slopes, near: [expected], "its slope")
      }
    }
  },
  Check("a power has a slope at 0") { c in
    // Where training leads a number to 0 exactly, one NaN here is all that is left of the network.
    for (exponent, expected) in [(1.0, 1.0), (2, 0), (3, 0)] {
      let operation = ScalarOperation.power(exponent)
      c.expect(
        operation.slopes(at: [0], result: operation.value(of: [0])), near: [expected],
        "the slope of power(\(Scalar.digits(exponent))) at 0")
    }
  },
  Check("the rectifier's slope at its corner is 0") { c in
    c.expect(ScalarOperation.rectifier.slopes(at: [0], result: 0), near: [0], "slope at 0")
  },
  Check("the chain rule multiplies the gradient by each slope") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    c.trying("a = 3, b = 2") {
      expect(c, (a * b).chainRule(10), [(a, 20), (b, 30)], "(a * b).chainRule(10)")
      expect(c, (a + b).chainRule(7), [(a, 7), (b, 7)], "(a + b).chainRule(7)")
      expect(c, a.power(2).chainRule(0.5), [(a, 3)], "a.power(2).chainRule(0.5)")
      expect(c, a.tanh().chainRule(0), [(a, 0)], "a.tanh().chainRule(0)")
      expect(c, (a * b).chainRule(-10), [(a, -20), (b, -30)], "(a * b).chainRule(-10)")
    }
  },
  Check("constants are dropped") { c in
    let x = Scalar(3, "x")
    c.trying("x = 3") {
      expect(c, (x * 2).chainRule(10), [(x, 20)], "(x * 2).chainRule(10)")
      expect(c, (2 * x).chainRule(10), [(x, 20)], "(2 * x).chainRule(10)")
      expect(c, (1 + x).chainRule(10), [(x, 10)], "(1 + x).chainRule(10)")
    }
  },
  Check("an input that stands there twice gets two parts") { c in
    let x = Scalar(3, "x")
    expect(c, (x * x).chainRule(10), [(x, 30), (x, 30)], "(x * x).chainRule(10) at x = 3")
  },
  Check("a variable and a constant hand nothing on") { c in
    expect(c, Scalar(3, "x").chainRule(10), [], "chainRule(10) of a variable")
    expect(c, Scalar(constant: 3).chainRule(10), [], "chainRule(10) of a constant")
  },
]

/// The operations, and how many inputs each takes.
private let operations: [(ScalarOperation, Int)] = [
  (.add, 2), (.multiply, 2), (.power(3), 1), (.power(-1), 1), (.power(0.5), 1), (.exponential, 1),
  (.logarithm, 1), (.hyperbolicTangent, 1), (.rectifier, 1),
]

/// Expects the same inputs, in order, with the same gradients.
private func expect(
  _ c: Recorder, _ got: [(input: Scalar, gradient: Double)], _ expected: [(Scalar, Double)],
  _ what: String
) {
  func words(_ list: [(Scalar, Double)]) -> [String] {
    list.map { "\($0.0.name.isEmpty ? "\($0.0)" : $0.0.name) gets \(Scalar.digits($0.1))" }
  }
  let areThemselves = zip(got, expected).allSatisfy { $0.input === $1.0 }
  let (found, wanted) = (words(got.map { ($0.input, $0.gradient) }), words(expected))
  let copies = !areThemselves && found == wanted ? ["(copies, not the inputs themselves)"] : []
  c.expect(found + copies, equals: wanted, what)
}
