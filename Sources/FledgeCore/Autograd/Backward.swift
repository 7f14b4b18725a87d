/// One pass over the graph in descending serial order.
///
/// The pass is driven by a heap, not by a list made beforehand: a gradient rule may extend the
/// graph while the pass runs (``checkpoint(_:_:)`` recomputes its part there), and new nodes, being
/// younger, are simply taken next.
struct BackwardPass {
  let createGraph: Bool
  let retainGraph: Bool
  /// Nodes older than this cannot depend on anything that is asked for.
  let lowestSerial: UInt64
  /// Whether a leaf is visited as soon as its gradient is complete, and not at the end: leaves are
  /// older than everything that is computed from them.
  let visitsLeavesEarly: Bool
  private var heap: [Node] = []
  private var pending: [ObjectIdentifier: [Tensor?]] = [:]
  private var uses = LeafUses()

  init(
    createGraph: Bool, retainGraph: Bool, lowestSerial: UInt64 = 0, visitsLeavesEarly: Bool = false
  ) {
    self.visitsLeavesEarly = visitsLeavesEarly
    self.createGraph = createGraph
    self.retainGraph = retainGraph || createGraph
    self.lowestSerial = lowestSerial
  }

  /// Adds `gradient` to what output `index` of `node` has received.
  mutating func add(_ gradient: consuming Tensor, to node: Node, output index: Int) {
    let key = ObjectIdentifier(node)
    if pending[key] == nil {
      pending[key] = [Tensor?](repeating: nil, count: node.outputTypes.count)
      push(node)
    }
    Self.sum(gradient, into: &pending[key]![index])
  }

  private static func sum(_ gradient: consuming Tensor, into slot: inout Tensor?) {
    guard var total = slot.take() else {
      slot = gradient
      return
    }
    // Either may be the one that is added to in place.
    if !total.isSafeToOverwrite && gradient.isSafeToOverwrite { swap(&total, &gradient) }
    total += gradient
    slot = total
  }

  /// Runs to the end. `visit` is called once for each node with the gradients of its outputs, and
  /// says whether to go on to its inputs.
  mutating func run(visit: (Node, [Tensor?]) -> Bool) {
    if visitsLeavesEarly { for node in heap { uses.count(from: node) } }
    while let node = pop() {
      // A leaf that was visited early has none left.
      guard let gradients = pending.removeValue(forKey: ObjectIdentifier(node)) else { continue }
      guard visit(node, gradients), let primitive = node.primitive else { continue }
      if let rematerialized = primitive as? any Rematerializing {
        splice(rematerialized, node, gradients)
      } else {
        propagate(primitive, node, gradients)
      }
      if !retainGraph { node.release() }
      guard visitsLeavesEarly else { continue }
      // After the release, so that nothing but its owner holds the leaf's value.
      for leaf in uses.completed(after: node) {
        if let gradients = pending.removeValue(forKey: ObjectIdentifier(leaf)) {
          _ = visit(leaf, gradients)
        }
      }
    }
  }

  private mutating func propagate(
    _ primitive: some Primitive, _ node: Node, _ gradients: [Tensor?]
  ) {
    if node.isReleased { node.trapReleased() }
    let context = GradientContext(
      node: node, outputGradients: gradients, createsGraph: createGraph, lowestSerial: lowestSerial)
    var inputGradients = primitive.gradients(context)
    for (i, edge) in node.edges.enumerated() {
      guard let target = edge.node, edge.isWanted(above: lowestSerial), i < inputGradients.count,
        let gradient = inputGradients[i].take()
      else { continue }
      if gradient.shape != edge.type.shape || gradient.dtype != edge.type.dtype {
        fledgeTrap(
          node.name,
          "the gradient rule made \(gradient.type) for input \(i), which is \(edge.type)")
      }
      add(gradient, to: target, output: Int(edge.outputIndex))
    }
  }

  /// Runs a checkpointed part again, recorded this time, and goes on through its graph.
  private mutating func splice(
    _ primitive: any Rematerializing, _ node: Node, _ gradients: [Tensor?]
  ) {
    if node.isReleased { node.trapReleased() }
    let inputs = node.edges.indices.map { node.savedInput($0, attached: true) }
    let outputs = withGradients { primitive.rematerialize(inputs) }
    for (output, gradient) in zip(outputs, gradients) {
      if let gradient, let target = output.node {
        if visitsLeavesEarly { uses.count(from: target) }
        add(gradient, to: target, output: Int(output.outputIndex))
      }
    }
  }

  // MARK: Heap, largest serial first

  private mutating func push(_ node: Node) {
    heap.append(node)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].serial >= heap[child].serial { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func pop() -> Node? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return top }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count && heap[child + 1].serial > heap[child].serial { child += 1 }
      if heap[parent].serial >= heap[child].serial { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return top
  }
}

/// A primitive whose part of the graph is made again in the backward pass.
protocol Rematerializing: Primitive {
  /// What beside its inputs the part reads of the graph around it.
  var captured: [Node] { get }
  func rematerialize(_ inputs: [Tensor]) -> [Tensor]
}
