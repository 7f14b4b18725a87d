import FledgeCore
import FledgeNN
import FledgeOptim

/// How a ``Trainer`` trains together with others: several *ranks* (processes, or threads), each with a
/// trainer of its own and a part of every batch, that end with the same weights.
///
///     trainer.strategy = DataParallel(group)      // a strategy of your own
///     try trainer.train(until: .epochs(10))       // the same program on every rank
///
/// The trainers of all ranks call their strategies at the same points in the same order, so each
/// method may wait for the others. A step calls ``sum(_:)`` of the examples,
/// ``backward(_:isLast:)`` for each batch, ``sum(_:)`` of the losses, ``totalSquares(_:)`` to clip
/// the norm, and ``sum(_:)`` of the requests to stop. The loss, the norm, the validation metrics,
/// the best checkpoint and the end of the run are then the same on all.
///
/// Every rank takes the same number of batches; only the sizes of batches may differ. An error in a
/// method, such as a lost connection, ends the run there.
///
/// The defaults are for a single rank.
public protocol TrainingStrategy {
  /// How many ranks there are.
  var rankCount: Int { get }
  /// Which one this is, 0 ..< ``rankCount``. Rank 0 writes checkpoints, logs and the progress bar.
  var rank: Int { get }

  /// Is called once, before the first step and after a resumption, to give all ranks the weights of
  /// rank 0, or each its part of them.
  func prepare(_ model: Module, _ optimizer: Optimizer) throws

  /// Runs the backward pass of one batch's loss; must add its gradients up.
  ///
  /// - Parameter isLast: Whether it is the last batch of the step: then all gradients must become
  ///   their means over the ranks. Those of earlier batches are only added up.
  func backward(_ loss: Tensor, isLast: Bool) throws

  /// Σ over the ranks, number by number.
  func sum(_ values: [Double]) throws -> [Double]

  /// The sum of the squares of all gradients, from the sum over this rank's, both float64 scalars.
  /// It is the argument itself if every rank has all gradients, as after an all-reduce.
  func totalSquares(_ local: Tensor) throws -> Tensor

  /// The texts of all ranks, in the order of the ranks.
  func gather(_ text: String) throws -> [String]
}

extension TrainingStrategy {
  public var rankCount: Int { 1 }
  public var rank: Int { 0 }
  public func prepare(_ model: Module, _ optimizer: Optimizer) throws {}
  public func backward(_ loss: Tensor, isLast: Bool) throws { loss.backward() }
  public func sum(_ values: [Double]) throws -> [Double] { values }
  public func totalSquares(_ local: Tensor) throws -> Tensor { local }
  public func gather(_ text: String) throws -> [String] { [text] }

  /// Whether this rank writes checkpoints, logs and the progress bar.
  public var isWriter: Bool { rank == 0 }

  /// Whether any rank says so.
  public func any(_ flag: Bool) throws -> Bool { try sum([flag ? 1 : 0])[0] > 0 }

  /// Returns once all ranks have come here.
  public func barrier() throws { _ = try sum([0]) }
}

/// A run alone.
public struct SingleProcess: TrainingStrategy {
  /// Creates the strategy of a run alone.
  public init() {}
}
