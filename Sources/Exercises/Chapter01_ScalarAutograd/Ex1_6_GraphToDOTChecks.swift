import FledgeCore
import FledgeCourse
import Foundation

let checks1_6: [Check] = [
  Check("a variable is one node and no arrow") { c in
    let x = Scalar(3, "x")
    expect(c, "x", x, nodes: 1, arrows: 0)
  },
  Check("the example of the documentation comes out letter by letter") { c in
    let a = Scalar(3, "a")
    let b = a * 2
    b.backward()
    let expected = """
      digraph scalars {
        n0 [label="multiply = 6\\ngradient 1"];
        n1 [label="a = 3\\ngradient 2"];
        n2 [label="constant 2"];
        n1 -> n0;
        n2 -> n0;
      }
      """
    // With or without an end of line after the last one.
    let text = b.dot().trimmingCharacters(in: .newlines)
    c.expect(text, equals: expected, "dot() of a * 2 at a = 3, after backward()")
  },
  Check("equal numbers are not the same number") { c in
    let (a, b) = (Scalar(2), Scalar(2))
    expect(c, "the sum of two variables, both of value 2", a + b, nodes: 3, arrows: 2)
    let x = Scalar(3, "x")
    expect(c, "(x + 1) + (x + 1)", (x + 1) + (x + 1), nodes: 6, arrows: 6)
  },
  Check("a number that goes in twice is one node with two arrows") { c in
    let x = Scalar(3, "x")
    let square = x * x
    expect(c, "x * x", square, nodes: 2, arrows: 2)
    expect(c, "(x * x) + (x * x), one product", square + square, nodes: 3, arrows: 4)
  },
  Check("constants are drawn, each once") { c in
    let x = Scalar(3, "x")
    expect(c, "2 * x + 1", 2 * x + 1, nodes: 5, arrows: 4)
    let two = Scalar(constant: 2)
    expect(c, "(x * two) + two, one constant", (x * two) + two, nodes: 4, arrows: 4)
  },
  Check("arrows go from an input to what was made from it") { c in
    let x = Scalar(3, "x")
    let end = x.exp().tanh()
    let drawing = Drawing(end.dot())
    c.picture { end.dot() }
    c.expect(drawing.arrows, equals: ["1 -> 0", "2 -> 1"], "the arrows of x.exp().tanh()")
  },
  Check("nodes and arrows of random graphs are counted right") { c in
    c.forRandomCases(20) { generator in
      var numbers = [Scalar(0.5, "a"), Scalar(-1, "b")]
      for _ in 0..<4 {
        let (i, j) = (
          generator.integer(below: numbers.count), generator.integer(below: numbers.count)
        )
        numbers.append(generator.bernoulli(0.7) ? numbers[i] + numbers[j] : numbers[i] * 0.5)
      }
      let end = numbers.dropFirst(2).reduce(Scalar(0, "zero"), +)
      // Counted here without any sorting: everything that can be reached.
      var reached: [ObjectIdentifier: Scalar] = [:]
      var open = [end]
      while let number = open.popLast() {
        if reached.updateValue(number, forKey: ObjectIdentifier(number)) == nil {
          open += number.inputs
        }
      }
      expect(
        c, "a random graph", end, nodes: reached.count,
        arrows: reached.values.map(\.inputs.count).reduce(0, +))
    }
  },
  Check("the loss of a neuron has as many nodes as its formula has operations and numbers") { c in
    // Two products, two sums, tanh, the product with −1, a sum, the square: 8 results. The variables
    // w₀, w₁ and b, and the constants 2, 3, 1 and −1.
    let w = [Scalar(0.5, "w0"), Scalar(-1, "w1")]
    let b = Scalar(0.1, "b")
    let output = (w[0] * 2 + w[1] * 3 + b).tanh()
    let loss = (Scalar(constant: 1) + output * -1).power(2)
    loss.backward()
    expect(c, "(1 − tanh(2w₀ + 3w₁ + b))²", loss, nodes: 15, arrows: 14)
  },
]

/// What a text in the language of Graphviz draws.
private struct Drawing {
  /// The names of the nodes, "0", and how often each was declared.
  var nodes: [String: Int] = [:]
  /// The arrows, "1 -> 0", in order.
  var arrows: [String] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if let match = line.firstMatch(of: /n(\d+) -> n(\d+);/) {
        arrows.append("\(match.output.1) -> \(match.output.2)")
      } else if let match = line.firstMatch(of: /n(\d+) \[label=/) {
        nodes[String(match.output.1), default: 0] += 1
      }
    }
  }
}

private func expect(_ c: Recorder, _ what: String, _ end: Scalar, nodes: Int, arrows: Int) {
  let drawing = Drawing(end.dot())
  c.picture { "the graph:\n\(end.tree())\nwhat dot() says of it:\n\(end.dot())" }
  c.trying(what) {
    c.expect(end.graphNodes().count, equals: nodes, "the length of graphNodes()")
    c.expect(drawing.nodes.count, equals: nodes, "the number of nodes")
    c.expect(drawing.arrows.count, equals: arrows, "the number of arrows")
    c.expect(
      drawing.nodes.values.allSatisfy { $0 == 1 }, "each node is declared once")
    let ends = drawing.arrows.map { $0.split(separator: " -> ").map(String.init) }
    c.expect(
      ends.joined().allSatisfy { drawing.nodes[$0] != nil }, "arrows lead between declared nodes")
    c.expect(
      Set(ends.map { $0[0] }).count, equals: nodes - 1,
      "the number of nodes with an arrow to another: all but the end")
  }
}
