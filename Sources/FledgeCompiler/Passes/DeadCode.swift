import FledgeCore

/// Removes operations of which nothing is read, and constants that nobody needs.
///
/// An operation has no effect but its outputs: what a program changes are updates, and places in
/// streams are inputs, reserved whether they are used or not.
public struct DeadCode: GraphPass {
  public let name = "dead code"

  /// The pass; it has no settings.
  public init() {}

  public func callAsFunction(_ graph: Graph) -> (graph: Graph, changes: [String]) {
    var needed = Set(graph.results)
    var (kept, changes): ([Graph.Equation], [String]) = ([], [])
    for equation in graph.equations.reversed() {
      if equation.outputs.contains(where: needed.contains) {
        needed.formUnion(equation.inputs)
        kept.append(equation)
      } else {
        changes.append("removed \(equation)")
      }
    }
    var result = graph
    result.equations = kept.reversed()
    result.constants = graph.constants.filter { constant in
      if needed.contains(constant.value) { return true }
      changes.append("removed \(constant)")
      return false
    }
    return (result, changes)
  }
}
