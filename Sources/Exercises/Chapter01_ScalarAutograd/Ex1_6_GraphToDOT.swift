import FledgeCourse

extension Scalar {
  /// All numbers of the graph, each once: those of ``topologicalOrder()`` in that order, then the
  /// constants that went in.
  func graphNodes() -> [Scalar] {
    // solution
    let order = topologicalOrder()
    var seen: Set<ObjectIdentifier> = []
    let constants = order.flatMap(\.inputs).filter {
      $0.isConstant && seen.insert(ObjectIdentifier($0)).inserted
    }
    return order + constants
    // end solution
  }

  /// The graph as text in the language of Graphviz (`dot -Tsvg graph.dot`), which also editors and
  /// web pages draw.
  ///
  ///     let a = Scalar(3, "a")
  ///     let b = a * 2
  ///     b.backward()
  ///     print(b.dot())
  ///
  ///     digraph scalars {
  ///       n0 [label="multiply = 6\ngradient 1"];
  ///       n1 [label="a = 3\ngradient 2"];
  ///       n2 [label="constant 2"];
  ///       n1 -> n0;
  ///       n2 -> n0;
  ///     }
  ///
  /// One line for each number, n0, n1, … in the order of ``graphNodes()``; then one line for each
  /// input of each result, an arrow from the input to the result. A number that goes in twice, as
  /// in a · a, has two arrows. ``dotLabel`` makes the text between the quotes.
  func dot() -> String {
    // solution
    let nodes = graphNodes()
    let places = Dictionary(
      uniqueKeysWithValues: nodes.enumerated().map { (ObjectIdentifier($1), $0) })
    var lines = nodes.enumerated().map { "  n\($0) [label=\"\($1.dotLabel)\"];" }
    for (place, node) in nodes.enumerated() {
      for input in node.inputs {
        lines.append("  n\(places[ObjectIdentifier(input)]!) -> n\(place);")
      }
    }
    return "digraph scalars {\n" + lines.joined(separator: "\n") + "\n}\n"
    // end solution
  }

  /// The label of the number in a picture: what it is, and its gradient.
  var dotLabel: String {
    let lines = isConstant ? "\(self)" : "\(self)\\ngradient \(Self.digits(gradient))"
    return lines.replacing("\"", with: "\\\"")
  }
}
