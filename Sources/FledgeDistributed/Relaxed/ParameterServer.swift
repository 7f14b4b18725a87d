import FledgeCore
import FledgeNN
import FledgeOptim

/// One rank keeps the weights, the others compute gradients, and nobody is further ahead than it may be
/// (parameter server, Li et al. 2014; stale synchronous parallel, Ho et al. 2013).
///
///     let server = try ParameterServer(model, over: world, staleness: 2)
///     if server.isServer {
///       try server.serve(SGD(model.parameters(), learningRate: 0.1))
///     } else {
///       for batch in batches {
///         model.zeroGrad()
///         loss(model, batch).backward()
///         try server.push()                  // gradients there, weights back
///       }
///       try server.finish()                  // the final weights
///     }
///
/// A worker's *clock* counts its pushes. The server takes a step for each push when it comes, with the
/// gradient divided by the number of workers, and sends weights back as soon as the worker is at most τ,
/// the staleness, ahead of the slowest one. With τ = 0 that is after all have pushed: with plain SGD,
/// whose step is proportional to the gradient, it is synchronous SGD, w − η times the mean. With larger τ fast
/// workers go on while a slow one computes, on weights that lack up to τ of its pushes.
///
/// In a step 2 P bytes come to and from the server for each worker: all go over one link, where a ring
/// shares them among N.
public final class ParameterServer {
  /// τ, how many pushes a worker may be ahead of the slowest one.
  public let staleness: Int
  /// The furthest that a worker was ahead of the slowest one when it got weights; known to the server.
  public private(set) var greatestLead = 0
  /// How many pushes this worker has made, or the server has taken.
  public private(set) var pushes = 0
  private let module: Module
  private let group: Group
  private let weights: FlatWeights

  /// Gives all ranks the weights of rank 0, which is the server.
  public init(_ module: Module, over group: Group, staleness: Int) throws {
    require(
      staleness >= 0 && group.count > 1, "ParameterServer",
      "there is a server and a worker or more, and staleness is 0 or more; got \(group.count) ranks and "
        + "\(staleness)")
    self.staleness = staleness
    self.module = module
    self.group = group
    try group.broadcastParameters(of: module)
    weights = FlatWeights(module)
  }

  /// Whether this rank keeps the weights.
  public var isServer: Bool { group.rank == 0 }

  /// What the first message of a worker says.
  private enum Request: Int { case push, finish }
  private static let requestTag = 999

  // MARK: Workers

  /// Sends this worker's gradients and waits for weights. A parameter without gradient adds zeros.
  public func push() throws {
    require(!isServer, "ParameterServer", "rank 0 serves")
    try send(.push)
    for (place, gradient) in weights.gradients().enumerated() {
      try group.send(gradient, to: 0, tag: place)
    }
    pushes += 1
    try pull()
  }

  /// Says that this worker makes no further push, waits until none does, and takes the final weights.
  public func finish() throws {
    require(!isServer, "ParameterServer", "rank 0 serves")
    try send(.finish)
    try pull()
  }

  private func send(_ request: Request) throws {
    try group.send(Tensor([request.rawValue], shape: [1]), to: 0, tag: Self.requestTag)
  }

  private func pull() throws {
    weights.set(
      try weights.values().enumerated().map { place, value in
        try group.receive(value.shape, value.dtype, from: 0, tag: place)
      })
  }

  // MARK: The server

  /// Takes steps with what the workers push, until all have finished. `optimizer` is of the model's
  /// parameters.
  public func serve(_ optimizer: Optimizer) throws {
    require(isServer, "ParameterServer", "rank \(group.rank) is a worker; rank 0 serves")
    var clocks = [Int: Int](uniqueKeysWithValues: (1..<group.count).map { ($0, 0) })
    var waiting: Set<Int> = []
    while !clocks.isEmpty {
      // Those that wait for weights send nothing.
      let worker = try group.awaitAny(
        TensorType(shape: [1], dtype: .int64),
        from: clocks.keys.filter { !waiting.contains($0) }.sorted(),
        tag: Self.requestTag)
      let request = try group.receive([1], .int64, from: worker, tag: Self.requestTag)
      switch Request(rawValue: Int(request.item())) {
      case .push:
        try take(from: worker, optimizer)
        clocks[worker]! += 1
        waiting.insert(worker)
      default:
        clocks[worker] = nil
      }
      // One that has finished holds nobody back.
      let slowest = clocks.values.min() ?? 0
      for worker in waiting.sorted() where clocks[worker]! - slowest <= staleness {
        greatestLead = max(greatestLead, clocks[worker]! - slowest)
        try give(to: worker)
        waiting.remove(worker)
      }
    }
    for worker in 1..<group.count { try give(to: worker) }
  }

  private func take(from worker: Int, _ optimizer: Optimizer) throws {
    let gradients = try weights.values().enumerated().map { place, value in
      try group.receive(value.shape, value.dtype, from: worker, tag: place)
    }
    weights.setGradients(withoutGradients { gradients.map { $0 / Double(group.count - 1) } })
    optimizer.step()
    optimizer.zeroGrad()
    pushes += 1
  }

  private func give(to worker: Int) throws {
    for (place, value) in weights.values().enumerated() {
      try group.send(value, to: worker, tag: place)
    }
  }
}
