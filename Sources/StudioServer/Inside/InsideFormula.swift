import Fledge
import FledgeLearn
import Foundation

/// A formula's graph with values and gradients, for the page.
enum InsideFormula {
  struct Wish: Decodable {
    var formula: String
    /// By names, as texts: a number or a list of numbers. Names without one get 1, 2, ….
    var values: [String: String]
  }

  struct Answer: Encodable {
    struct Node: Encodable {
      let kind: String
      let name: String
      let value: String
      let gradient: String?
      let inputs: [Int]
    }
    let names: [String]
    let values: [String: String]
    let nodes: [Node]
  }

  /// Characters of a formula and of a value.
  static let limit = 200

  /// - Throws: `Mistake`, which says where in the text
  static func answer(_ wish: Wish) throws(Mistake) -> Answer {
    guard wish.formula.count <= limit, wish.values.values.allSatisfy({ $0.count <= limit }) else {
      throw Mistake("more than \(limit) characters", in: String(wish.formula.prefix(40)), at: 0)
    }
    let names = try Expression(wish.formula).names
    var texts: [String: String] = [:]
    var values: [(name: String, value: Tensor)] = []
    for (index, name) in names.enumerated() {
      let text = wish.values[name] ?? "\(index + 1)"
      texts[name] = text
      values.append((name, try Tensor(reading: text)))
    }
    let graph = try Expression.graph(wish.formula, values: values)
    return Answer(
      names: names, values: texts,
      nodes: graph.nodes.map { node in
        Answer.Node(
          kind: "\(node.kind)", name: node.name, value: brief(node.value),
          gradient: node.gradient.map(brief), inputs: node.inputs)
      })
  }

  /// A number, or the numbers of a small tensor, with four digits.
  private static func brief(_ tensor: Tensor) -> String {
    let numbers = tensor.array(of: Double.self)
    let texts = numbers.prefix(8).map(brief)
    if tensor.rank == 0 { return texts[0] }
    let more = numbers.count > 8 ? ", …" : ""
    return "[" + texts.joined(separator: ", ") + more + "]"
      + (tensor.rank > 1 ? " \(tensor.shape)" : "")
  }

  private static func brief(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    let digits = Int(3 - Foundation.log10(abs(number)).rounded(.down))
    guard (-12...12).contains(digits) else { return "\(number)" }
    let scale = Foundation.pow(10, Double(digits))
    let rounded = (number * scale).rounded() / scale
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(Float(rounded))"
  }
}
