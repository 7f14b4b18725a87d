import FledgeCore

/// Computes now what depends on constants alone, if the results are small. The kernels are those of a
/// run, and so are the bits.
public struct ConstantFolding: GraphPass {
  public let name = "folding"
  /// Results of more elements are computed in each run: a graph is no place for large arrays.
  public let largestCount: Int

  /// - Parameter largestCount: The most elements that a folded result has.
  public init(largestCount: Int = 64) { self.largestCount = largestCount }

  public func callAsFunction(_ graph: Graph) -> (graph: Graph, changes: [String]) {
    var (result, changes) = (graph, [String]())
    var constants = Dictionary(
      uniqueKeysWithValues: graph.constants.map { ($0.value, $0.tensor) })
    result.equations = graph.equations.filter { equation in
      let inputs = equation.inputs.uniqued
      let known = inputs.compactMap { constants[$0] }
      guard known.count == inputs.count, equation.region == 0,
        equation.types.allSatisfy({ $0.shape.count <= largestCount })
      else { return true }
      let part = Graph(
        constants: zip(inputs, known).map { Graph.Constant($0, $1) }, equations: [equation],
        outputs: equation.outputs)
      let outputs = Interpreter(part).run([]).outputs
      for (value, output) in zip(equation.outputs, outputs) {
        constants[value] = output
        result.constants.append(Graph.Constant(value, output))
      }
      changes.append("computed \(equation)")
      return false
    }
    return (result, changes)
  }
}

extension [Graph.Value] {
  /// Each value once, in the order of the first times.
  fileprivate var uniqued: [Graph.Value] {
    var seen: Set<Graph.Value> = []
    return filter { seen.insert($0).inserted }
  }
}
