import FledgeCore

/// Runs a graph operation by operation through the door: the reference for every other way to run it.
/// A value is freed after its last use.
public struct Interpreter {
  private let graph: Graph
  /// For each equation the values that nothing reads after it.
  private let freed: [[Graph.Value]]

  /// An interpreter of a graph that ``Graph/verify()`` passes.
  public init(_ graph: Graph) {
    self.graph = graph
    var freed = [[Graph.Value]](repeating: [], count: graph.equations.count)
    for (value, position) in graph.lastUses where position < graph.equations.count {
      freed[position].append(value)
    }
    self.freed = freed
  }

  /// What the graph makes of `inputs`, one for each of its inputs: what it returns, and the new values
  /// of what it updates, nil where it clears.
  public func run(_ inputs: [Tensor]) -> (outputs: [Tensor], updates: [Tensor?]) {
    require(
      inputs.count == graph.inputs.count, "Interpreter",
      "the graph has \(graph.inputs.count) inputs, got \(inputs.count)")
    var known: [Graph.Value: Tensor] = [:]
    for (input, tensor) in zip(graph.inputs, inputs) {
      require(
        tensor.shape == input.type.shape && tensor.dtype == input.type.dtype, "Interpreter",
        "the input `\(input.name)` is \(input.type), got \(tensor.dtype)\(tensor.shape)")
      known[input.value] = tensor.detached()
    }
    for constant in graph.constants { known[constant.value] = constant.tensor }
    withoutGradients {
      for (equation, last) in zip(graph.equations, freed) {
        let inputs = Tensors(equation.inputs.map { known[$0]! })
        for (value, output) in zip(equation.outputs, Self.apply(equation.primitive, inputs)) {
          known[value] = output
        }
        for value in last { known[value] = nil }
      }
    }
    return (
      graph.outputs.map { known[$0]! }, graph.updates.map { $0.value.map { known[$0]! } }
    )
  }

  private static func apply(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors {
    FledgeCore.apply(primitive, inputs)
  }
}
