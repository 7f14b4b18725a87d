import FledgeCore

// The text of a graph: one line for each value that comes from outside, each operation and each
// update. `GraphParser` is the way back.
extension Graph: CustomStringConvertible {
  /// Constants of more elements are printed without them.
  static let printedElements = 16

  /// The whole graph as text, one line an operation.
  public var description: String {
    var lines = ["graph {"]
    for input in inputs {
      lines.append("  \(input.kind.rawValue) \(input.value) \(input.name): \(input.type)")
    }
    lines += constants.map { "  \($0)" }
    lines += equations.map { "  \($0)" }
    for update in updates {
      lines.append("  update \(update.name) = \(update.value.map { "\($0)" } ?? "none")")
    }
    let returned = outputs.map { "\($0)" }.joined(separator: ", ")
    lines.append(returned.isEmpty ? "  return" : "  return \(returned)")
    return (lines + ["}", ""]).joined(separator: "\n")
  }
}

extension Graph.Constant: CustomStringConvertible {
  /// `constant %3: float32[2] = [0.5, 1.0]`; more than 16 elements are left out.
  public var description: String {
    let head = "constant \(value): \(type)"
    guard tensor.count <= Graph.printedElements else { return head }
    let elements: [String] =
      switch tensor.dtype {
      case .bool: tensor.array(of: Bool.self).map { "\($0)" }
      case let dtype where dtype.isInteger: tensor.array(of: Int.self).map { "\($0)" }
      default: tensor.array(of: Double.self).map { "\($0)" }
      }
    return "\(head) = [\(elements.joined(separator: ", "))]"
  }
}

extension Graph.Equation: CustomStringConvertible {
  /// `%2: float32[64, 10] = linear %0, %1`
  public var description: String {
    let defined = zip(outputs, types).map { "\($0): \($1)" }.joined(separator: ", ")
    let read = inputs.isEmpty ? "" : " " + inputs.map { "\($0)" }.joined(separator: ", ")
    return "\(defined) = \(name)\(primitive.attributes.text)\(read)"
      + (region == 0 ? "" : " in region \(region)")
  }
}

extension Attributes {
  /// As ``description``, and such that each kind of value can be told from the others.
  var text: String {
    isEmpty ? "" : "[" + map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") + "]"
  }
}

extension AttributeValue {
  /// Shapes are in round brackets; strings are quoted, with quotes, backslashes and line ends
  /// behind a backslash.
  var text: String {
    switch self {
    case .shape(let shape): "(\(shape.dimensions.map { "\($0)" }.joined(separator: ", ")))"
    case .string(let string):
      "\""
        + string.reduce(into: "") { text, character in
          switch character {
          case "\"": text += "\\\""
          case "\\": text += "\\\\"
          case "\n": text += "\\n"
          default: text.append(character)
          }
        } + "\""
    default: description
    }
  }
}
