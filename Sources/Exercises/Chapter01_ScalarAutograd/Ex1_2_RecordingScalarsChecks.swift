import FledgeCourse
import Foundation

let checks1_2: [Check] = [
  Check("every operation computes its value") { c in
    c.expect(ScalarOperation.add.value(of: [2, 3]), near: 5, "add of 2 and 3")
    c.expect(ScalarOperation.multiply.value(of: [2, 3]), near: 6, "multiply of 2 and 3")
    c.expect(ScalarOperation.power(3).value(of: [2]), near: 8, "power(3) of 2")
    c.expect(ScalarOperation.power(-1).value(of: [4]), near: 0.25, "power(-1) of 4")
    c.expect(ScalarOperation.power(2).value(of: [-3]), near: 9, "power(2) of −3")
    c.expect(ScalarOperation.power(3).value(of: [0]), near: 0, "power(3) of 0")
    c.expect(ScalarOperation.power(0.5).value(of: [9]), near: 3, "power(0.5) of 9, the root")
    c.expect(ScalarOperation.exponential.value(of: [1]), near: M_E, "exponential of 1")
    c.expect(ScalarOperation.logarithm.value(of: [10]), near: 2.302585093, "logarithm of 10")
    c.expect(
      ScalarOperation.hyperbolicTangent.value(of: [0.5]), near: 0.4621171573,
      "hyperbolicTangent of 0.5")
    c.expect(
      ScalarOperation.hyperbolicTangent.value(of: [1000]), near: 1, "hyperbolicTangent of 1000")
    c.expect(ScalarOperation.rectifier.value(of: [2]), near: 2, "rectifier of 2")
    c.expect(ScalarOperation.rectifier.value(of: [-2]), near: 0, "rectifier of −2")
  },
  Check("a result knows its value, its operation and its inputs") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    for (sign, result, operation, value) in [
      ("+", a + b, ScalarOperation.add, 5.0), ("*", a * b, .multiply, 6),
    ] {
      c.trying("c = a \(sign) b with a = 3, b = 2") {
        c.picture { "c is\n" + result.tree() }
        c.expect(result.value, near: value, "c.value")
        c.expect(
          result.operation.map { "\($0)" } ?? "none", equals: "\(operation)", "c.operation")
        c.expect(result.inputs.count, equals: 2, "the number of c.inputs")
        c.expect(
          result.inputs.count == 2 && result.inputs[0] === a && result.inputs[1] === b,
          "c.inputs are a and b themselves, in this order")
      }
    }
  },
  Check("a number that goes in twice is an input twice") { c in
    let x = Scalar(3, "x")
    for (name, result) in [("x * x", x * x), ("x + x", x + x)] {
      c.picture { "it is\n" + result.tree() }
      c.expect(
        result.inputs.map { $0 === x ? "x" : "\($0)" }, equals: ["x", "x"], "the inputs of \(name)")
    }
  },
  Check("an operation of one number has one input") { c in
    let a = Scalar(0.5, "a")
    for (name, result, value) in [
      ("a.power(2)", a.power(2), 0.25), ("a.exp()", a.exp(), exp(0.5)),
      ("a.log()", a.log(), log(0.5)), ("a.tanh()", a.tanh(), tanh(0.5)),
      ("a.relu()", a.relu(), 0.5),
    ] {
      c.trying("\(name) with a = 0.5") {
        c.picture { "it is\n" + result.tree() }
        c.expect(result.value, near: value, "the value")
        c.expect(result.inputs.count == 1 && result.inputs[0] === a, "the one input is a itself")
      }
    }
  },
  Check("a history leads back to where it began") { c in
    // a · b + a: two levels, and a stands in both.
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    let result = a * b + a
    c.picture { "a * b + a is\n" + result.tree() }
    guard c.expect(result.inputs.count, equals: 2, "the inputs of a * b + a") else { return }
    c.expect(result.inputs[0].inputs.count, equals: 2, "the inputs of its first input, a * b")
    c.expect(result.inputs[0].inputs.first === a, "a * b was made from a")
    c.expect(result.inputs[1] === a, "the second input is the same a, not a copy")
  },
  Check("a plain number beside a variable is a constant, and the result is none") { c in
    let x = Scalar(3, "x")
    for (name, result, place) in [("x * 2", x * 2, 1), ("2 + x", 2 + x, 0)] {
      c.trying(name) {
        c.picture { "it is\n" + result.tree() }
        c.expect(!result.isConstant, "the result is not constant: x went into it")
        guard c.expect(result.inputs.count, equals: 2, "the number of inputs") else { return }
        c.expect(result.inputs[place].isConstant, "the 2 is constant")
        c.expect(!result.inputs[1 - place].isConstant, "x is not")
      }
    }
  },
  Check("what is made of constants only is a constant without history") { c in
    let (two, three) = (Scalar(constant: 2), Scalar(constant: 3))
    for (name, result, value) in [
      ("the product of the constants 2 and 3", two * three, 6.0),
      ("the constant 2 to the power of 3", two.power(3), 8),
      ("minus the constant 2", -two, -2),
    ] {
      c.trying(name) {
        c.picture { "it is\n" + result.tree() }
        c.expect(result.value, near: value, "the value")
        c.expect(result.isConstant, "it is constant")
        c.expect(result.operation == nil, "it has no operation")
        c.expect(result.inputs.isEmpty, "it keeps no inputs")
      }
    }
  },
  Check("−a, a − b and a / b have the right values") { c in
    c.forRandomCases(20) { generator in
      let x = (generator.uniform(in: -3..<3) * 100).rounded() / 100
      let size = (generator.uniform(in: 0.5..<3) * 100).rounded() / 100
      let y = generator.bernoulli(0.5) ? size : -size
      let (a, b) = (Scalar(x, "a"), Scalar(y, "b"))
      c.trying("a = \(x), b = \(y)") {
        c.expect((-a).value, near: -x, "−a")
        c.expect((a - b).value, near: x - y, "a − b")
        c.expect((b - 1).value, near: y - 1, "b − 1")
        c.expect((1 - b).value, near: 1 - y, "1 − b")
        c.expect((a / b).value, near: x / y, "a / b")
        c.expect((1 / b).value, near: 1 / y, "1 / b")
      }
    }
  },
  Check("−a, a − b and a / b remember a and b") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    for (name, result, members) in [
      ("−a", -a, [a]), ("a − b", a - b, [a, b]), ("a / b", a / b, [a, b]), ("1 / b", 1 / b, [b]),
    ] {
      c.picture { "\(name) is\n" + result.tree() }
      for member in members {
        c.expect(
          leads(from: result, to: member), "the history of \(name) leads back to \(member.name)")
      }
    }
  },
  Check("−a, a − b and a / b bring in no variables of their own") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    for (name, result) in [("−a", -a), ("a − b", a - b), ("a / b", a / b), ("1 − b", 1 - b)] {
      c.picture { "\(name) is\n" + result.tree() }
      c.expect(
        variables(of: result).filter { $0 !== a && $0 !== b }.map { "\($0)" }, equals: [],
        "variables in the history of \(name) that are neither a nor b")
    }
    let (two, three) = (Scalar(constant: 2), Scalar(constant: 3))
    for (name, result) in [("2 − 3", two - three), ("2 / 3", two / three)] {
      c.expect(result.isConstant, "\(name) of constants is a constant")
    }
  },
  Check("expressions of many operations agree with plain numbers") { c in
    let (a, b) = (Scalar(-4, "a"), Scalar(2, "b"))
    let product = a * b + b.power(3)
    c.expect(product.value, near: 0, "a·b + b³ at a = −4, b = 2")
    let ratio = (a + b).tanh() / (b * b + 1)
    c.expect(ratio.value, near: tanh(-2) / 5, "tanh(a + b) / (b² + 1)")
    let logarithm = (a.exp() + b.exp()).log()
    c.expect(logarithm.value, near: log(exp(-4) + exp(2)), "ln(eᵃ + eᵇ)")
    c.expect((b - a).relu().value, near: 6, "max(b − a, 0)")
  },
]

/// What was made by hand on the way to `result`.
private func variables(of result: Scalar) -> [Scalar] {
  if result.operation == nil { return result.isConstant ? [] : [result] }
  return result.inputs.flatMap { variables(of: $0) }
}

private func leads(from result: Scalar, to member: Scalar) -> Bool {
  result === member || result.inputs.contains { leads(from: $0, to: member) }
}
