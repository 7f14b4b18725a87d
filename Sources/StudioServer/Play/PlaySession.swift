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
    var fault: String?
  }

  let configuration: PlayConfiguration
  let view: PlayView
  private let learner: LearnerProgram?
  private let state = Signalled(State())

  /// - Parameter learner: what trains, where the configuration asks for the learner's code
  /// - Throws: ``PlayError`` where the configuration cannot be trained
  init(_ configuration: PlayConfiguration, learner: LearnerProgram? = nil) throws(PlayError) {
    try configuration.check()
    if configuration.isMine == true && learner == nil { throw .noLearner }
    self.configuration = configuration
    self.learner = configuration.isMine == true ? learner : nil
    view = PlayView(configuration)
    Thread.detachNewThread { [self] in train() }
  }

  /// Why the training is over; nil while it is not.
  var fault: String? { state.change { $0.fault } }

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
    return state.wait(atMost: seconds) { state -> PlayPicture?? in
      if state.fault != nil { return .some(nil) }
      guard let picture = state.picture else { return nil }
      state.picture = nil
      state.lastUse = Date()
      return picture
    } ?? nil
  }

  /// The weights now, by name.
  func weights() -> [String: Tensor]? {
    let wanted = state.update { state in
      state.weightsWanted += 1
      return state.weightsWanted
    }
    // Longer than a learner's program may take for one answer.
    return state.wait(atMost: 60) { state in
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
    let training = engine()
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
      let reply = training(
        PlayRequest(
          steps: work.isRunning ? (work.pages > 0 ? work.speed : 0) : work.steps,
          learningRate: work.learningRate, isRunning: work.isRunning,
          wantsPicture: work.isPictureWanted,
          wantsWeights: work.weightsWanted > (work.weights?.id ?? 0)))
      state.update { state in
        if let picture = reply.picture {
          state.picture = picture
          state.isPictureWanted = false
        }
        if let weights = reply.weights {
          let pairs = weights.map { ($0.name, Tensor($0.values, shape: Shape($0.shape))) }
          state.weights = (work.weightsWanted, Dictionary(uniqueKeysWithValues: pairs))
        }
        state.fault = reply.fault
      }
      if reply.fault != nil { return }
      let rest = 1 / Self.pictureRate - (ContinuousClock.now - begin).seconds
      if work.isRunning && rest > 0 { Thread.sleep(forTimeInterval: rest) }
    }
  }

  /// What trains: this program, or one with the learner's code.
  private func engine() -> (PlayRequest) -> PlayReply {
    guard let learner else { return PlayTraining(configuration).answer }
    do {
      return try LearnerProcess(learner, configuration).answer
    } catch {
      let fault = "your code's program cannot be started: \(error.localizedDescription)"
      return { _ in PlayReply(fault: fault) }
    }
  }
}
