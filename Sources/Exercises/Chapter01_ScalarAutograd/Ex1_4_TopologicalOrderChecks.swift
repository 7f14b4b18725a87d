import FledgeCore
import FledgeCourse

let checks1_4: [Check] = [
  Check("a variable is its own order") { c in
    let x = Scalar(3, "x")
    expect(c, x, order: [x], "the order of a variable alone")
  },
  Check("a chain goes from the result back to the variable") { c in
    let x = Scalar(3, "x")
    let square = x * x
    let sine = square.tanh()
    expect(c, sine, order: [sine, square, x], "the order of (x * x).tanh()")
  },
  Check("a number comes after all that it went into") { c in
    // x goes into the sum directly and through the product: it must wait for the product.
    let x = Scalar(3, "x")
    let product = x * 2
    for (name, sum) in [("x + x * 2", x + product), ("x * 2 + x", product + x)] {
      expect(c, sum, order: [sum, product, x], "the order of \(name)")
    }
  },
  Check("a long way round makes a number wait longer") { c in
    let x = Scalar(1, "x")
    let one = x.exp()
    let two = one.exp()
    let three = two.tanh()
    let end = (x * 2 + one) + three
    expectOrder(c, end.topologicalOrder(), of: end, count: 7)
  },
  Check("constants are left out") { c in
    let x = Scalar(3, "x")
    let result = 2 * x + 1
    expect(c, result, order: [result, result.inputs[0], x], "the order of 2 * x + 1")
    let three = Scalar(constant: 3)
    expect(c, three, order: [], "the order of a constant alone")
  },
  Check("each number stands there once, however many ways lead to it") { c in
    // Doubling 16 times makes 16 numbers and 65,536 ways from the end to x.
    let x = Scalar(1, "x")
    let end = (0..<16).reduce(x) { number, _ in number + number }
    let order = end.topologicalOrder()
    c.expect(order.count, equals: 17, "numbers in the order of x doubled 16 times")
    c.expect(order.last === x, "x is the last")
  },
  Check("random graphs are in order") { c in
    c.forRandomCases(30) { generator in
      var numbers = [Scalar(0.5, "a"), Scalar(-1, "b"), Scalar(2, "c")]
      for _ in 0..<20 {
        let (i, j) = (
          generator.integer(below: numbers.count), generator.integer(below: numbers.count)
        )
        numbers.append(
          generator.bernoulli(0.5) ? numbers[i] + numbers[j] : numbers[i] * numbers[j].tanh())
      }
      let end = numbers.dropFirst(3).reduce(Scalar(constant: 0), +)
      expectOrder(c, end.topologicalOrder(), of: end, count: nil)
    }
  },
  Check("a chain of 100,000 operations does not overflow the stack") { c in
    let x = Scalar(0, "x")
    let end = (0..<100_000).reduce(x) { number, _ in number + 1 }
    let order = end.topologicalOrder()
    c.expect(order.count, equals: 100_001, "numbers in the order")
    c.expect(order.first === end, "the result is the first")
    c.expect(order.last === x, "x is the last")
  },
]

/// Expects the one order that is possible.
private func expect(_ c: Recorder, _ end: Scalar, order expected: [Scalar], _ what: String) {
  c.picture { "the graph:\n" + end.tree() }
  let order = end.topologicalOrder()
  let isSame = order.count == expected.count && zip(order, expected).allSatisfy { $0 === $1 }
  let (got, wanted) = (order.map { "\($0)" }, expected.map { "\($0)" })
  let copies = !isSame && got == wanted ? ["(copies, not the numbers themselves)"] : []
  c.expect(got + copies, equals: wanted, what)
}

/// Expects any order in which each number comes once and before its inputs.
private func expectOrder(_ c: Recorder, _ order: [Scalar], of end: Scalar, count: Int?) {
  c.picture { "the order:\n" + order.map { "\($0)" }.joined(separator: "\n") }
  c.expect(order.first === end, "the result is the first")
  if let count { c.expect(order.count, equals: count, "numbers in the order") }
  var places: [ObjectIdentifier: Int] = [:]
  for (place, number) in order.enumerated() {
    guard places.updateValue(place, forKey: ObjectIdentifier(number)) == nil else {
      c.expect(false, "\(number) stands there once")
      return
    }
  }
  for (place, number) in order.enumerated() {
    for input in number.inputs where !input.isConstant {
      guard let inputPlace = places[ObjectIdentifier(input)] else {
        c.expect(false, "\(input), an input of \(number), is in the order")
        return
      }
      if inputPlace < place {
        c.expect(
          false, "\(input) comes after \(number), an input after what was made from it")
        return
      }
    }
  }
}
