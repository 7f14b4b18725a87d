import Fledge
import FledgeStudio
import Foundation

/// The weights of a network that is trained, on a thread of its own, when it is first asked for.
final class TrainedWeights: Sendable {
  private struct State {
    var isStarted = false
    var progress = 0.0
    var weights: [String: Tensor]?
  }

  private let state = Signalled(State())
  /// Trains, and tells which part of it is done.
  private let train: @Sendable (_ tell: @escaping @Sendable (Double) -> Void) -> Module

  init(_ train: @escaping @Sendable (_ tell: @escaping @Sendable (Double) -> Void) -> Module) {
    self.train = train
  }

  /// The part of the training that is done, 0…1.
  var progress: Double { state.change { $0.progress } }

  /// The weights by name; waits for them for at most `seconds`. Nil while the training goes on.
  func callAsFunction(atMost seconds: Double) -> [String: Tensor]? {
    let isFirst = state.change { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    if isFirst {
      Thread.detachNewThread { [self] in
        let model = train { [state] part in state.update { $0.progress = part } }
        let pairs = model.stateDict().map { ($0.name, $0.value) }
        state.update { $0.weights = Dictionary(uniqueKeysWithValues: pairs) }
      }
    }
    return state.wait(atMost: seconds) { $0.weights }
  }
}

extension Trainer {
  /// Trains a small network to the end, without files and signals.
  func trainQuietly(steps: Int, _ tell: @escaping @Sendable (Double) -> Void) {
    handlesInterrupts = false
    on(.stepEnds) { tell(Double($0.step) / Double(steps)) }
    // No hook, recorder or checkpoint is there to throw.
    _ = try? train(until: .steps(steps))
  }
}
