import FledgeCore
import FledgeNN
import FledgeOptim
import Foundation
import Synchronization

/// Data parallelism as in Horovod (Sergeev & Del Balso 2018): gradients are reduced in whatever order
/// they become ready, since the ranks agree on that order as they go, and small ones travel together.
///
///     try world.broadcastParameters(of: model)
///     let optimizer = try DistributedOptimizer(SGD(model.parameters(), learningRate: 0.1), over: world)
///     …
///     optimizer.zeroGrad()
///     try optimizer.backward(loss(model, part))
///     optimizer.step()
///
/// **Negotiation.** In a cycle rank 0, the coordinator, gathers which gradients are ready on each rank,
/// and broadcasts those that are ready on all. A rank that runs its layers in another order, or does not
/// run some, so neither waits for ever nor adds up the wrong tensors. **Fusion.** What is ready at
/// the same time goes into buffers of ``fusionBytes``, with one all-reduce each: 2 (N − 1) messages a
/// buffer from each rank, not a tensor.
///
/// Where ``DistributedDataParallel`` knows its buckets beforehand, this needs two more small messages a
/// cycle, and no fixed order.
public final class DistributedOptimizer {
  /// The optimizer, whose gradients are means over the ranks when it steps.
  public let base: Optimizer
  /// The most bytes that travel together; a larger gradient travels alone.
  public let fusionBytes: Int
  private let group: Group
  private let cycle: Double
  /// How many all-reduces the last pass took.
  public private(set) var fusedBuffers = 0

  /// All ranks call it.
  ///
  /// - Parameters:
  ///   - cycle: how many seconds a cycle waits after one in which nothing was ready
  public init(
    _ base: Optimizer, over group: Group, fusionBytes: Int = 64 << 20, cycle: Double = 1e-3
  ) throws {
    require(
      fusionBytes > 0 && cycle >= 0, "DistributedOptimizer",
      "buffers of \(fusionBytes) bytes and cycles of \(cycle) s do not work")
    self.base = base
    self.fusionBytes = fusionBytes
    self.cycle = cycle
    // A group of its own: the order of its calls is that of the cycles, whatever else the rank does.
    self.group = try group.split(color: 0, key: group.rank, name: "gradients")!
  }

  /// Forgets all gradients.
  public func zeroGrad() { base.zeroGrad() }

  /// Takes one step with the gradients that are there.
  public func step() { base.step() }

  /// Runs the backward pass of this rank's loss (nil: it has no part of the batch). Afterwards the
  /// gradients are their means over the ranks; one that no rank has stays nil.
  public func backward(_ loss: Tensor?) throws {
    let parameters = base.parameters.filter(\.isTrainable)
    let board = ReadyGradients(parameters)
    let pending = begin(board)
    var places: [ObjectIdentifier: Int] = [:]
    for (place, parameter) in parameters.enumerated() {
      if let leaf = parameter.leafIdentity { places[leaf] = place }
    }
    loss?.backward { leaf in
      if let place = places[leaf] { board.post(place, parameters[place].grad) }
    }
    try finish(parameters, board, pending)
  }

  /// Reduces gradients that are there already: all of them are ready in the first cycle.
  public func reduce() throws {
    let parameters = base.parameters.filter(\.isTrainable)
    let board = ReadyGradients(parameters)
    for (place, parameter) in parameters.enumerated() { board.post(place, parameter.grad) }
    try finish(parameters, board, begin(board))
  }

  private func begin(_ board: ReadyGradients) -> Pending<Int> {
    Pending(group) { [group, fusionBytes, cycle] in
      var buffers = 0
      while !board.isDone {
        let chosen = try board.negotiate(group)
        if chosen.isEmpty && !board.isDone { Thread.sleep(forTimeInterval: cycle) }
        for places in board.fused(chosen, fusionBytes) {
          try board.reduce(places, group)
          buffers += 1
        }
      }
      return buffers
    }
  }

  private func finish(
    _ parameters: [AnyParameter], _ board: ReadyGradients, _ pending: Pending<Int>
  ) throws {
    // What the pass did not reach: gradients of earlier passes, or none on this rank.
    for (place, parameter) in parameters.enumerated() where !board.isPosted(place) {
      board.post(place, parameter.grad)
    }
    fusedBuffers = try pending.wait()
    for (place, parameter) in parameters.enumerated() { parameter.grad = board.mean(place) }
  }
}

/// The gradients of one pass, between the thread that makes them and the one that reduces them.
private final class ReadyGradients: Sendable {
  private enum State: UInt8 { case missing, absent, ready, done }
  private struct Entry {
    var state = State.missing
    var tensor: Tensor?
  }

  private let types: [TensorType]
  private let entries: Mutex<[Entry]>

  init(_ parameters: [AnyParameter]) {
    types = parameters.map { TensorType(shape: $0.shape!, dtype: $0.dtype!) }
    entries = Mutex([Entry](repeating: Entry(), count: parameters.count))
  }

  func post(_ place: Int, _ gradient: Tensor?) {
    entries.withLock {
      $0[place] = Entry(state: gradient == nil ? .absent : .ready, tensor: gradient)
    }
  }

  func isPosted(_ place: Int) -> Bool { entries.withLock { $0[place].state != .missing } }
  func mean(_ place: Int) -> Tensor? { entries.withLock { $0[place].tensor } }
  var isDone: Bool { entries.withLock { $0.allSatisfy { $0.state == .done } } }

  /// One cycle: those that are ready on all ranks, in the order of the parameters. Of those that no rank
  /// has, nothing is left to do.
  func negotiate(_ group: Group) throws -> [Int] {
    let own = entries.withLock { $0.map(\.state.rawValue) }
    let table = try group.gather(Tensor(own, shape: [1, own.count]))
    var verdicts = Tensor.zeros([own.count], dtype: .uint8)
    if let table {
      let lowest = table.min(axis: 0).array(of: UInt8.self)
      let highest = table.max(axis: 0).array(of: UInt8.self)
      verdicts = Tensor(
        zip(lowest, highest).map { lowest, highest in
          lowest == State.missing.rawValue ? State.missing.rawValue : highest
        }, shape: [own.count])
    }
    try group.broadcast(&verdicts)
    let agreed = verdicts.array(of: UInt8.self).map { State(rawValue: $0)! }
    entries.withLock { entries in
      for place in entries.indices where agreed[place] == .absent { entries[place].state = .done }
    }
    return agreed.indices.filter { agreed[$0] == .ready }
  }

  /// Places whose gradients travel together: of one dtype, and no more bytes than fit.
  func fused(_ places: [Int], _ capacity: Int) -> [[Int]] {
    var (result, bytes): ([[Int]], Int) = ([], 0)
    for place in places {
      let size = types[place].shape.count * types[place].dtype.byteCount
      let last = result.last?.last
      if let last, types[last].dtype == types[place].dtype, bytes + size <= capacity {
        result[result.count - 1].append(place)
        bytes += size
      } else {
        result.append([place])
        bytes = size
      }
    }
    return result
  }

  /// One all-reduce. A rank without a gradient adds zeros.
  func reduce(_ places: [Int], _ group: Group) throws {
    let buffer = FlatBuffer(
      shapes: places.map { types[$0].shape }, dtype: types[places[0]].dtype)
    for (part, place) in places.enumerated() {
      guard let gradient = entries.withLock({ $0[place].tensor }) else { continue }
      let range = buffer.ranges[part]
      buffer.update(range) { $0 = gradient.contiguous().reshaped([range.count]) }
    }
    var all = buffer.elements()
    try group.allReduce(&all, .mean, by: .ring)
    for (part, place) in places.enumerated() {
      let mean = all[buffer.ranges[part]].detached().reshaped(types[place].shape)
      entries.withLock { $0[place] = Entry(state: .done, tensor: mean) }
    }
  }
}
