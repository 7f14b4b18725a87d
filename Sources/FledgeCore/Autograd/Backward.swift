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
  /// Whether to visit a leaf as soon as its gradient is complete. Otherwise leaves come last, since
  /// they are older than everything computed from them.
  let visitsLeavesEarly: Bool
  /// The serials of the nodes that have received a gradient and wait for their turn.
  private var heap: [UInt64] = []
  /// What they have received; the places of taken ones are used again.
  private var slots: [Received?] = []
  private var freeSlots: [Int] = []
  private var slotOfSerial = SerialTable()
  private var uses = LeafUses()

  init(
    createGraph: Bool, retainGraph: Bool, lowestSerial: UInt64 = 0, visitsLeavesEarly: Bool = false
  ) {
    self.visitsLeavesEarly = visitsLeavesEarly
    self.createGraph = createGraph
    self.retainGraph = retainGraph || createGraph
    self.lowestSerial = lowestSerial
  }

  /// A node and the gradients of its outputs, summed up so far.
  private struct Received {
    let node: Node
    var gradients: OutputValues
  }

  /// Adds `gradient` to what output `index` of `node` has received.
  mutating func add(_ gradient: consuming Tensor, to node: Node, output index: Int) {
    if let slot = slotOfSerial[node.serial] {
      var sum = slots[slot]!.gradients.change(index) { $0.take() }
      Self.sum(gradient, into: &sum)
      slots[slot]!.gradients.change(index) { $0 = sum }
      return
    }
    let received = Received(
      node: node,
      gradients: OutputValues(gradient, at: index, count: node.outputCount))
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = received
    } else {
      slot = slots.count
      slots.append(received)
    }
    slotOfSerial.insert(node.serial, slot)
    push(node.serial)
  }

  /// The node and what it has received, which is given up; nil where nothing waits there.
  private mutating func take(_ serial: UInt64) -> (Node, OutputValues)? {
    guard let slot = slotOfSerial[serial], let received = slots[slot].take() else { return nil }
    slotOfSerial.remove(serial)
    freeSlots.append(slot)
    return (received.node, received.gradients)
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
  mutating func run(visit: (Node, OutputValues) -> Bool) {
    if visitsLeavesEarly { for received in slots { uses.count(from: received!.node) } }
    while let serial = pop() {
      // A leaf that was visited early has none left.
      guard let (node, gradients) = take(serial) else { continue }
      guard visit(node, gradients), let primitive = node.primitive else { continue }
      if node.isRematerialized {
        splice(primitive, node, gradients)
      } else {
        propagate(primitive, node, gradients)
      }
      if !retainGraph { node.release() }
      guard visitsLeavesEarly else { continue }
      // After the release, so that nothing but its owner holds the leaf's value.
      for leaf in uses.completed(after: node) {
        if let (_, gradients) = take(leaf.serial) { _ = visit(leaf, gradients) }
      }
    }
  }

  private mutating func propagate(
    _ primitive: some Primitive, _ node: Node, _ gradients: OutputValues
  ) {
    if node.isReleased { node.trapReleased() }
    let context = GradientContext(
      node: node, inputs: node.inputs, outputGradients: gradients, createsGraph: createGraph,
      lowestSerial: lowestSerial)
    var inputGradients = primitive.checkedGradients(context)
    for i in inputGradients.indices {
      let input = context.inputs[i]
      guard let target = input.node, target.serial >= lowestSerial,
        let gradient = inputGradients.change(i, { $0.take() })
      else { continue }
      if gradient.layout.shape != input.layout.shape || gradient.dtype != input.dtype {
        fledgeTrap(
          node.name,
          "the gradient rule made \(gradient.type) for input \(i), which is \(input.type)")
      }
      add(gradient, to: target, output: Int(input.outputIndex))
    }
  }

  /// Runs a checkpointed part again, recorded this time, and goes on through its graph.
  private mutating func splice(
    _ primitive: any Primitive, _ node: Node, _ gradients: OutputValues
  ) {
    guard let primitive = primitive as? any Rematerializing else { return }
    if node.isReleased { node.trapReleased() }
    let inputs = node.inputs
    let outputs = withGradients { primitive.rematerialize(inputs) }
    for (i, output) in outputs.enumerated() {
      if let gradient = gradients[i], let target = output.node {
        if visitsLeavesEarly { uses.count(from: target) }
        add(gradient, to: target, output: Int(output.outputIndex))
      }
    }
  }

  // MARK: Heap, largest serial first

  private mutating func push(_ serial: UInt64) {
    heap.append(serial)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent] >= heap[child] { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func pop() -> UInt64? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return top }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count && heap[child + 1] > heap[child] { child += 1 }
      if heap[parent] >= heap[child] { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return top
  }
}

extension Primitive {
  /// The gradients by the rule, as many as there are inputs.
  @inline(__always)
  func checkedGradients(_ context: GradientContext) -> Gradients {
    let result = gradients(context)
    require(
      result.count == context.inputCount, Self.name,
      "the gradient rule made \(result.count) gradients for \(context.inputCount) inputs; it must "
        + "give one for each, nil where an input has none")
    return result
  }
}

/// A tensor, or none, for each output of a node. Most nodes have one output, which needs no array.
struct OutputValues {
  private var first: Tensor?
  private var others: [Tensor?]

  init(count: Int) {
    first = nil
    others = count > 1 ? Array(repeating: nil, count: count - 1) : []
  }

  init(_ value: consuming Tensor, at index: Int, count: Int) {
    self.init(count: count)
    change(index) { $0 = value }
  }

  /// Changes a value in place; a subscript's coroutine would allocate its frame.
  @inline(__always)
  mutating func change<R>(_ index: Int, _ body: (inout Tensor?) -> R) -> R {
    if index == 0 { body(&first) } else { body(&others[index - 1]) }
  }

  subscript(index: Int) -> Tensor? {
    index == 0 ? first : index <= others.count ? others[index - 1] : nil
  }
}

/// A primitive whose part of the graph is made again in the backward pass.
protocol Rematerializing: Primitive {
  /// The tensors of the surrounding graph that the part reads besides its inputs.
  var captured: [Node] { get }
  /// Gives up what it keeps alive, for the node's end.
  func takeCaptured() -> [Node]
  func rematerialize(_ inputs: Tensors) -> Tensors
}
