import Synchronization

/// One recorded operation: its primitive, where its inputs came from, and what it saved.
///
/// The serial number is larger than that of every node it depends on, so the backward pass takes
/// nodes in descending serial order and needs no recursion. Inputs, and what a ``Rematerializing``
/// primitive captured, are the only references from node to node, which lets `deinit` take a chain of
/// a million operations apart in a loop.
final class Node: @unchecked Sendable {
  private struct Saved {
    /// Each has its node in the graph, but its elements only if the gradient rule reads them.
    var inputs: Tensors
    /// Those that the gradient rule reads.
    var outputs: OutputValues
    /// For inputs that are read and saved by reference (``LeafSource``), the version of the value
    /// that was read; empty where there are none.
    var versions: [Int: Int] = [:]
    var isReleased = false
  }

  let serial: UInt64
  /// Nil for a leaf.
  let primitive: (any Primitive)?
  /// Whether the primitive is ``Rematerializing``; found here, where its type is known, since a
  /// cast of an existential costs more than the rest of a visit.
  let isRematerialized: Bool
  let outputCount: Int
  /// Of a leaf; those of an operation follow from its shape rule.
  private let leafType: TensorType?
  /// Where a leaf's elements live, if that is elsewhere.
  let source: LeafSource?
  /// Whether the elements are those of such a leaf, or a view of them: then graphs do not hold them.
  let refersToSource: Bool
  /// The accumulator of a leaf's gradient; nil for an operation.
  let accumulator: GradientAccumulator?
  // Two threads may differentiate a shared part of a graph; neither may release what the other is
  // reading.
  private let saved: Mutex<Saved>

  private static let counter = Atomic<UInt64>(1)
  private static let alive = Atomic<Int>(0)

  /// Nodes alive now; tests watch it for leaks.
  static var liveCount: Int { alive.load(ordering: .relaxed) }

  private static func nextSerial() -> UInt64 {
    alive.wrappingAdd(1, ordering: .relaxed)
    return counter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// An operation.
  init(primitive: some Primitive, inputs: borrowing Tensors, outputs: borrowing Tensors) {
    serial = Node.nextSerial()
    self.primitive = primitive
    isRematerialized = primitive.isRematerialized
    outputCount = outputs.count
    leafType = nil
    accumulator = nil
    source = nil
    refersToSource =
      inputs.count == 1 && inputs[0].node?.refersToSource == true
      && outputs[0].storage === inputs[0].storage
    saved = Mutex(Saved(inputs: copy inputs, outputs: OutputValues(count: outputs.count)))
    let saves = primitive.saves
    // Where it will stay: what a mutex is made of is copied.
    saved.withLock { saved in
      for i in 0..<outputs.count where saves.containsOutput(i) {
        saved.outputs.change(i) { $0 = outputs[i].detached() }
      }
      for i in 0..<inputs.count {
        let version = saves.containsInput(i) ? inputs[i].node?.leafVersion : nil
        if let version { saved.versions[i] = version }
        if version != nil || !saves.containsInput(i) {
          saved.inputs.change(i) { $0.dropElements() }
        }
      }
    }
  }

  /// A leaf: a tensor that gradients are taken with respect to.
  init(leaf type: TensorType, source: LeafSource? = nil) {
    serial = Node.nextSerial()
    primitive = nil
    isRematerialized = false
    outputCount = 1
    leafType = type
    self.source = source
    refersToSource = source != nil
    accumulator = GradientAccumulator()
    saved = Mutex(Saved(inputs: Tensors(), outputs: OutputValues(count: 1)))
  }

  deinit {
    Node.alive.wrappingSubtract(1, ordering: .relaxed)
    // Freed one by one: letting each node free the next would recurse as deep as the graph.
    var pending: [Node] = []
    Node.takeSources(of: self, into: &pending)
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) { Node.takeSources(of: node, into: &pending) }
    }
  }

  private static func takeSources(of node: Node, into pending: inout [Node]) {
    if node.primitive == nil { return }
    var inputs = Tensors()
    node.saved.withLock { swap(&$0.inputs, &inputs) }
    for i in 0..<inputs.count {
      if let source = inputs[i].node { pending.append(source) }
    }
    if node.isRematerialized, let primitive = node.primitive as? any Rematerializing {
      pending += primitive.takeCaptured()
    }
  }

  var name: String { primitive.map { type(of: $0).name } ?? "leaf" }

  /// The inputs with their nodes, but without elements that the gradient rule does not read.
  var inputs: Tensors { saved.withLock { $0.inputs } }

  func outputType(_ i: Int) -> TensorType {
    if isReleased { trapReleased() }
    return leafType ?? primitive!.outputTypes(of: inputs.types)[i]
  }

  /// An input that the gradient rule reads.
  func readable(_ input: Tensor, _ i: Int) -> Tensor {
    if input.hasElements { return input }
    let (version, isReleased) = saved.withLock { ($0.versions[i], $0.isReleased) }
    if isReleased { trapReleased() }
    guard let version, let source = input.node else {
      fledgeTrap(name, "its gradient rule reads input \(i), which `saves` does not name")
    }
    let now = source.leafVersion
    require(
      now == version, name,
      "input \(i), \(input.type), is a parameter that was changed after the forward pass (version "
        + "\(version), now \(now ?? 0)); go backward before the step")
    var value = source.fetched(output: Int(input.outputIndex))
    (value.node, value.outputIndex) = (source, input.outputIndex)
    return value
  }

  func savedOutput(_ i: Int, attached: Bool) -> Tensor {
    guard var tensor = saved.withLock({ $0.outputs[i] }) else {
      if isReleased { trapReleased() }
      fledgeTrap(name, "its gradient rule reads output \(i), which `saves` does not name")
    }
    if attached {
      tensor.node = self
      tensor.outputIndex = Int32(i)
    }
    return tensor
  }

  /// Whether a backward pass has already freed what this node saved.
  var isReleased: Bool { saved.withLock { $0.isReleased } }

  func release() {
    saved.withLock { saved in
      for i in 0..<saved.inputs.count {
        saved.inputs.change(i) { $0.dropElements(keepingShape: false) }
      }
      saved.outputs = OutputValues(count: 0)
      saved.isReleased = true
    }
  }

  func trapReleased() -> Never {
    fledgeTrap(
      "backward",
      "the graph through `\(name)` was already used and released; pass retainGraph: true to the "
        + "first pass to go backward twice")
  }
}

/// Accumulates the gradient of a leaf.
final class GradientAccumulator: Sendable {
  private let value = Mutex<Tensor?>(nil)

  var gradient: Tensor? {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }

  /// The gradient, given up so that the caller may be its only holder.
  func takeGradient() -> Tensor? { value.withLock { $0.take() } }

  /// Adds `contribution`; two threads may go backward to the same leaf.
  func accumulate(_ contribution: Tensor) {
    var contribution = contribution
    // The sum is taken out before it is added to, so that its storage can be reused and no
    // operation runs under the lock; what another thread stored meanwhile is added next.
    while var sum = exchange(contribution) {
      sum += contribution
      contribution = sum
    }
  }

  /// Puts `gradient` in the empty place, or empties the place and gives what was there.
  private func exchange(_ gradient: Tensor) -> Tensor? {
    value.withLock { value in
      if value != nil { return value.take() }
      value = gradient
      return nil
    }
  }
}
