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
  /// The nodes that have received a gradient and wait for their turn, a heap by serial.
  private var heap: [(serial: UInt64, slot: Int)] = []
  /// What they have received; the places of taken ones are used again.
  private var slots: [Received?] = []
  private var freeSlots: [Int] = []
  private var slotOfSerial = SerialTable()

  init(createGraph: Bool, retainGraph: Bool, lowestSerial: UInt64 = 0) {
    self.createGraph = createGraph
    self.retainGraph = retainGraph || createGraph
    self.lowestSerial = lowestSerial
  }

  /// A node and the gradients of its outputs, summed up so far.
  private struct Received {
    let node: Node
    var gradients: OutputGradients
  }

  /// Adds `gradient` to what output `index` of `node` has received.
  mutating func add(_ gradient: consuming Tensor, to node: Node, output index: Int) {
    if let slot = slotOfSerial[node.serial] {
      Self.sum(gradient, into: &slots[slot]!.gradients[index])
      return
    }
    let received = Received(
      node: node,
      gradients: OutputGradients(gradient, at: index, count: node.outputTypes.count))
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = received
    } else {
      slot = slots.count
      slots.append(received)
    }
    slotOfSerial.insert(node.serial, slot)
    push((node.serial, slot))
  }

  private static func sum(_ gradient: consuming Tensor, into place: inout Tensor?) {
    guard var total = place.take() else {
      place = gradient
      return
    }
    // Either may be the one that is added to in place.
    if !total.isSafeToOverwrite && gradient.isSafeToOverwrite { swap(&total, &gradient) }
    total += gradient
    place = total
  }

  /// Runs to the end. `visit` is called once for each node with the gradients of its outputs, and
  /// says whether to go on to its inputs.
  mutating func run(visit: (Node, OutputGradients) -> Bool) {
    while let (serial, slot) = pop() {
      slotOfSerial.remove(serial)
      freeSlots.append(slot)
      guard let received = slots[slot].take() else { continue }
      let (node, gradients) = (received.node, received.gradients)
      guard visit(node, gradients), let primitive = node.primitive else { continue }
      if node.isRematerialized {
        splice(primitive, node, gradients)
      } else {
        propagate(primitive, node, gradients)
      }
      if !retainGraph { node.release() }
    }
  }

  private mutating func propagate(
    _ primitive: some Primitive, _ node: Node, _ gradients: OutputGradients
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
    _ primitive: any Primitive, _ node: Node, _ gradients: OutputGradients
  ) {
    guard let primitive = primitive as? any Rematerializing else { return }
    if node.isReleased { node.trapReleased() }
    let inputs = node.edges.indices.map { node.savedInput($0, attached: true) }
    let outputs = withGradients { primitive.rematerialize(inputs) }
    for (i, output) in outputs.enumerated() {
      if let gradient = gradients[i], let target = output.node {
        add(gradient, to: target, output: Int(output.outputIndex))
      }
    }
  }

  // MARK: Heap, largest serial first

  private mutating func push(_ entry: (serial: UInt64, slot: Int)) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].serial >= heap[child].serial { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func pop() -> (serial: UInt64, slot: Int)? {
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

/// The gradients of a node's outputs, nil where none came. Most nodes have one output, which needs
/// no array.
struct OutputGradients {
  private var first: Tensor?
  private var others: [Tensor?]

  init(_ gradient: consuming Tensor, at index: Int, count: Int) {
    others = count > 1 ? Array(repeating: nil, count: count - 1) : []
    first = nil
    self[index] = gradient
  }

  subscript(index: Int) -> Tensor? {
    get { index == 0 ? first : others[index - 1] }
    _modify {
      if index == 0 { yield &first } else { yield &others[index - 1] }
    }
  }
}

/// A primitive whose part of the graph is made again in the backward pass.
protocol Rematerializing: Primitive {
  func rematerialize(_ inputs: [Tensor]) -> [Tensor]
}
