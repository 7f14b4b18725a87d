import Synchronization

/// Where an input of a recorded operation came from.
struct Edge {
  /// The node that made the input; nil for a constant.
  var node: Node?
  var outputIndex: Int32
  let type: TensorType

  @inline(__always)
  func isWanted(above lowestSerial: UInt64) -> Bool {
    guard let node else { return false }
    return node.serial >= lowestSerial
  }
}

/// One recorded operation: its primitive, where its inputs came from, and what it saved.
///
/// The serial number is larger than that of every node it depends on, so the backward pass takes
/// nodes in descending serial order and needs no recursion. Saved values are kept without their
/// own nodes: edges are the only references from node to node, which lets `deinit` take a chain
/// of a million operations apart in a loop.
final class Node: @unchecked Sendable {
  private struct Saved {
    var inputs: [Tensor?]
    var outputs: [Tensor?]
  }

  let serial: UInt64
  /// Nil for a leaf.
  let primitive: (any Primitive)?
  /// Whether the primitive is ``Rematerializing``; asked here, where its type is known, since a cast
  /// of an existential costs more than the rest of a visit.
  let isRematerialized: Bool
  private(set) var edges: [Edge]
  let outputTypes: [TensorType]
  /// Where a leaf's gradient is added up; nil for an operation.
  let accumulator: GradientAccumulator?
  // Two threads may go backward through a shared part of a graph; what one of them releases the
  // other must not be reading.
  private let saved: Mutex<Saved?>

  private static let counter = Atomic<UInt64>(1)
  private static let alive = Atomic<Int>(0)

  /// Nodes alive now; tests watch it for leaks.
  static var liveCount: Int { alive.load(ordering: .relaxed) }

  private static func nextSerial() -> UInt64 {
    alive.wrappingAdd(1, ordering: .relaxed)
    return counter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// An operation.
  init(
    primitive: some Primitive, inputs: [Tensor], outputs: [Tensor], types: [TensorType]
  ) {
    serial = Node.nextSerial()
    self.primitive = primitive
    isRematerialized = primitive is any Rematerializing
    edges = inputs.map { Edge(node: $0.node, outputIndex: $0.outputIndex, type: $0.type) }
    outputTypes = types
    accumulator = nil
    let saves = primitive.saves
    if saves.isEmpty {
      saved = Mutex(Saved(inputs: [], outputs: []))
    } else {
      saved = Mutex(
        Saved(
          inputs: saves.isDisjoint(with: .inputs)
            ? [] : inputs.indices.map { saves.containsInput($0) ? inputs[$0].detached() : nil },
          outputs: saves.isDisjoint(with: .outputs)
            ? []
            : outputs.indices.map { saves.containsOutput($0) ? outputs[$0].detached() : nil }))
    }
  }

  /// A leaf: a tensor that gradients are taken with respect to.
  init(leaf type: TensorType) {
    serial = Node.nextSerial()
    primitive = nil
    isRematerialized = false
    edges = []
    outputTypes = [type]
    accumulator = GradientAccumulator()
    saved = Mutex(nil)
  }

  deinit {
    Node.alive.wrappingSubtract(1, ordering: .relaxed)
    // Freed one by one: letting each node free the next would recurse as deep as the graph.
    var pending: [Node] = []
    Node.takeEdges(of: self, into: &pending)
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) { Node.takeEdges(of: node, into: &pending) }
    }
  }

  private static func takeEdges(of node: Node, into pending: inout [Node]) {
    for edge in node.edges {
      if let next = edge.node { pending.append(next) }
    }
    node.edges = []
  }

  var name: String { primitive.map { type(of: $0).name } ?? "leaf" }

  func savedInput(_ i: Int, attached: Bool) -> Tensor {
    guard let values = saved.withLock({ $0?.inputs }) else { trapReleased() }
    guard var tensor = values.isEmpty ? nil : values[i] else {
      fledgeTrap(name, "its gradient rule reads input \(i), which `saves` does not name")
    }
    if attached {
      tensor.node = edges[i].node
      tensor.outputIndex = edges[i].outputIndex
    }
    return tensor
  }

  func savedOutput(_ i: Int, attached: Bool) -> Tensor {
    guard let values = saved.withLock({ $0?.outputs }) else { trapReleased() }
    guard var tensor = values.isEmpty ? nil : values[i] else {
      fledgeTrap(name, "its gradient rule reads output \(i), which `saves` does not name")
    }
    if attached {
      tensor.node = self
      tensor.outputIndex = Int32(i)
    }
    return tensor
  }

  /// Whether a backward pass has already freed what this node saved.
  var isReleased: Bool { accumulator == nil && saved.withLock { $0 == nil } }

  func release() { saved.withLock { $0 = nil } }

  func trapReleased() -> Never {
    fledgeTrap(
      "backward",
      "the graph through `\(name)` was already used and released; pass retainGraph: true to the "
        + "first pass to go backward twice")
  }
}

/// Where the gradient of a leaf is added up.
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
    // The sum so far is taken out while it is added to, so that its storage can be reused and no
    // operation runs under the lock; what another thread put there meanwhile is added next.
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
