import FledgePlots

/// The progress of a training run: step, loss (smoothed), further metrics, speed, time left.
///
/// ```swift
/// let progress = ProgressBar(total: steps, unit: "tokens")
/// for step in 1...steps {
///   …
///   progress.update(
///     to: step, loss: loss, metrics: ["rate": learningRate], processed: batch.count)
/// }
/// progress.finish()
/// ```
///
/// On a terminal it is one line on standard error, redrawn at most ten times a second and no wider
/// than the window. Elsewhere (a file, a pipe, `TERM=dumb`) it is a plain line at the first step,
/// after each tenth of the steps, after each 30 seconds, and at the end. Use it only from the
/// thread that trains.
public final class ProgressBar {
  private let label: String
  private let total: Int
  private let unit: String
  private let output: ProgressOutput
  private let now: () -> ContinuousClock.Instant

  private let start: ContinuousClock.Instant
  private let firstStep: Int
  private var step: Int
  private var loss = ExponentialMovingAverage(weight: 0.95)
  /// Shown in place of the average while the loss is NaN or infinite: no news is worse.
  private var brokenLoss: Double?
  private var metrics: [(name: String, value: Double)] = []
  /// The step that the metrics were given at.
  private var metricsStep = 0
  private var stepRate = RateMeter()
  private var unitRate = RateMeter()
  private var lastUpdate: ContinuousClock.Instant
  private var lastDrawing: ContinuousClock.Instant?
  private var lastTenth: Int
  private var processed = 0
  /// The text on the terminal now.
  private var lastLine = ""
  /// The step of the last line or drawing, and that of the metrics it shows.
  private var lastShown: (step: Int, metricsStep: Int)?
  private var isFinished = false
  private let interruptedLine: InterruptedLine?

  /// - Parameters:
  ///   - total: the number of the last step
  ///   - startingAt: the steps already done, for a run that is resumed
  ///   - label: a word in front, such as the phase
  ///   - unit: what ``update(to:loss:metrics:processed:)`` counts in `processed`, such as
  ///     `"tokens"` or `"samples"`; the speed is given in steps where nothing is processed
  public init(
    total: Int, startingAt firstStep: Int = 0, label: String = "", unit: String = "samples",
    output: ProgressOutput = .standardError,
    now: @escaping () -> ContinuousClock.Instant = { .now }
  ) {
    self.total = total
    self.label = label
    self.unit = unit
    self.output = output
    self.now = now
    self.firstStep = firstStep
    step = firstStep
    start = now()
    lastUpdate = start
    lastTenth = total > 0 ? firstStep * 10 / total : 0
    interruptedLine =
      output.isTerminal && output.endsLineWhenInterrupted ? InterruptedLine() : nil
  }

  deinit { finish() }

  /// Reports that `step` steps are done.
  ///
  /// - Parameters:
  ///   - loss: the loss of this step; shown as an exponential moving average
  ///   - metrics: shown as they are, in this order; the last ones given stay
  ///   - processed: the samples or tokens since the last report
  public func update(
    to step: Int, loss newLoss: Double? = nil,
    metrics newMetrics: KeyValuePairs<String, Double> = [:], processed: Int = 0
  ) {
    update(
      to: step, loss: newLoss, metrics: newMetrics.map { (name: $0.key, value: $0.value) },
      processed: processed)
  }

  /// ``update(to:loss:metrics:processed:)`` for metrics that are put together at run time.
  func update(
    to step: Int, loss newLoss: Double? = nil, metrics newMetrics: [(name: String, value: Double)],
    processed: Int = 0
  ) {
    guard !isFinished else { return }
    let time = now()
    stepRate.add(step - self.step, over: time - lastUpdate)
    if processed > 0 { unitRate.add(processed, over: time - lastUpdate) }
    self.processed += processed
    lastUpdate = time
    self.step = step
    if let newLoss {
      brokenLoss = newLoss.isFinite ? nil : newLoss
      loss.add(newLoss)
    }
    if !newMetrics.isEmpty { (metrics, metricsStep) = (newMetrics, step) }
    if output.isTerminal {
      let isDue = lastDrawing.map { time - $0 >= .milliseconds(100) } ?? true
      if isDue { draw(at: time) }
    } else {
      let tenth = total > 0 ? step * 10 / total : 0
      let isDue = lastDrawing.map { time - $0 >= .seconds(30) } ?? true
      if isDue || tenth > lastTenth { writeLine(at: time) }
      lastTenth = tenth
    }
  }

  /// Writes the last line and leaves it there; metrics of an earlier step show that step
  /// (`rate@150`). This also happens when the bar is released, so that an error thrown out of the
  /// loop starts on its own line.
  public func finish() {
    guard !isFinished else { return }
    isFinished = true
    // The signals go back to the default only after the line has ended.
    defer { interruptedLine?.restore() }
    guard let lastShown else { return }
    if output.isTerminal {
      draw(at: now())
      output.write("\n")
    } else if lastShown < (step, metricsStep) {
      writeLine(at: now())
    }
  }

  /// Writes `text` on a separate line above the bar.
  public func message(_ text: String) {
    withoutBar { output.write(text + "\n") }
  }

  /// Hides the bar while `body` writes to the terminal, for other output on the same screen, such
  /// as metrics on standard output.
  public func withoutBar<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isDrawn = output.isTerminal && !lastLine.isEmpty && !isFinished
    if isDrawn { output.write("\r\u{1B}[K") }
    defer {
      if isDrawn { output.write(lastLine) }
    }
    return try body()
  }

  private func draw(at time: ContinuousClock.Instant) {
    lastDrawing = time
    lastShown = (step, metricsStep)
    // The last column stays free: many terminals wrap as soon as it is written.
    let width = max(output.columns() - 1, 1)
    let text = line(at: time).terminal(width: width, style: output.style)
    if text == lastLine { return }
    lastLine = text
    // Writing over the old text and erasing only the rest does not flicker.
    output.write("\r\(text)\u{1B}[K")
  }

  private func writeLine(at time: ContinuousClock.Instant) {
    lastDrawing = time
    lastShown = (step, metricsStep)
    output.write(line(at: time).plain + "\n")
  }

  private func line(at time: ContinuousClock.Instant) -> ProgressLine {
    let lossShown = brokenLoss ?? loss.value
    let left = total - step
    let remaining = stepRate.rate.flatMap { rate -> Duration? in
      left > 0 && rate > 0 && !isFinished ? .seconds(min(Double(left) / rate, 1e9)) : nil
    }
    let isOld = isFinished && metricsStep < step
    let dated = metrics.map { (name: "\($0.name)@\(metricsStep)", value: $0.value) }
    return ProgressLine(
      label: label, step: step, total: total,
      metrics: (lossShown.map { [(name: "loss", value: $0)] } ?? []) + (isOld ? dated : metrics),
      rate: rate(at: time), elapsed: time - start, remaining: remaining)
  }

  /// The speed of the last seconds; at the end, that of the whole run.
  private func rate(at time: ContinuousClock.Instant) -> (value: Double, unit: String)? {
    let elapsed = (time - start).seconds
    if isFinished && elapsed > 0 {
      let (count, unit) = processed > 0 ? (processed, unit) : (step - firstStep, "steps")
      return (Double(count) / elapsed, unit)
    }
    return unitRate.rate.map { ($0, unit) } ?? stepRate.rate.map { ($0, "steps") }
  }
}
