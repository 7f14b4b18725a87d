import Synchronization

/// A computation as a graph: its inputs, its operations in order, and their connections, with
/// shapes, values and, if a backward pass ran, gradients. It is made by
/// ``recordingGraph(names:_:)-(KeyValuePairs<String,Tensor>,_)``.
public struct ComputationGraph: Sendable {
  /// The origin of a node.
  public enum Kind: Sendable {
    /// A leaf with a gradient: a parameter.
    case leaf
    /// A tensor from outside without gradients.
    case input
    /// An output of an operation.
    case operation
  }

  /// One tensor of the computation.
  public struct Node: Sendable {
    /// Whether it was computed or came from outside.
    public let kind: Kind
    /// The operation's name, or the name that was given to a tensor from outside.
    public let name: String
    /// The sizes of its axes.
    public let shape: Shape
    /// The type of its elements.
    public let dtype: DType
    /// The elements.
    public let value: Tensor
    /// The gradient of what a backward pass in the recording started from; nil where none came by.
    public internal(set) var gradient: Tensor?
    /// The nodes that it was computed from, as places in ``ComputationGraph/nodes``.
    public let inputs: [Int]
  }

  /// In order of computation: a node comes after those that it is computed from.
  public internal(set) var nodes: [Node] = []
}

/// Runs `body` and records every operation in it, backward passes left out:
///
///     let (loss, graph) = recordingGraph(names: ["w": w, "x": x]) {
///       let loss = (w * x).tanh().sum()
///       loss.backward()
///       return loss
///     }
///     try AtomicFile.write(graph.svg(), to: "graph.svg")
///
/// Everything computed stays in memory with the graph, so use it for small computations.
public func recordingGraph<R, E: Error>(
  names: KeyValuePairs<String, Tensor> = [:], _ body: () throws(E) -> R
) throws(E) -> (result: R, graph: ComputationGraph) {
  try recordingGraph(names: names.map { ($0.key, $0.value) }, body)
}

/// ``recordingGraph(names:_:)`` with names that are put together at run time, such as those of a
/// model's parameters.
public func recordingGraph<R, E: Error>(
  names: [(name: String, tensor: Tensor)], _ body: () throws(E) -> R
) throws(E) -> (result: R, graph: ComputationGraph) {
  let recorder = GraphRecorder(names: names)
  let result = try withTransformation(recorder) { () throws(E) -> R in try body() }
  return (result, recorder.graph())
}

/// The transformation of the door that keeps the operations.
private final class GraphRecorder: Transformation {
  /// Tells tensors apart. The nodes hold their tensors, so no storage is used again meanwhile.
  private struct Key: Hashable {
    let storage: ObjectIdentifier
    let layout: Layout
    let node: ObjectIdentifier?

    init(_ tensor: Tensor) {
      storage = ObjectIdentifier(tensor.storage)
      layout = tensor.layout
      node = tensor.node.map { ObjectIdentifier($0) }
    }
  }

  private struct State {
    var graph = ComputationGraph()
    var places: [Key: Int] = [:]
    /// The leaves with their own place in the graph, to ask them for their gradients at the end.
    var leaves: [(place: Int, tensor: Tensor)] = []
  }

  private let names: [(name: String, tensor: Tensor)]
  private let state = Mutex(State())

  init(names: [(name: String, tensor: Tensor)]) { self.names = names }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    // A checkpoint that is computed again is a part of a backward pass.
    let context = ExecutionContext.current
    if context.isBackward || context.isRecomputation { return outputs }
    let name = type(of: primitive).name
    // Outputs that exist only for the primitive's own gradient rule are left out.
    let count = outputs.count - primitive.auxiliaryOutputCount
    return state.withLock { state in
      let sources = inputs.map { place(of: $0, &state) }
      return Tensors(
        outputs.enumerated().map { index, output in
          if index >= count { return output }
          let place = state.graph.nodes.count
          state.graph.nodes.append(
            ComputationGraph.Node(
              kind: .operation, name: count == 1 ? name : "\(name) \(index)",
              shape: output.shape, dtype: output.dtype, value: output.detached(),
              gradient: nil, inputs: sources))
          let watched = output.node == nil ? output : watching(output, place)
          state.places[Key(watched)] = place
          return watched
        })
    }
  }

  /// The same tensor, whose gradient is recorded in a backward pass.
  private func watching(_ output: Tensor, _ place: Int) -> Tensor {
    // Without transformations: the hook is not part of the computation.
    ExecutionContext.current.changing(transformations: []).run {
      output.withGradientHook { [weak self] gradient in
        self?.state.withLock { $0.graph.nodes[place].gradient = gradient.detached() }
        return gradient
      }
    }
  }

  private func place(of tensor: Tensor, _ state: inout State) -> Int {
    let key = Key(tensor)
    if let place = state.places[key] { return place }
    let place = state.graph.nodes.count
    let isLeaf = tensor.node != nil
    let given = names.first {
      $0.tensor.storage === tensor.storage && $0.tensor.layout == tensor.layout
    }
    state.graph.nodes.append(
      ComputationGraph.Node(
        kind: isLeaf ? .leaf : .input, name: given?.name ?? (isLeaf ? "leaf" : "input"),
        shape: tensor.shape, dtype: tensor.dtype, value: tensor.detached(), gradient: nil,
        inputs: []))
    state.places[key] = place
    if isLeaf { state.leaves.append((place, tensor)) }
    return place
  }

  func graph() -> ComputationGraph {
    state.withLock { state in
      for (place, tensor) in state.leaves { state.graph.nodes[place].gradient = tensor.grad }
      return state.graph
    }
  }
}
