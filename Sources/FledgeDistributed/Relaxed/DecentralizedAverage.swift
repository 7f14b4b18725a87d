import FledgeCore
import FledgeNN

/// Decentralised training (Lian et al. 2017; `Decentralized` of Bagua, Gan et al. 2021): after a step each
/// rank meets one other, and both go on from the mean of their weights. One message of P bytes a step from
/// each rank, over one link, whatever the number of ranks; no rank waits for more than its peer.
///
///     let average = try DecentralizedAverage(model, over: world)
///     …
///     optimizer.step()
///     try average.step()
///
/// Weights differ between ranks, as their data do. The mean over all ranks is that of the steps alone: a
/// meeting does not change it. For one model in the end, call ``finish()``.
public final class DecentralizedAverage {
  private let group: Group
  private let weights: FlatWeights
  private var steps = 0

  /// Gives all ranks the weights of rank 0.
  public init(_ module: Module, over group: Group) throws {
    self.group = group
    try group.broadcastParameters(of: module)
    weights = FlatWeights(module)
  }

  /// After a step of the optimizer; all ranks take as many.
  public func step() throws {
    defer { steps += 1 }
    guard let peer = Self.peer(of: group.rank, among: group.count, round: steps) else { return }
    let own = weights.values()
    let others = try own.enumerated().map { try group.exchange($1, with: peer, tag: $0) }
    weights.set(withoutGradients { zip(own, others).map { ($0 + $1) * 0.5 } })
  }

  /// Gives all ranks the mean of all.
  public func finish() throws {
    weights.set(try weights.values().map { try group.allReduce($0, .mean) })
  }

  /// Whom a rank meets in a round: the circle method of tournaments. In N − 1 rounds (N where N is odd)
  /// everybody meets everybody once; where N is odd one rank a round meets nobody.
  ///
  ///     N = 4:   0–3 1–2   1–3 2–0   2–3 0–1
  public static func peer(of rank: Int, among count: Int, round: Int) -> Int? {
    let seats = count + count % 2
    if seats < 2 { return nil }
    // The last seat stays, the others turn around it.
    let turning = seats - 1
    let round = round % turning
    let peer: Int
    if rank == turning {
      peer = round
    } else if rank == round {
      peer = turning
    } else {
      peer = (2 * round - rank + 2 * turning) % turning
    }
    return peer < count ? peer : nil
  }
}
