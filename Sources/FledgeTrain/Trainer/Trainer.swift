import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import Foundation

/// Runs a training loop around a loss function, and does nothing else.
///
///     let trainer = Trainer(model, optimizer, on: TrainingData(loader)) { batch in
///       crossEntropy(model(batch.inputs), batch.targets)
///     }
///     trainer.schedule = CosineSchedule(warmUp: 100, total: 2000)
///     trainer.clipping = .norm(1)
///     trainer.validate(every: .epochs(1)) { ["accuracy": accuracy(of: model, on: test)] }
///     trainer.on(.epochEnds) { print($0.epoch, $0.epochLoss) }
///     try trainer.train(until: .epochs(10))
///
/// A step takes ``accumulation`` batches (fewer at the end of an epoch, which no step crosses),
/// adds their gradients up as one large batch would, clips them, and lets the optimizer step.
/// Validation, the end of the epoch and checkpoints follow if they are due, in the order that
/// ``TrainingHook`` documents. Use it from one thread.
///
/// A run that is resumed from a checkpoint of its own ends with the same bits as one that was never
/// interrupted: weights, optimizer, generators, place in the data, early stopping.
public final class Trainer<Batch> {
  /// The model.
  public let model: Module
  /// The optimizer of its parameters.
  public let optimizer: Optimizer
  let data: TrainingData<Batch>
  let lossOf: (Batch) -> Tensor
  let examplesIn: (Batch) -> Int
  /// The loss as a function of tensors, and the tensors of a batch; nil where the loss is a function of
  /// batches.
  package let tensorLoss: (arguments: (Batch) -> [Tensor], loss: ([Tensor]) -> Tensor)?

  // MARK: Settings

  /// The learning rate's factor at each step, counted from 0.
  public var schedule: any Schedule = ConstantSchedule()
  /// The number of batches in a step.
  public var accumulation = 1
  /// How gradients are clipped; nil for not at all.
  public var clipping: GradientLimit?
  /// The rule around forward, backward and update, such as `.mixedPrecision(.float16)`.
  public var stepRule: any StepRule = PlainStep()
  /// An average of the weights, updated after each step. Validation runs with it in place of the
  /// weights, and checkpoints keep it.
  public var average: WeightAverage?
  /// The validation metric that decides what is best and when to stop early.
  public var monitor: Monitor?
  /// When and where to save; nil saves nothing.
  public var checkpoints: CheckpointPlan?
  /// The generators that training draws from, by name; their states are kept in checkpoints.
  public var generators: [String: Generator] = ["default": .default]
  /// How this trainer trains together with others; alone unless it is set.
  public var strategy: any TrainingStrategy = SingleProcess()
  /// Where the progress bar goes; nil shows none.
  public var progress: ProgressOutput?
  /// The unit that the bar counts, such as `"tokens"`.
  public var unit = "samples"
  /// Whether Ctrl-C ends the run after its step, saved, instead of at once.
  public var handlesInterrupts = true

  /// A metric of a validation on this rank, and how many examples it is the mean of.
  typealias Metric = (name: String, mean: Double, weight: Double)
  var validator: (every: TrainingSpan, metrics: () throws -> [Metric])?
  var recorders: [(recorder: any MetricsRecorder, events: RecordedEvents)] = []
  var parts: [String: (save: () throws -> String, restore: (String) throws -> Void)] = [:]
  var tensorParts:
    [String: (state: () -> [String: Tensor], restore: ([String: Tensor]) throws -> Void)] = [:]
  private var hooks: [TrainingHook: [(Trainer) throws -> Void]] = [:]

  /// Makes of a function of tensors one that does the same in its own way: the floor of the compiler sets
  /// it.
  package var acceleration: ((@escaping ([Tensor]) -> [Tensor]) -> ([Tensor]) -> [Tensor])? {
    didSet { acceleratedPasses = nil }
  }
  /// What ``acceleration`` has made of forward and backward pass.
  var acceleratedPasses: AcceleratedPasses?

  // MARK: State

  var state = TrainingState()
  var bar: ProgressBar?
  /// What the bar does not show yet.
  var unreported: (loss: Double, examples: Int)?
  /// The number of the last step of this run; nil before it has begun.
  package private(set) var lastStep: Int?
  /// Examples of all steps since this trainer was made, as `count` counts them.
  package internal(set) var processedExamples = 0
  private var isStopRequested = false
  private var isPrepared = false
  /// Whether the last validation was the best, and not saved so far.
  var isNewBest = false

  /// The loss of the last batch on this rank.
  public internal(set) var batchLoss = Double.nan
  /// The mean loss of the last step's batches on all ranks, weighted by their examples.
  public internal(set) var loss = Double.nan
  /// The norm of the last step's gradients before clipping; nil if ``clipping`` is not by norm.
  public internal(set) var gradientNorm: Double?
  /// The metrics of the last validation, in their order; empty before the first.
  public internal(set) var validation: [(name: String, value: Double)] = []
  /// The checkpoint written last, by rank 0.
  public internal(set) var savedPath: String?

  /// - Parameters:
  ///   - count: how many examples (or tokens, see ``unit``) a batch holds: the weight of its mean
  ///     loss beside those of other batches, and what the progress bar counts. By default each
  ///     batch counts as one.
  ///   - loss: the mean loss over a batch, a scalar.
  public convenience init(
    _ model: Module, _ optimizer: Optimizer, on data: TrainingData<Batch>,
    count: ((Batch) -> Int)? = nil, loss: @escaping (Batch) -> Tensor
  ) {
    self.init(model, optimizer, data, count, loss, nil)
  }

  /// The same with a loss that sees tensors alone, so that it can be compiled: `compiled()` of
  /// FledgeCompiler.
  ///
  ///     let trainer = Trainer(
  ///       model, optimizer, on: TrainingData(loader), arguments: { [$0.inputs, $0.targets] }
  ///     ) { crossEntropy(model($0[0]), $0[1]) }
  ///
  /// - Parameters:
  ///   - count: as above
  ///   - arguments: all tensors of a batch that the loss depends on
  ///   - loss: the mean loss over a batch, a scalar
  public convenience init(
    _ model: Module, _ optimizer: Optimizer, on data: TrainingData<Batch>,
    count: ((Batch) -> Int)? = nil, arguments: @escaping (Batch) -> [Tensor],
    loss: @escaping ([Tensor]) -> Tensor
  ) {
    self.init(
      model, optimizer, data, count, { loss(arguments($0)) }, (arguments: arguments, loss: loss))
  }

  private init(
    _ model: Module, _ optimizer: Optimizer, _ data: TrainingData<Batch>,
    _ count: ((Batch) -> Int)?, _ loss: @escaping (Batch) -> Tensor,
    _ tensorLoss: (arguments: (Batch) -> [Tensor], loss: ([Tensor]) -> Tensor)?
  ) {
    self.model = model
    self.optimizer = optimizer
    self.data = data
    lossOf = loss
    self.tensorLoss = tensorLoss
    examplesIn = count ?? { _ in 1 }
    if count == nil { unit = "batches" }
  }

  /// Optimizer steps done.
  public var step: Int { state.step }
  /// Epochs done.
  public var epoch: Int { state.epoch }
  /// The mean loss over the examples of this epoch so far; between two, of the last one.
  public var epochLoss: Double { state.lossSum / Double(max(state.examples, 1)) }
  /// The best value of the monitored metric so far.
  public var best: Double? { state.best }
  /// The step after which ``best`` was measured.
  public var bestStep: Int? { state.bestStep }

  /// The step after which ``validation`` was made; nil before the first.
  public var validationStep: Int? { state.validationStep }

  /// The number of steps in an epoch; nil for data without end.
  public var stepsPerEpoch: Int? {
    data.batchesPerEpoch.map { ($0 + accumulation - 1) / accumulation }
  }

  // MARK: Hooks

  /// Calls `body` at each `hook`, after what was registered for it before.
  public func on(_ hook: TrainingHook, _ body: @escaping (Trainer) throws -> Void) {
    hooks[hook, default: []].append(body)
  }

  func run(_ hook: TrainingHook) throws {
    for body in hooks[hook] ?? [] { try body(self) }
  }

  /// Validates each `span`, and at the end of a completed run: `metrics` runs with the model in
  /// evaluation mode and without gradients.
  ///
  /// Where several ranks train, the metrics are the means over the ranks: each must measure all of
  /// the validation data, or an equal part. For parts of different sizes use
  /// ``validateMeans(every:metrics:)``.
  public func validate(
    every span: TrainingSpan, metrics: @escaping () throws -> KeyValuePairs<String, Double>
  ) {
    checkPositive(span, "validate")
    validator = (span, { try metrics().map { ($0.key, $0.value, 1) } })
  }

  /// The same for metrics that are means over examples: where several ranks train, each over a part of
  /// the data, they become the means over all examples, whatever the sizes of the parts.
  ///
  ///     trainer.validateMeans(every: .epochs(1)) {
  ///       var loss = RunningMean()
  ///       for batch in part { loss.add(meanLoss(batch), weight: Double(batch.count)) }
  ///       return ["val_loss": loss]
  ///     }
  public func validateMeans(
    every span: TrainingSpan, metrics: @escaping () throws -> KeyValuePairs<String, RunningMean>
  ) {
    checkPositive(span, "validate")
    validator = (span, { try metrics().map { ($0.key, $0.value.mean, $0.value.weight) } })
  }

  /// Ends the run after the step that is being taken, on all ranks.
  public func stop() { isStopRequested = true }

  // MARK: The loop

  /// Trains until this many steps or epochs are done in total, including those before a resumption.
  ///
  /// - Returns: why the run ended
  /// - Throws: what hooks, validation, recorders and the writing of checkpoints throw
  @discardableResult
  public func train(until span: TrainingSpan) throws -> TrainingEnd {
    require(accumulation > 0, "Trainer", "accumulation is \(accumulation), not positive")
    requirePlainPasses()
    let total = steps(in: span)
    lastStep = total
    let interruption = handlesInterrupts ? Interruption() : nil
    if !isPrepared { try strategy.prepare(model, optimizer) }
    isPrepared = true
    bar = (strategy.isWriter ? progress : nil).map {
      ProgressBar(total: total, startingAt: step, unit: unit, output: $0)
    }
    defer { endBar() }
    isStopRequested = false
    var end = step < total && hasLostPatience ? TrainingEnd.stoppedEarly : .completed
    try run(.trainingBegins)
    while step < total && end == .completed {
      if data.batchesPerEpoch != nil && state.batch == 0 { try beginEpoch() }
      try takeStep()
      let endsEpoch = state.batch == data.batchesPerEpoch
      if endsEpoch {
        state.epoch += 1
        state.batch = 0
      }
      if isValidationDue(endsEpoch, total) { try validate() }
      report()
      if endsEpoch { try endEpoch() }
      let wishes = try strategy.sum([
        interruption?.isRequested == true ? 1 : 0, isStopRequested ? 1 : 0,
      ])
      if wishes[0] > 0 {
        end = .interrupted
      } else if wishes[1] > 0 {
        end = .stopped
      } else if hasLostPatience {
        end = .stoppedEarly
      }
      try saveWhereDue(endsEpoch, isLast: end != .completed || step == total)
    }
    endBar()
    say(end, total)
    try run(.trainingEnds)
    return end
  }

  private var hasLostPatience: Bool {
    monitor?.patience.map { state.validationsSinceBest >= $0 } ?? false
  }

  private func beginEpoch() throws {
    state.lossSum = 0
    state.examples = 0
    try run(.epochBegins)
  }

  private func endEpoch() throws {
    var values: [(String, MetricValue)] = [
      ("epoch", .integer(epoch)), ("step", .integer(step)), ("loss", .number(epochLoss)),
    ]
    if validationStep == step { values += validation.map { ($0.name, .number($0.value)) } }
    try record("epoch", .epochs, values)
    try run(.epochEnds)
  }

  private func isValidationDue(_ endsEpoch: Bool, _ total: Int) -> Bool {
    guard let validator else { return false }
    return isDue(validator.every, endsEpoch) || step == total
  }

  func isDue(_ span: TrainingSpan, _ endsEpoch: Bool) -> Bool {
    switch span {
    case .steps(let count): step.isMultiple(of: count)
    case .epochs(let count): endsEpoch && epoch.isMultiple(of: count)
    }
  }

  private func steps(in span: TrainingSpan) -> Int {
    checkPositive(span, "train")
    switch span {
    case .steps(let count): return count
    case .epochs(let count):
      guard let stepsPerEpoch else {
        fledgeTrap("Trainer", "the data has no epochs; give the length of the run in steps")
      }
      return count * stepsPerEpoch
    }
  }

  func checkPositive(_ span: TrainingSpan, _ what: String) {
    switch span {
    case .steps(let count), .epochs(let count):
      require(count > 0, "Trainer", "\(what): the number of \(span) must be positive")
    }
  }

  private func endBar() {
    bar?.finish()
    bar = nil
  }
}
