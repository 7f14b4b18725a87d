/// A node of the autograd graph: a recorded operation or a leaf, like PyTorch's `grad_fn`.
///
/// Use it to look at a graph, or to differentiate by hand with ``inputGradients(_:)-([Tensor?])``;
/// ``gradients(of:withRespectTo:outputGradient:createGraph:retainGraph:)`` does that with less
/// memory. A node keeps the graph below it alive.
///
///     let y = (w * x).sum()
///     y.graphNode!.name                   // "sum"
///     y.graphNode!.inputs[0]!.name        // "multiply"
public struct GraphNode: Hashable, Sendable {
  private let node: Node

  init(_ node: Node) { self.node = node }

  /// The operation's name; "leaf" for a leaf.
  public var name: String { node.name }

  /// Whether it is a tensor that gradients are taken with respect to, and not an operation.
  public var isLeaf: Bool { node.primitive == nil }

  /// The node of each input of the operation; nil for a constant.
  public var inputs: [GraphNode?] { node.inputs.map { $0.node.map { GraphNode($0) } } }

  /// Which of its node's outputs each input is; 0 for operations of one output.
  public var inputOutputIndices: [Int] { node.inputs.map { Int($0.outputIndex) } }

  /// The operation's gradient rule: for each input Σ dy·∂y/∂x in the input's shape, nil where it has
  /// no gradient. `dy` are the gradients of the outputs, nil where none came; a leaf has no inputs.
  ///
  /// The rule is recorded where gradients are (``withGradients(_:)``, ``withoutGradients(_:)``),
  /// and the node keeps what it saved. Traps for a ``checkpoint(_:_:)->Tensor``, which has no rule.
  public func inputGradients(_ dy: [Tensor?]) -> [Tensor?] {
    guard let primitive = node.primitive else { return [] }
    if node.isReleased { node.trapReleased() }
    let types = (0..<node.outputCount).map { node.outputType($0) }
    require(
      dy.count == types.count
        && zip(dy, types).allSatisfy { dy, type in dy.map { $0.type == type } ?? true },
      node.name, "the outputs are \(types), the gradients \(dy.map { $0?.type })")
    guard let first = dy.firstIndex(where: { $0 != nil }) else {
      return node.inputs.map { _ in nil }
    }
    var gradients = OutputValues(dy[first]!, at: first, count: dy.count)
    for i in dy.indices.dropFirst(first + 1) { gradients.change(i) { $0 = dy[i] } }
    let context = ExecutionContext.current.changing(memoryTag: .gradient, isBackward: true)
    let rule = GradientContext(
      node: node, inputs: node.inputs, outputGradients: gradients,
      createsGraph: context.recordsGradients, lowestSerial: 0)
    return Array(context.run { primitive.checkedGradients(rule) })
  }

  /// The gradient rule for an operation where only the first output, usually the only one, has a
  /// gradient.
  public func inputGradients(_ dy: Tensor) -> [Tensor?] {
    inputGradients([dy] + Array(repeating: nil, count: node.outputCount - 1))
  }

  /// How many operations and leaves of graphs are alive in this process. It grows from step to step
  /// where a training loop keeps a graph by mistake.
  public static var liveCount: Int { Node.liveCount }

  public static func == (a: GraphNode, b: GraphNode) -> Bool { a.node === b.node }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
}

extension Tensor {
  /// The node of this tensor in the autograd graph; nil for a constant.
  public var graphNode: GraphNode? { node.map { GraphNode($0) } }
}
