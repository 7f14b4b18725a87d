import FledgeCore

/// Computes once what is computed several times: the same operation with the same attributes on the same
/// values. Two draws from one place in a stream are one; equal constants are one.
///
/// What a checkpoint computes again stays apart from the first time, whose values are not kept for it.
public struct CommonSubexpressions: GraphPass {
  public let name = "common subexpressions"

  /// The pass; it has no settings.
  public init() {}

  private struct Key: Hashable {
    let signature: String
    let inputs: [Graph.Value]
    let region: Int
  }

  public func callAsFunction(_ graph: Graph) -> (graph: Graph, changes: [String]) {
    var (result, changes, replacements) = (graph, [String](), Replacements())
    var firstConstants: [Graph.Constant] = []
    for constant in graph.constants {
      if let first = firstConstants.first(where: { $0.tensor.isIdentical(to: constant.tensor) }) {
        replacements.replace(constant.value, by: first.value)
        changes.append("\(constant.value) is \(first.value)")
      } else {
        firstConstants.append(constant)
      }
    }
    result.constants = firstConstants
    result.equations = []
    var first: [Key: Graph.Equation] = [:]
    for var equation in graph.equations {
      equation.inputs = equation.inputs.map { replacements($0) }
      let key = Key(
        signature: equation.primitive.signature, inputs: equation.inputs, region: equation.region)
      guard let earlier = first[key] else {
        first[key] = equation
        result.equations.append(equation)
        continue
      }
      for (value, known) in zip(equation.outputs, earlier.outputs) {
        replacements.replace(value, by: known)
      }
      changes.append("\(equation.outputs[0]) is \(earlier.outputs[0]), \(equation.name)")
    }
    replacements.rewriteResults(of: &result)
    return (result, changes)
  }
}
