import FledgeCore

extension ComputationGraph {
  /// The graph in the language of Graphviz: `dot -Tsvg graph.dot`.
  public func dot() -> String {
    func quoted(_ lines: [String]) -> String {
      let text = lines.joined(separator: "\n")
      let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\"\(escaped.replacing("\n", with: "\\n"))\""
    }
    var text = "digraph computation {\n  node [fontname=\"Helvetica\", fontsize=11];\n"
    for (place, node) in nodes.enumerated() {
      let shape = node.kind == .operation ? "ellipse" : "box"
      let color = node.color.hex
      text += "  n\(place) [label=\(quoted(node.lines)), shape=\(shape), color=\"\(color)\"];\n"
    }
    for (place, node) in nodes.enumerated() {
      for input in node.inputs { text += "  n\(input) -> n\(place);\n" }
    }
    return text + "}\n"
  }
}

extension ComputationGraph.Node {
  /// What a picture says of the node: its name; shape, unless it is a scalar; value and gradient.
  var lines: [String] {
    [name + (shape.rank == 0 ? "" : " \(shape)")] + [Self.text("", value)]
      + (gradient.map { [Self.text("grad ", $0)] } ?? [])
  }

  /// The elements where there are a few, else their range.
  private static func text(_ label: String, _ tensor: Tensor) -> String {
    let values = tensor.array(of: Double.self)
    if values.count <= 4 {
      return label + values.map(Axis.label).joined(separator: ", ")
    }
    guard let low = values.min(), let high = values.max() else { return label + "empty" }
    return label + "\(Axis.label(low)) … \(Axis.label(high))"
  }

  var color: RGB {
    switch kind {
    case .leaf: .series(0)
    case .input: .series(2)
    case .operation: .quietInk
    }
  }
}
