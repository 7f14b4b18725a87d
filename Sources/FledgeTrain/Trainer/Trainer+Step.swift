import FledgeCore
import FledgeNN
import FledgeOptim

extension Trainer {
  /// One optimizer step with its learning rate, record, progress and hooks.
  func takeStep() throws {
    optimizer.learningRateFactor = schedule.factor(at: step)
    try run(.stepBegins)
    optimizer.zeroGrad()
    let batches = takeBatches()
    let counts = batches.map(examplesIn)
    require(
      counts.allSatisfy { $0 > 0 }, "Trainer", "a batch of \(counts.min() ?? 0) examples")
    let total = Int(try strategy.sum([Double(counts.reduce(0, +))])[0])
    var weighted = 0.0
    for (i, (batch, count)) in zip(batches, counts).enumerated() {
      // The mean over all examples is the mean of the means, weighted by their examples. Gradients are
      // added up over batches, but averaged over ranks.
      let weight = Double(count * strategy.rankCount) / Double(total)
      batchLoss = try addGradients(of: batch, weight: weight, isLast: i == batches.count - 1)
      weighted += batchLoss * Double(count)
      try run(.batchEnds)
    }
    weighted = try strategy.sum([weighted])[0]
    loss = counts == [total] ? batchLoss : weighted / Double(total)
    try stepRule.unscale(optimizer, strategy)
    try run(.gradientsReady)
    try limitGradients()
    stepRule.update(optimizer)
    average?.update()
    state.step += 1
    state.lossSum += weighted
    state.examples += total
    processedExamples += total
    try record("step", .steps, [("step", .integer(step)), ("loss", .number(loss))])
    unreported = (loss, total)
    try run(.stepEnds)
  }

  /// Moves the progress bar on: once a step, with the metrics of its validation where it had one.
  func report(
    _ metrics: [(name: String, value: Double)] = []
  ) {
    guard unreported != nil || !metrics.isEmpty else { return }
    bar?.update(
      to: step, loss: unreported?.loss,
      metrics: metrics.map { (name: $0.name.replacing("_", with: " "), value: $0.value) },
      processed: unreported?.examples ?? 0)
    unreported = nil
  }

  /// The batches of one step. At the end of an epoch there may be fewer.
  private func takeBatches() -> [Batch] {
    let left = data.batchesPerEpoch.map { $0 - state.batch } ?? accumulation
    let batches = (0..<min(accumulation, left)).map { _ in data.next() }
    if data.batchesPerEpoch != nil { state.batch += batches.count }
    return batches
  }

  private func limitGradients() throws {
    switch clipping {
    case .norm(let maximum):
      let parameters = optimizer.parameters
      let squares = try strategy.totalSquares(sumOfSquaredGradients(parameters))
      gradientNorm =
        clipGradientNorm(parameters, maximum: maximum, sumOfSquares: squares).item()
    case .value(let maximum): clipGradientValue(optimizer.parameters, maximum: maximum)
    case nil: break
    }
  }

  /// Validates now: the metrics are recorded, and judged by ``monitor``.
  public func validate() throws {
    guard let validator else {
      fledgeTrap("Trainer", "no validation was given; call validate(every:metrics:) first")
    }
    let modes = TrainingModes(of: model)
    modes.evaluate()
    average?.swapIn()
    do {
      defer {
        average?.restore()
        modes.restore()
      }
      try run(.validationBegins)
      validation = try agreed(try withoutGradients { try validator.metrics() })
    }
    state.validationStep = step
    state.validation = Dictionary(
      validation.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    try judge()
    try record(
      "validation", .validations,
      [("step", .integer(step))] + validation.map { ($0.name, .number($0.value)) })
    report(validation)
    try run(.validationEnds)
  }

  /// Validates, where the last validation is not of this step.
  package func validateWhereOld() throws {
    if validator != nil && validationStep != step { try validate() }
  }

  /// The metrics over what all ranks have seen.
  private func agreed(_ metrics: [Metric]) throws -> [(name: String, value: Double)] {
    if strategy.rankCount == 1 { return metrics.map { ($0.name, $0.mean) } }
    let sums = try strategy.sum(
      metrics.flatMap { $0.weight == 0 ? [0, 0] : [$0.mean * $0.weight, $0.weight] })
    return metrics.enumerated().map { i, metric in
      (metric.name, sums[2 * i] / sums[2 * i + 1])
    }
  }

  private func judge() throws {
    guard let monitor else { return }
    guard let value = state.validation[monitor.metric] else {
      fledgeTrap(
        "Trainer",
        "the monitored metric '\(monitor.metric)' is none of the validation's, "
          + "\(validation.map(\.name))")
    }
    isNewBest = monitor.isBetter(value, than: state.best)
    if isNewBest {
      (state.best, state.bestStep) = (value, step)
      state.validationsSinceBest = 0
    } else {
      state.validationsSinceBest += 1
    }
  }
}
