import FledgeCore

extension Graph {
  /// The graph in the language of Graphviz: `dot -Tsvg graph.dot > graph.svg`. Inputs are boxes,
  /// constants are dashed, updates and what is returned are filled; an arrow has the type that goes
  /// along it.
  public func dot() -> String {
    let types = types
    var lines = ["digraph {", "  rankdir=TB", "  node [shape=ellipse, fontname=\"Helvetica\"]"]
    var makers: [Value: String] = [:]
    func node(_ id: String, _ label: String, _ style: String = "") {
      lines.append("  \(id) [label=\"\(label.escapedForDOT)\"\(style)]")
    }
    func arrow(from value: Value, to id: String) {
      guard let maker = makers[value] else { return }
      lines.append(
        "  \(maker) -> \(id) [label=\"\(types[value].map { "\($0)" } ?? "")\", fontsize=9]")
    }
    for input in inputs {
      makers[input.value] = "v\(input.value.index)"
      node("v\(input.value.index)", "\(input.kind.rawValue)\n\(input.name)", ", shape=box")
    }
    for constant in constants {
      makers[constant.value] = "v\(constant.value.index)"
      node("v\(constant.value.index)", "constant", ", shape=box, style=dashed")
    }
    for (position, equation) in equations.enumerated() {
      let id = "e\(position)"
      for value in equation.outputs { makers[value] = id }
      node(id, "\(equation.name)\n\(equation.primitive.attributes.text)")
      for value in equation.inputs { arrow(from: value, to: id) }
    }
    let filled = ", shape=box, style=filled, fillcolor=lightgrey"
    for (position, update) in updates.enumerated() {
      node("u\(position)", "update\n\(update.name)", filled)
      if let value = update.value { arrow(from: value, to: "u\(position)") }
    }
    for (position, value) in outputs.enumerated() {
      node("r\(position)", "return", filled)
      arrow(from: value, to: "r\(position)")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }
}

extension String {
  fileprivate var escapedForDOT: String {
    split(separator: "\n").map { line in
      line.reduce(into: "") { text, character in
        if character == "\"" || character == "\\" { text.append("\\") }
        text.append(character)
      }
    }.joined(separator: "\\n")
  }
}
