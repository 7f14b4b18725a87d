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
    let total = counts.reduce(0, +)
    require(
      counts.allSatisfy { $0 > 0 }, "Trainer", "a batch of \(counts.min() ?? 0) examples")
    var weighted = 0.0
    for (batch, count) in zip(batches, counts) {
      let result = stepRule.forward { lossOf(batch) }
      require(
        result.count == 1, "Trainer", "the loss must be a scalar, its shape is \(result.shape)")
      // The mean over all examples is the mean of the means, weighted by their examples.
      stepRule.backward(
        batches.count == 1 ? result : result * (Double(count) / Double(total)))
      batchLoss = result.item()
      weighted += batchLoss * Double(count)
      try run(.batchEnds)
    }
    loss = batches.count == 1 ? batchLoss : weighted / Double(total)
    stepRule.unscale(optimizer)
    try run(.gradientsReady)
    limitGradients()
    stepRule.update(optimizer)
    average?.update()
    state.step += 1
    state.lossSum += weighted
    state.examples += total
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

  private func limitGradients() {
    switch clipping {
    case .norm(let maximum):
      gradientNorm = clipGradientNorm(optimizer.parameters, maximum: maximum)
    case .value(let maximum): clipGradientValue(optimizer.parameters, maximum: maximum)
    case nil: break
    }
  }

  /// Validates now: the metrics are recorded, and judged by ``monitor``.
  public func validate() throws {
    guard let validator else {
      fledgeTrap("Trainer", "no validation was given; call validate(every:metrics:) first")
    }
    let wasTraining = model.isTraining
    model.eval()
    average?.swapIn()
    do {
      defer {
        average?.restore()
        model.train(wasTraining)
      }
      try run(.validationBegins)
      validation = try withoutGradients { try validator.metrics() }
        .map { ($0.key, $0.value) }
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
