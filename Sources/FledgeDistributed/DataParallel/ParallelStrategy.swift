import FledgeNN
import FledgeOptim

/// How ranks train together, by the names of a command line: `--ranks 4 --strategy zero2`.
public enum ParallelStrategy: String, CaseIterable, Sendable {
  /// ``DistributedDataParallel``.
  case ddp
  /// ``ZeroRedundancyOptimizer`` in stage 1: optimizer state divided.
  case zero1
  /// Stage 2: gradients, too.
  case zero2
  /// Stage 3: parameters, too.
  case zero3

  /// The stage of ZeRO; nil for ``ddp``.
  public var stage: ZeroStage? {
    switch self {
    case .ddp: nil
    case .zero1: .optimizer
    case .zero2: .gradients
    case .zero3: .parameters
    }
  }

  /// What a `Trainer` needs: the optimizer and its strategy. All ranks call it.
  ///
  /// - Parameters:
  ///   - groups: the model's parameters with their rates
  ///   - bytes: the size of a bucket or unit
  ///   - make: makes the optimizer of such groups
  public func optimizer(
    _ groups: [ParameterGroup], over world: Group, bytes: Int = 25 << 20,
    make: ([ParameterGroup]) -> Optimizer
  ) throws -> (optimizer: Optimizer, strategy: any GroupStrategy) {
    guard let stage else {
      return (make(groups), DataParallelStrategy(over: world, bucketBytes: bytes))
    }
    let optimizer = try ZeroRedundancyOptimizer(
      stage, groups, over: world, unitBytes: bytes, make: make)
    return (optimizer, ShardedStrategy(optimizer))
  }
}

extension Group {
  /// Brings the parameters of a model that was trained in stage 3 back into every rank, to be read by
  /// one alone. All ranks call it; for other models it does nothing.
  public func bringBack(_ module: Module) {
    for parameter in module.parameters() { parameter.moveBack() }
  }
}
