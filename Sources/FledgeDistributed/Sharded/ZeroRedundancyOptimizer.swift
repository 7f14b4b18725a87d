import FledgeCore
import FledgeNN
import FledgeOptim

/// What ranks keep a part of only (Rajbhandari et al. 2020, "ZeRO").
public enum ZeroStage: Int, Sendable, CaseIterable, Comparable {
  /// Stage 1: the optimizer's state.
  case optimizer = 1
  /// Stage 2: gradients, too.
  case gradients = 2
  /// Stage 3: parameters, too.
  case parameters = 3

  public static func < (a: ZeroStage, b: ZeroStage) -> Bool { a.rawValue < b.rawValue }
}

/// Data parallelism without keeping everything N times: each rank steps its 1/N of the parameters, and
/// keeps the optimizer's state for that part alone.
///
///     let optimizer = try ZeroRedundancyOptimizer(
///       .gradients, model.parameterGroups(learningRate: 3e-4, decayingMatricesBy: 0.1), over: world
///     ) { AdamW($0, beta2: 0.99) }
///     …
///     try optimizer.backward(loss)      // in the place of loss.backward()
///     optimizer.step()
///
/// Bytes a parameter with Adam in float32, and bytes that a rank sends in a step, for P bytes of
/// parameters:
///
/// | stage | parameters | gradients | moments | at N = 4 | sent |
/// |---|---|---|---|---|---|
/// | none: ``DistributedDataParallel`` | 4 | 4 | 8 | 16 | 2 (N − 1)/N P: all-reduce |
/// | 1 | 4 | 4 | 8/N | 10 | 2 (N − 1)/N P: reduce-scatter, all-gather |
/// | 2 | 4 | 4/N | 8/N | 7 | the same, the first during the backward pass |
/// | 3 | 4/N | 4/N | 8/N | 4 | 3 (N − 1)/N P: all-gather twice, reduce-scatter |
///
/// In stage 3 parameters are fetched when they are read, a unit at a time, and freed when the next unit
/// is read; so all ranks must read them in the same order, and each reading of a model (saving, too)
/// is something that all ranks do. Parameters that a pass does not use have zeros as gradients here,
/// where an optimizer without ranks skips them.
///
/// The rule must be elementwise (`Optimizer.isElementwise`): LAMB, LARS, Adafactor, Muon and L-BFGS
/// need whole tensors, and trap.
public final class ZeroRedundancyOptimizer: Optimizer {
  /// What is divided.
  public let stage: ZeroStage
  /// The ranks.
  public let group: Group
  private let units: [ShardedUnit]
  private let gathered: [GatheredUnit]
  /// Steps the shards.
  private let inner: Optimizer
  /// Knows the names and slots of the whole parameters; never steps.
  private let template: Optimizer

  /// Gives all ranks the parameters of rank 0, and divides them.
  ///
  /// - Parameters:
  ///   - groups: the model's parameters with their rates; frozen ones stay whole
  ///   - unitBytes: how much is gathered or reduced at a time
  ///   - make: makes the optimizer of such groups
  public init(
    _ stage: ZeroStage, _ groups: [ParameterGroup], over group: Group, unitBytes: Int = 25 << 20,
    make: ([ParameterGroup]) -> Optimizer
  ) throws {
    require(unitBytes > 0, "ZeRO", "units of \(unitBytes) bytes hold nothing")
    self.stage = stage
    self.group = group
    template = make(groups)
    require(
      template.isElementwise, "ZeRO",
      "\(type(of: template)) needs whole tensors, so their parts cannot be stepped apart")
    for parameter in groups.flatMap(\.parameters) {
      try group.broadcast(parameter)
    }
    var (units, gathered, shards): ([ShardedUnit], [GatheredUnit], [ParameterGroup]) = ([], [], [])
    for old in groups {
      // Groups take turns within a layer, so each has a place for its own unit.
      let place = GatheredUnit()
      gathered.append(place)
      let own = Bucket.of(old.parameters, capacity: unitBytes).map {
        ShardedUnit($0, stage, group, place)
      }
      units += own
      shards.append(
        ParameterGroup(
          own.map(\.shard), learningRate: old.learningRate, weightDecay: old.weightDecay,
          maximize: old.isMaximizing))
    }
    (self.units, self.gathered) = (units, gathered)
    inner = make(shards)
    super.init(shards)
  }

  /// How many units there are: so many reduce-scatters and all-gathers a step takes.
  public var unitCount: Int { units.count }

  /// The bytes of all units, those that make them divisible by the ranks included.
  public var unitByteCount: Int { units.reduce(0) { $0 + $1.count * $1.dtype.byteCount } }

  /// Runs the backward pass of this rank's loss; afterwards each rank has the means over the ranks of
  /// its part of the gradients. They are added to those of earlier passes.
  ///
  /// - Parameter isLast: Whether it is the last batch of a step. In stage 1 those before are added up
  ///   without sending; later stages have no room for whole gradients and reduce each.
  public func backward(_ loss: Tensor?, isLast: Bool = true) throws {
    if stage == .optimizer && !isLast {
      loss?.backward()
      return
    }
    // The forward pass's last unit is not kept, so that all are gathered alike.
    for place in gathered { place.release() }
    var pending: [Pending<Tensor>] = []
    let buckets = units.map { Bucket(parameters: $0.parameters, dtype: $0.dtype) }
    let keepsWhole = stage == .optimizer
    let pass = BucketedPass(buckets, divisibleBy: group.count) { [group, units] i, buffer in
      pending.append(
        group.reduceScatterInBackground(
          buffer.elements(), keeping: units[i].own, inPlace: keepsWhole))
    }
    pass.run(loss, keeps: false)
    for place in gathered { place.release() }
    for (unit, pending) in zip(units, pending) {
      let gradient = try pending.take()
      withoutGradients(memoryTag: .gradient) {
        unit.shard.grad = unit.shard.grad.map { $0 + gradient } ?? gradient
      }
    }
  }

  /// Steps this rank's part, and gathers the others'. Traps if that fails: a step cannot be half done.
  public override func step() {
    (inner.groups, inner.learningRateFactor) = (groups, learningRateFactor)
    for unit in units { unit.willChange() }
    inner.step()
    do {
      for unit in units { try unit.didChange() }
    } catch {
      fledgeTrap("ZeRO", "\(error)")
    }
  }

  // MARK: State

  /// The state of the whole parameters under their own names, as an optimizer without ranks has it: a
  /// checkpoint may be restored by any number of ranks. All ranks must ask for it.
  public override var state: [String: Tensor] {
    let (own, names) = (inner.state, namesOfParameters)
    var result: [String: Tensor] = [:]
    do {
      for (i, unit) in units.enumerated() {
        for slot in inner.stateNames(at: i) {
          guard let value = own["\(inner.parameterNames[i]).\(slot.name)"] else { continue }
          let parts =
            slot.hasParameterShape
            ? unit.parts(of: try group.allGather(value)).map { $0.copied() }
            : unit.parameters.map { _ in value }
          for (parameter, part) in zip(unit.parameters, parts) {
            result["\(names[ObjectIdentifier(parameter)]!).\(slot.name)"] = part
          }
        }
      }
    } catch {
      fledgeTrap("ZeRO", "\(error)")
    }
    return result
  }

  public override func checked(
    _ state: [String: Tensor], strict: Bool
  ) throws(OptimizerError) -> [String: Tensor] {
    try template.checked(state, strict: strict)
  }

  public override func restore(_ state: [String: Tensor]) {
    let names = namesOfParameters
    var own: [String: Tensor] = [:]
    for (i, unit) in units.enumerated() {
      let prefixes = unit.parameters.map { names[ObjectIdentifier($0)]! }
      for slot in inner.stateNames(at: i) {
        let values = prefixes.map { state["\($0).\(slot.name)"] }
        guard let some = values.compactMap({ $0 }).first else { continue }
        own["\(inner.parameterNames[i]).\(slot.name)"] =
          slot.hasParameterShape ? unit.ownPart(of: values, dtype: unit.dtype) : some
      }
    }
    inner.restore(own)
  }

  private var namesOfParameters: [ObjectIdentifier: String] {
    Dictionary(
      uniqueKeysWithValues: zip(
        template.parameters.map(ObjectIdentifier.init), template.parameterNames))
  }
}
