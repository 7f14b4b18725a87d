import FledgeCore
import FledgeNN

/// Local SGD (Stich 2019; McMahan et al. 2017, "FedAvg"): ranks train alone and take the mean of their
/// weights every H steps, which sends 1/H of what averaging each gradient does.
///
///     let average = try PeriodicAverage(model, over: world, every: 8)
///     …
///     optimizer.step()
///     try average.step()
///
/// With H = 1 and plain SGD it is synchronous SGD: the mean of w − η g_i is w − η times the mean of g_i.
public final class PeriodicAverage {
  /// H, how many steps there are from mean to mean.
  public let period: Int
  private let group: Group
  private let weights: FlatWeights
  private var steps = 0

  /// Gives all ranks the weights of rank 0.
  public init(_ module: Module, over group: Group, every period: Int) throws {
    require(period > 0, "PeriodicAverage", "a period has one step or more, got \(period)")
    self.period = period
    self.group = group
    try group.broadcastParameters(of: module)
    weights = FlatWeights(module)
  }

  /// After a step of the optimizer; all ranks take as many.
  public func step() throws {
    steps += 1
    if steps % period == 0 { try average() }
  }

  /// Takes the mean now, as after the last step.
  public func average() throws {
    weights.set(try weights.values().map { try group.allReduce($0, .mean) })
  }
}
