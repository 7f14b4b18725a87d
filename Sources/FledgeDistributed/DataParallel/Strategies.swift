import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTrain

/// A strategy of a `Trainer` whose ranks are a ``Group``.
public protocol GroupStrategy: TrainingStrategy {
  /// The ranks.
  var group: Group { get }
}

extension GroupStrategy {
  public var rankCount: Int { group.count }
  public var rank: Int { group.rank }

  public func sum(_ values: [Double]) throws -> [Double] {
    try group.allReduce(Tensor(values, shape: [values.count])).array(of: Double.self)
  }

  public func gather(_ text: String) throws -> [String] { try group.gather(text: text) }
}

/// Trains a `Trainer` by ``DistributedDataParallel``: gradients are averaged during the backward
/// pass of a step's last batch.
///
///     trainer.strategy = DataParallelStrategy(over: world)
public final class DataParallelStrategy: GroupStrategy {
  public let group: Group
  private let bucketBytes: Int
  /// The model with its buckets, from the first step on.
  public private(set) var parallel: DistributedDataParallel?

  /// Data parallelism over `group` with buckets of this size.
  public init(over group: Group, bucketBytes: Int = 25 << 20) {
    self.group = group
    self.bucketBytes = bucketBytes
  }

  public func prepare(_ model: Module, _ optimizer: Optimizer) throws {
    parallel = try DistributedDataParallel(model, over: group, bucketBytes: bucketBytes)
  }

  public func backward(_ loss: Tensor, isLast: Bool) throws {
    guard let parallel else { fledgeTrap("DataParallelStrategy", "a pass before `prepare`") }
    if isLast {
      try parallel.backward(loss)
    } else {
      try parallel.noSync { try parallel.backward(loss) }
    }
  }
}

/// Trains a `Trainer` whose optimizer is a ``ZeroRedundancyOptimizer``.
///
///     let optimizer = try ZeroRedundancyOptimizer(.gradients, groups, over: world) { AdamW($0) }
///     let trainer = Trainer(model, optimizer, …)
///     trainer.strategy = ShardedStrategy(optimizer)
public final class ShardedStrategy: GroupStrategy {
  private let optimizer: ZeroRedundancyOptimizer
  public var group: Group { optimizer.group }

  /// The ranks are the optimizer's.
  public init(_ optimizer: ZeroRedundancyOptimizer) { self.optimizer = optimizer }

  public func prepare(_ model: Module, _ optimizer: Optimizer) throws {
    require(
      optimizer === self.optimizer, "ShardedStrategy", "the trainer has another optimizer")
  }

  public func backward(_ loss: Tensor, isLast: Bool) throws {
    try optimizer.backward(loss, isLast: isLast)
  }

  /// Each rank has a part of the gradients, so a norm takes the sum over all.
  public func totalSquares(_ local: Tensor) throws -> Tensor { try group.allReduce(local) }
}
