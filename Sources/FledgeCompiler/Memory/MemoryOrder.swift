import FledgeCore

extension Graph {
  /// An order of the operations, as positions, that needs no more bytes at once than this one, mostly
  /// fewer: where the need is greatest, an operation is moved before or behind its neighbours as long as
  /// that helps. A backward pass computes the gradients of a layer's input and weights one after the other;
  /// the second frees the layer's input, and so is better done first.
  ///
  /// Each operation computes the same from the same values, whatever the order, and so the same bits.
  /// Updates in place stay where they are, and nothing passes them.
  func orderForMemory(_ footprints: [Footprint], cleared: Set<String>) -> [Int] {
    var search = MemoryOrder(self, footprints, cleared)
    search.improve()
    return search.order
  }

  /// The same operations in another order.
  func inOrder(_ order: [Int]) -> Graph {
    var graph = self
    graph.equations = order.map { equations[$0] }
    return graph
  }
}

/// The search for an order.
private struct MemoryOrder {
  private(set) var order: [Int]
  /// How far an operation is moved.
  private static let reach = 8
  private static let mostRounds = 200

  /// What an operation asks for and reads, as numbers of buffers.
  private struct Operation {
    /// Its buffers that lie in the arena.
    var new: [Int] = []
    /// The buffers that it reads, once for each input.
    var read: [Int] = []
    /// The buffers in which its outputs lie, once for each time that an output is read.
    var readLater: [Int] = []
    /// Its output's buffer, and those which that may overwrite.
    var output: Int?
    var overwritable: [Int] = []
    /// The operations whose outputs it reads.
    var needs: Set<Int> = []
    /// Whether it stays, and nothing passes it.
    var isFixed = false
  }
  private var operations: [Operation]
  private var sizes: [Int] = []

  init(_ graph: Graph, _ footprints: [Footprint], _ cleared: Set<String>) {
    order = Array(graph.equations.indices)
    let owners = graph.owners(footprints)
    let outliving = Set(MemoryPlan.outliving(of: graph, cleared).compactMap { owners[$0] })
    var numbers: [BufferID: Int] = [:]
    var makers: [Graph.Value: Int] = [:]
    var reads: [Graph.Value: Int] = [:]
    for value in graph.equations.flatMap(\.inputs) + graph.results {
      reads[value, default: 0] += 1
    }
    operations = []
    for (position, (equation, footprint)) in zip(graph.equations, footprints).enumerated() {
      var operation = Operation()
      for (buffer, size) in footprint.buffers.enumerated() {
        let id = BufferID(equation: position, buffer: buffer)
        if outliving.contains(id) { continue }
        numbers[id] = sizes.count
        operation.new.append(sizes.count)
        sizes.append(size)
      }
      for value in equation.inputs {
        if let number = owners[value].flatMap({ numbers[$0] }) { operation.read.append(number) }
        if let maker = makers[value] { operation.needs.insert(maker) }
      }
      for value in equation.outputs {
        makers[value] = position
        if let number = owners[value].flatMap({ numbers[$0] }) {
          operation.readLater += Array(repeating: number, count: reads[value] ?? 0)
        }
      }
      let choices = equation.overwritable(footprint, owners) {
        footprints[$0.equation].buffers[$0.buffer]
      }
      if let buffer = choices.first?.buffer {
        operation.output = numbers[BufferID(equation: position, buffer: buffer)]
        operation.overwritable = choices.compactMap { numbers[$0.owner] }
      }
      operation.isFixed = equation.primitive is any UpdatingPrimitive
      operations.append(operation)
    }
  }

  /// The most bytes that are alive at once, and the position at which they are.
  private func peak(of order: [Int]) -> (bytes: Int, position: Int) {
    var reads = [Int](repeating: 0, count: sizes.count)
    var (alive, peak) = (0, (bytes: 0, position: 0))
    for (position, index) in order.enumerated() {
      let operation = operations[index]
      for buffer in operation.new { alive += sizes[buffer] }
      for buffer in operation.readLater { reads[buffer] += 1 }
      let isOverwriting =
        operation.output != nil
        && operation.overwritable.contains { buffer in
          reads[buffer] == operation.read.count { $0 == buffer }
        }
      let bytes = isOverwriting ? alive - sizes[operation.output!] : alive
      if bytes > peak.bytes { peak = (bytes, position) }
      for buffer in operation.read {
        reads[buffer] -= 1
        if reads[buffer] == 0 { alive -= sizes[buffer] }
      }
      for buffer in operation.new where reads[buffer] == 0 { alive -= sizes[buffer] }
    }
    return peak
  }

  mutating func improve() {
    var best = peak(of: order)
    for _ in 0..<Self.mostRounds {
      var found: (order: [Int], peak: (bytes: Int, position: Int))?
      for candidate in candidates(around: best.position) {
        let peak = peak(of: candidate)
        if peak.bytes < found?.peak.bytes ?? best.bytes { found = (candidate, peak) }
      }
      guard let found else { return }
      (order, best) = found
    }
  }

  /// The orders in which one operation near `position` is moved past it, or that at `position` past its
  /// neighbours.
  private func candidates(around position: Int) -> [[Int]] {
    var result: [[Int]] = []
    let window = max(0, position - Self.reach)...min(order.count - 1, position + Self.reach)
    for other in window where other != position {
      if let moved = moving(position, to: other) { result.append(moved) }
      if let moved = moving(other, to: position) { result.append(moved) }
    }
    return result
  }

  /// The order with the operation at `from` at the position `to`; nil where something that it needs, or
  /// that needs it, or an operation that stays, is in between.
  private func moving(_ from: Int, to: Int) -> [Int]? {
    let index = order[from]
    let passed = from < to ? order[(from + 1)...to] : order[to..<from]
    let isFree = passed.allSatisfy { other in
      !operations[other].isFixed
        && !(from < to
          ? operations[other].needs.contains(index) : operations[index].needs.contains(other))
    }
    guard isFree, !operations[index].isFixed else { return nil }
    var result = order
    result.remove(at: from)
    result.insert(index, at: to)
    return result
  }
}
