import FledgeCore
import FledgeNN
import Synchronization

/// Asynchronous averages (`AsyncModelAverage` of Bagua, Gan et al. 2021): a mean of the ranks' weights is
/// on its way in the background all the time, and no rank waits for it or for another rank.
///
///     let average = try AsynchronousAverage(model, over: world)
///     …
///     optimizer.step()
///     average.step()              // takes a mean that has come, and sends the next one
///     …
///     try average.finish()        // one model on all ranks
///
/// A mean that comes is of weights that were sent some steps ago, so what this rank has done since then
/// is kept:   w = w + (mean − w when it was sent). Ranks may take different numbers of steps.
public final class AsynchronousAverage {
  private let group: Group
  private let weights: FlatWeights
  private var sent: [Tensor] = []
  private var pending: Pending<Round>?
  /// How many means this rank has taken.
  public private(set) var averages = 0

  /// The means, and how many ranks have come to their end.
  private struct Round: Sendable {
    let means: [Tensor]
    let finished: Int
  }

  /// Gives all ranks the weights of rank 0.
  public init(_ module: Module, over group: Group) throws {
    try group.broadcastParameters(of: module)
    // A group of its own: the order of its calls is that of the rounds, whatever else the rank does.
    self.group = try group.split(color: 0, key: group.rank, name: "average")!
    weights = FlatWeights(module)
  }

  /// After a step of the optimizer. It does not wait; an error of the exchange is thrown by the first
  /// call after it.
  public func step() throws {
    if let pending {
      guard pending.isDone else { return }
      try take(pending)
    }
    begin(isFinished: false)
  }

  /// Takes part until all ranks have come here, and gives them all the mean of their weights.
  public func finish() throws {
    if let pending { try take(pending) }
    while true {
      begin(isFinished: true)
      let round = try take(pending!)
      guard round.finished == group.count else { continue }
      // Nobody has taken a step since it began: the mean is that of what all have, to the bit.
      weights.set(round.means)
      return
    }
  }

  private func begin(isFinished: Bool) {
    sent = weights.values()
    pending = Pending(group) { [group, sent] in
      let means = try sent.map { try group.allReduce($0, .mean) }
      let finished = try group.allReduce(Tensor([isFinished ? 1.0 : 0.0])).item()
      return Round(means: means, finished: Int(finished))
    }
  }

  @discardableResult
  private func take(_ pending: Pending<Round>) throws -> Round {
    self.pending = nil
    let round = try pending.wait()
    averages += 1
    weights.update(withoutGradients { zip(round.means, sent).map { $0 - $1 } }) { $0 += $1 }
    return round
  }
}
