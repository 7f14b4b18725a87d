import FledgeCore
import FledgeNN
import FledgeTrain
import Foundation

/// A training that the studio shows in the browser while it runs. ``/FledgeTrain/Trainer`` makes one
/// by `live(_:)`; a loop of your own uses it directly:
///
///     let run = try LiveRun("my-training", total: steps)
///     for step in 1...steps {
///       optimizer.learningRateFactor = schedule.factor(at: step) * run.rateFactor
///       … loss.backward() …
///       optimizer.step()
///       guard run.step(step, loss: loss.item(), model: model) else { break }
///     }
///     run.finish()
///
/// The training never waits for the page, except where the page pauses it. Pictures are made only
/// while a page looks, at most ten times a second, and so rarely that they take no more than
/// ``pictureShare`` of the time; and once more at the end. Use it from the thread that trains.
public final class LiveRun {
  /// The most that pictures may take of the time, 2%; the page can ask for one at once.
  public static let pictureShare = 0.02
  /// How often the norms of the gradients are noted while nobody looks: once in this time, and so
  /// rarely that they take no more than this part of it.
  private static let (normInterval, normShare) = (Duration.seconds(1), 0.0005)

  /// The address of the run's page.
  public let address: String
  private let link: StudioLink
  /// What the page wanted when it last sent a command, and how many it had sent by then.
  private var wishes = StudioLink.Wishes()
  private var seenCommands = 0
  /// Whether something has changed that a page should see at once.
  private var isFresh = false
  /// Points that the link has not got yet.
  private var curves: [String: Curve] = [:]
  private let now: () -> ContinuousClock.Instant
  private var status = RunStatus()
  private var pictures: [(name: String, make: () -> LivePicture?)] = []
  private var isFinished = false

  /// When the run began, and how much of the time since then it was paused.
  private let start: ContinuousClock.Instant
  private var paused = Duration.zero
  /// The time that the pictures of this step, and of all steps, have taken.
  private var cost = Duration.zero
  private var totalCost = Duration.zero
  private var nextPicture: ContinuousClock.Instant
  private var lastStatus: ContinuousClock.Instant
  /// When the norms of the gradients are next noted, while nobody looks.
  private var nextNorms: ContinuousClock.Instant
  private var layers: [LayerSamples] = []
  private var activations: [ObservedActivation] = []

  /// Whether Ctrl-C ended a pause.
  private(set) var wasInterrupted = false
  /// Whether pictures are made in this step.
  private(set) var isPictureDue = false

  /// Connects to the studio, and starts it where none runs.
  ///
  /// - Parameters:
  ///   - name: what the page calls the run
  ///   - total: the number of the last step, for the time left
  ///   - unit: what `processed` counts
  ///   - floor: the loss that no model can beat, where it is known
  /// - Throws: ``StudioError``
  public convenience init(
    _ name: String, total: Int? = nil, unit: String = "steps", parameters: Int? = nil,
    floor: Double? = nil
  ) throws(StudioError) {
    let link = try StudioStarter.connect()
    self.init(
      RunDescription(name: name, total: total, unit: unit, parameters: parameters, floor: floor),
      over: link)
    say("watch it at \(address)")
  }

  /// - Throws: ``StudioError``
  package convenience init(_ description: RunDescription) throws(StudioError) {
    self.init(description, over: try StudioStarter.connect())
  }

  package init(
    _ description: RunDescription, over link: StudioLink,
    now: @escaping () -> ContinuousClock.Instant = { .now }
  ) {
    self.link = link
    self.now = now
    address = link.greeting.address + "#/watch/" + link.greeting.run
    start = now()
    nextPicture = start
    lastStatus = start
    nextNorms = start
    link.begin(description)
    link.set(status)
  }

  deinit {
    guard !isFinished else { return }
    status.state = .lost
    handOverCurves()
    link.end(status)
  }

  /// Tells the page what was not known at first.
  package func describe(_ description: RunDescription) { link.begin(description) }

  // MARK: What the page sees

  /// Adds a point to the curve `name`.
  public func record(_ name: String, _ value: Double, at step: Int) {
    note(name, value, at: step)
    let time = now()
    if time - lastStatus >= .milliseconds(100) { tell(status.state, at: time) }
  }

  /// The same, to be told with the end of the step.
  package func note(_ name: String, _ value: Double, at step: Int) {
    curves[name, default: Curve()].append(Double(step), value)
  }

  /// Shows what `make` returns, as often as pictures are made; nil shows nothing new. It may ask the
  /// model, but must leave it as it is, and draw no random numbers from the run's generators. A picture of
  /// this name that was asked for before is replaced.
  public func show(_ name: String, _ make: @escaping () -> LivePicture?) {
    pictures.removeAll { $0.name == name }
    pictures.append((name, make))
  }

  /// Shows a picture once, whoever looks: what an epoch has brought, for instance.
  public func show(_ name: String, once picture: LivePicture) {
    link.add(NamedPicture(name: name, step: status.step, picture: picture))
  }

  // MARK: The steps of a loop

  /// All that a loop has to say about a step, after the backward pass: the loss, the gradients, and
  /// the pictures that are due. Then it waits while the page has paused the run.
  ///
  /// - Parameters:
  ///   - name: the curve of the loss
  ///   - processed: the samples or tokens since the run began
  /// - Returns: whether to go on; false where the page asked to end the run
  public func step(
    _ step: Int, loss: Double, named name: String = "loss", model: Module, processed: Int = 0
  ) -> Bool {
    decideOnPictures()
    note(name, loss, at: step)
    gradientsReady(model, at: step)
    stepEnds(step, processed: processed)
    waitWhilePaused()
    if wasInterrupted { raise(SIGINT) }
    return !isStopRequested
  }

  /// Waits while the page has paused the run, and decides whether this step is one for pictures.
  func stepBegins() {
    waitWhilePaused()
    decideOnPictures()
  }

  private func decideOnPictures() {
    lookForCommands()
    isPictureDue = wishes.pages > 0 && (isFresh || now() >= nextPicture)
    if isPictureDue { isFresh = false }
    cost = .zero
  }

  private func lookForCommands() {
    let count = link.commandCount
    guard count != seenCommands else { return }
    (wishes, seenCommands, isFresh) = (link.wishes, count, true)
    status.rateFactor = wishes.rateFactor
  }

  /// Runs a forward pass; where pictures are due, its activations are looked at.
  func observing(_ forward: () -> Tensor) -> Tensor {
    guard isPictureDue, activations.isEmpty else { return forward() }
    let observer = ActivationObserver()
    let result = withTransformation(observer) { forward() }
    activations = observer.found
    cost += observer.time
    return result
  }

  /// Looks at weights and gradients, where pictures are due: after the backward pass, before the
  /// gradients are clipped. While nobody looks, it only notes the norms of the gradients, for a page
  /// that opens later.
  func gradientsReady(_ model: Module, at step: Int) {
    if isPictureDue {
      timed {
        layers = samples(of: model)
        noteGradientNorms(of: model, at: step)
      }
    } else if now() >= nextNorms {
      let begin = now()
      noteGradientNorms(of: model, at: step)
      let end = now()
      nextNorms = end + max(Self.normInterval, (end - begin) * (1 / Self.normShare))
    }
  }

  private func samples(of model: Module) -> [LayerSamples] {
    model.namedParameters().compactMap { name, parameter in
      guard let value = parameter.value else { return nil }
      var layer = LayerSamples(name: name)
      layer.weight = Sample(of: value.detached())
      layer.gradient = parameter.grad.map { Sample(of: $0.detached()) }
      return layer
    }
  }

  /// The norm over the parameters of each layer.
  private func noteGradientNorms(of model: Module, at step: Int) {
    // A loop may go on with another model.
    var squares: [(name: String, value: Double)] = []
    for (name, parameter) in model.namedParameters() {
      guard let gradient = parameter.grad else { continue }
      let square = withoutGradients { gradient.sumOfSquares().item() }
      let module = name.split(separator: ".").dropLast().joined(separator: ".")
      let key = module.isEmpty ? name : module
      if squares.last?.name == key {
        squares[squares.count - 1].value += square
      } else {
        squares.append((key, square))
      }
    }
    for (name, square) in squares {
      note("gradient_norm/\(name)", square.squareRoot(), at: step)
    }
  }

  /// Counts the step, and makes the pictures that are due.
  ///
  /// - Parameter processed: the samples or tokens since the run began
  package func stepEnds(_ step: Int, epoch: Int? = nil, processed: Int = 0) {
    status.step = step
    status.epoch = epoch
    status.processed = processed
    if isPictureDue {
      handOverCurves()
      timed { makePictures(step) }
      let time = now()
      totalCost += cost
      let pause = max(0.1, cost.seconds * (1 / Self.pictureShare - 1))
      nextPicture = time + .seconds(pause)
      isPictureDue = false
      activations = []
      tell(.running, at: time)
    } else {
      let time = now()
      if time - lastStatus >= .milliseconds(100) { tell(.running, at: time) }
    }
  }

  /// Whether the page asked to end the run. The program ends it as if it were complete.
  public var isStopRequested: Bool {
    lookForCommands()
    return wishes.isStopRequested
  }

  /// The factor on the schedule's learning rate that the page chose.
  public var rateFactor: Double {
    lookForCommands()
    return wishes.rateFactor
  }

  /// Says that the run is over, and sends what is left.
  public func finish() {
    guard !isFinished else { return }
    isFinished = true
    // What the run has come to is there for a page that opens later, too.
    showPictures(status.step)
    status.state = isStopRequested ? .stopped : .finished
    status.seconds = trainingSeconds(at: now())
    handOverCurves()
    link.end(status)
  }

  // MARK: Details

  private func waitWhilePaused() {
    lookForCommands()
    guard wishes.isPaused, !link.mayGoOn(waitingAtMost: 0) else { return }
    let begin = now()
    tell(.paused, at: begin)
    // Ctrl-C ends the pause; what it does to the run is decided where the run handles it.
    let interruption = Interruption()
    while !link.mayGoOn(waitingAtMost: 0.1) && !interruption.isRequested {}
    wasInterrupted = interruption.isRequested
    paused += now() - begin
  }

  private func tell(_ state: RunStatus.State, at time: ContinuousClock.Instant) {
    lastStatus = time
    status.state = state
    status.seconds = trainingSeconds(at: time)
    status.overhead = totalCost.seconds / max(status.seconds, 1e-9)
    handOverCurves()
    link.set(status)
  }

  private func handOverCurves() {
    guard !curves.isEmpty else { return }
    link.add(curves)
    curves = [:]
  }

  private func trainingSeconds(at time: ContinuousClock.Instant) -> Double {
    (time - start - paused).seconds
  }

  private func timed(_ body: () -> Void) {
    let begin = now()
    body()
    cost += now() - begin
  }

  private func showPictures(_ step: Int) {
    for (name, make) in pictures {
      if let picture = withMemoryTag(.temporary, { withoutGradients(make) }) {
        link.add(NamedPicture(name: name, step: step, picture: picture))
      }
    }
  }

  private func makePictures(_ step: Int) {
    func send(_ name: String, _ picture: LivePicture) {
      link.add(NamedPicture(name: name, step: step, picture: picture))
    }
    showPictures(step)
    let seen = activations.enumerated().map { index, activation in
      LayerSamples(name: "\(activation.name) \(index + 1)", activation: activation)
    }
    if !layers.isEmpty || !seen.isEmpty { send("layers", .layers(layers + seen)) }
    let bytes = MemoryStatistics.current.liveBytesByTag
    send(
      "memory",
      .memory(
        Dictionary(uniqueKeysWithValues: MemoryTag.allCases.map { ("\($0)", bytes[$0] ?? 0) })))
  }
}
