import FledgeCore
import FledgeNN
import FledgeOptim

extension Trainer {
  /// Keeps the state of something that training depends on in the checkpoints: a schedule that
  /// looks at the loss, the scale of a gradient scaler.
  public func keep<State: Codable>(
    _ name: String, state: @escaping () -> State, restore: @escaping (State) throws -> Void
  ) {
    require(parts[name] == nil, "Trainer", "two parts are named '\(name)'")
    parts[name] = (
      save: { try RunJSON.encode(state()) },
      restore: { try restore(try RunJSON.decode(State.self, from: $0)) }
    )
  }

  /// Keeps tensors that training depends on in the checkpoints, such as an average of the weights.
  public func keepTensors(
    _ name: String, state: @escaping () -> [String: Tensor],
    restore: @escaping ([String: Tensor]) throws -> Void
  ) {
    require(
      tensorParts[name] == nil && name != Self.averageName, "Trainer",
      "two parts are named '\(name)'")
    tensorParts[name] = (state, restore)
  }

  /// Whose tensors ``average`` are in a checkpoint.
  private static var averageName: String { "average" }

  /// Writes a checkpoint of the current state, between two steps. If there are several ranks, all
  /// must call it; rank 0 writes the file, which exists when any of them returns.
  public func save(to path: String) throws {
    guard let checkpoints else {
      fledgeTrap("Trainer", "save: set `checkpoints` first; it knows the program's settings")
    }
    var others = tensorParts.mapValues { $0.state() }
    others[Self.averageName] = average?.state
    // On every rank: where each has a part of the state, putting it together takes them all.
    let tensors = Checkpoint<WeightsOnly>.tensors(of: model, optimizer, others)
    let own = RankState(
      data: try data.save(), parts: try parts.mapValues { try $0.save() },
      generators: generators.mapValues(\.state))
    let snapshot = CheckpointPlan.Snapshot(
      state: state, stepRule: stepRule.state, own: own, ranks: try gathered(own), tensors: tensors)
    try strategy.barrier()
    var failure: (any Error)?
    if strategy.isWriter {
      do { try checkpoints.write(snapshot, path) } catch { failure = error }
    }
    // The others must not wait for a file that never comes.
    let hasFailed = try strategy.any(failure != nil)
    if let failure { throw failure }
    if hasFailed { throw CheckpointError(path: path, reason: "rank 0 could not write it") }
    savedPath = path
    try run(.checkpointSaved)
  }

  private func gathered(_ own: RankState) throws -> [RankState]? {
    if strategy.rankCount == 1 { return nil }
    let texts = try strategy.gather(try RunJSON.encode(own))
    return try texts.map { try RunJSON.decode(RankState.self, from: $0) }
  }

  /// What belongs to this rank in a checkpoint that as many ranks have written.
  private func ownState<Settings>(
    in saved: Checkpoint<TrainingRun<Settings>>.Contents
  ) throws -> RankState {
    let (checkpoint, run) = (saved.checkpoint, saved.checkpoint.run)
    let count = run.ranks?.count ?? 1
    if count != strategy.rankCount {
      throw CheckpointError(
        path: saved.path,
        reason: "was written by \(count) ranks and cannot be resumed by \(strategy.rankCount): "
          + "each has a place in the data and generators of its own")
    }
    return run.ranks?[strategy.rank]
      ?? RankState(data: run.data, parts: run.parts, generators: checkpoint.generators)
  }

  func saveWhereDue(_ endsEpoch: Bool, isLast: Bool) throws {
    guard let checkpoints else { return }
    if isNewBest, let best = checkpoints.best { try save(to: best) }
    isNewBest = false
    if isLast || checkpoints.every.map({ isDue($0, endsEpoch) }) == true {
      try save(to: checkpoints.last)
    }
  }

  /// Continues from a checkpoint of the same model, optimizer and data.
  ///
  /// - Throws: ``CheckpointError`` if weights, optimizer or average do not fit, or if the file is
  ///   damaged; the data's own error if the data is not the same. Nothing has changed then.
  public func resume<Settings>(
    from saved: Checkpoint<TrainingRun<Settings>>.Contents
  ) throws {
    let (run, own) = (saved.checkpoint.run, try ownState(in: saved))
    for name in generators.keys.sorted() where own.generators[name] == nil {
      throw CheckpointError(path: saved.path, reason: "has no state of the generator '\(name)'")
    }
    for name in parts.keys.sorted() where own.parts[name] == nil {
      throw CheckpointError(path: saved.path, reason: "has no state of '\(name)'")
    }
    try saved.check(model, optimizer)
    try check(average, in: saved)
    // Whether the program's own parts and its data fit is known only when they take their state.
    var undo: [() throws -> Void] = []
    do {
      let place = try data.save()
      undo.append { [data] in try data.restore(place) }
      try data.restore(own.data)
      if let fault = run.state.fault(batchesPerEpoch: data.batchesPerEpoch) {
        throw CheckpointError(path: saved.path, reason: "is damaged: \(fault)")
      }
      for (name, part) in tensorParts {
        let before = part.state()
        undo.append { try part.restore(before) }
        try part.restore(saved.tensors(of: name))
      }
      for (name, part) in parts {
        let before = try part.save()
        undo.append { try part.restore(before) }
        try part.restore(own.parts[name]!)
      }
      let before = stepRule.state
      undo.append { [stepRule] in try stepRule.restore(before) }
      try stepRule.restore(run.stepRule)
    } catch {
      for goBack in undo.reversed() { try goBack() }
      throw error
    }
    try saved.restore(model, optimizer)
    try average?.load(saved.tensors(of: Self.averageName))
    for (name, generator) in generators { generator.state = own.generators[name]! }
    state = run.state
    validation = run.state.validation.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func check<Run>(_ average: WeightAverage?, in saved: Checkpoint<Run>.Contents) throws {
    guard let average else { return }
    try saved.check("average of weights") {
      try average.check(saved.tensors(of: Self.averageName))
    }
  }

  /// Loads the weights of the best checkpoint into the model, for use after training. If there is
  /// an ``average``, it loads that, since the average was validated.
  public func restoreBest() throws {
    guard let best = checkpoints?.best else {
      fledgeTrap("Trainer", "restoreBest: `checkpoints` keeps no best one")
    }
    let saved = try Checkpoint<WeightsOnly>.load(best)
    try check(average, in: saved)
    try saved.restore(model)
    try average?.load(saved.tensors(of: Self.averageName))
    average?.replaceWeights()
  }
}

/// Reads a checkpoint whatever the program's settings are.
private struct WeightsOnly: Codable, Sendable {}
