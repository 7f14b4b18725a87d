import Fledge
import FledgeStudio
import Foundation

/// A training of the playground, on a thread of its own, for one page.
///
/// It trains `speed` steps at a time, thirty times a second. A picture of its state is made only when
/// the page has taken the last one; what the page has not seen by then is never made.
final class PlaySession: Sendable {
  /// Pictures a second, at most.
  static let pictureRate = 30.0
  /// The sides of the grids: of the model's answer, and of each unit's.
  static let answerSide = 64
  static let unitSide = 20
  /// The most steps between two pictures.
  static let speedLimit = 1000

  /// What a page can ask for.
  struct Command: Codable, Sendable, Equatable {
    var run: Bool?
    /// Single steps to take while it stands.
    var steps: Int?
    var speed: Int?
    var learningRate: Double?
  }

  private struct State {
    var isRunning = false
    var steps = 0
    var speed = 1
    var learningRate: Double?
    var isPictureWanted = true
    var picture: PlayPicture?
    var pages = 0
    var lastUse = Date()
    var isEnding = false
    var weights: (id: Int, data: [String: Tensor])?
    var weightsWanted = 0
  }

  let configuration: PlayConfiguration
  let view: PlayView
  private let state = Signalled(State())

  /// - Throws: ``PlayError`` where the configuration cannot be trained
  init(_ configuration: PlayConfiguration) throws(PlayError) {
    try configuration.check()
    self.configuration = configuration
    view = PlayView(configuration)
    Thread.detachNewThread { [self] in train() }
  }

  func send(_ command: Command) {
    state.update { state in
      state.lastUse = Date()
      if let run = command.run { state.isRunning = run }
      if let steps = command.steps { state.steps += min(max(steps, 0), Self.speedLimit) }
      if let speed = command.speed { state.speed = min(max(speed, 1), Self.speedLimit) }
      if let rate = command.learningRate, rate > 0, rate <= 10 { state.learningRate = rate }
    }
  }

  /// The next picture; waits for it for at most `seconds`.
  func nextPicture(atMost seconds: Double) -> PlayPicture? {
    state.update { $0.isPictureWanted = true }
    return state.wait(atMost: seconds) { state in
      guard let picture = state.picture else { return nil }
      state.picture = nil
      state.lastUse = Date()
      return picture
    }
  }

  /// The weights now, by name.
  func weights() -> [String: Tensor]? {
    let wanted = state.update { state in
      state.weightsWanted += 1
      return state.weightsWanted
    }
    return state.wait(atMost: 5) { state in
      state.weights.flatMap { $0.id >= wanted ? $0.data : nil }
    }
  }

  func pageOpens(_ opens: Bool) {
    state.update { state in
      state.pages += opens ? 1 : -1
      state.lastUse = Date()
      if opens { state.isPictureWanted = true }
    }
  }

  /// How long no page has looked.
  var idleSeconds: Double {
    state.change { $0.pages > 0 ? 0 : -$0.lastUse.timeIntervalSinceNow }
  }

  func end() { state.update { $0.isEnding = true } }

  // MARK: The thread that trains

  private func train() {
    let model = withGenerator(Generator(seed: UInt64(configuration.seed))) {
      configuration.layers()
    }
    let trainer = configuration.trainer(model)
    var curve = PlayCurve()
    while true {
      // While it stands, it sleeps until something is wanted.
      let work = state.wait(atMost: 60) { state -> State? in
        let isAwake =
          state.isRunning || state.steps > 0 || state.isEnding
          || (state.isPictureWanted && state.picture == nil)
          || state.weightsWanted > (state.weights?.id ?? 0)
        guard isAwake else { return nil }
        let copy = state
        if !state.isRunning { state.steps = 0 }
        return copy
      }
      guard let work else { continue }
      if work.isEnding { return }
      let begin = ContinuousClock.now
      if let rate = work.learningRate { trainer.optimizer.learningRate = rate }
      let steps = work.isRunning ? (work.pages > 0 ? work.speed : 0) : work.steps
      if steps > 0 {
        // No hook, recorder or checkpoint is there to throw.
        _ = try? trainer.train(until: .steps(trainer.step + steps))
      }
      if work.isPictureWanted {
        let picture = view.picture(model, trainer, &curve, isRunning: work.isRunning)
        state.update { state in
          state.picture = picture
          state.isPictureWanted = false
        }
      }
      if work.weightsWanted > (work.weights?.id ?? 0) {
        let pairs = model.stateDict().map { ($0.name, $0.value) }
        let weights = Dictionary(uniqueKeysWithValues: pairs)
        state.update { $0.weights = (work.weightsWanted, weights) }
      }
      let rest = 1 / Self.pictureRate - (ContinuousClock.now - begin).seconds
      if work.isRunning && rest > 0 { Thread.sleep(forTimeInterval: rest) }
    }
  }
}
