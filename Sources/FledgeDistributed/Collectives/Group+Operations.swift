import FledgeCore

/// Collectives as operations of a graph: their gradients are collectives, too.
///
/// | forward | gradient | where it stands |
/// |---|---|---|
/// | ``summed(_:)`` | as it is | behind partial results that every rank goes on with |
/// | ``replicated(_:)``: as it is | all-reduce | before a value of all goes into parts of its own on each |
/// | ``allGathered(_:)`` | reduce-scatter | before all rows are needed |
/// | ``reduceScattered(_:)`` | all-gather | behind partial sums of which each keeps its rows |
/// | ``exchanged(_:)``: all-to-all | all-to-all | between two ways to split a tensor |
///
/// The first two are g and f of Megatron (Shoeybi et al. 2019); the others are their own
/// adjoints, for a loss that is the sum of the ranks' losses. An operation cannot throw: if the ranks
/// cannot go on together, it traps with the line that ``DistributedError`` would have.
extension Group {
  /// y = Σ x over the ranks, dx = dy.   Shape: [*], the same on all ranks → same
  public func summed(_ x: Tensor) -> Tensor { apply(SumOverRanks(group: .init(self)), x) }

  /// y = x, dx = Σ dy over the ranks.   Shape: [*] → same
  public func replicated(_ x: Tensor) -> Tensor { apply(CopyToRanks(group: .init(self)), x) }

  /// The rows of all ranks.   Shape: [R, *], the same on all ranks → [N R, *]
  public func allGathered(_ x: Tensor) -> Tensor { apply(GatherRows(group: .init(self)), x) }

  /// This rank's rows of Σ x over the ranks.   Shape: [N R, *] → [R, *]
  public func reduceScattered(_ x: Tensor) -> Tensor {
    apply(ReduceScatterRows(group: .init(self)), x)
  }

  /// The i-th part of the rows goes to rank i; those that come are in the order of the ranks.
  /// Shape: [N R, *] → same
  public func exchanged(_ x: Tensor) -> Tensor { apply(ExchangeRows(group: .init(self)), x) }
}

/// An operation that is a collective: what it sends belongs to it, and its gradient rule reads nothing.
protocol RankPrimitive: Primitive {
  var group: GroupReference { get }
  func outputShape(_ shape: Shape, _ name: String) -> Shape
  func run(_ x: Tensor) throws -> Tensor
  /// What its gradient goes through.
  func adjoint(_ dy: Tensor) -> Tensor
}

extension RankPrimitive {
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    [TensorType(shape: outputShape(inputs[0].shape, Self.name), dtype: inputs[0].dtype)]
  }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    do { return [try run(inputs[0])] } catch { fledgeTrap(Self.name, "\(error)") }
  }
  func gradients(_ g: GradientContext) -> Gradients { [adjoint(g.dy)] }
  func outputShape(_ shape: Shape, _ name: String) -> Shape { shape }

  /// The shape with its first axis divided among the ranks.
  func divided(_ shape: Shape, _ name: String) -> Shape {
    let count = group.group.count
    require(
      shape.rank > 0 && shape[0].isMultiple(of: count), name,
      "the rows of \(shape) are not divisible by \(count) ranks")
    return Shape([shape[0] / count] + shape.dropFirst())
  }
}

struct SumOverRanks: RankPrimitive {
  static let name = "ranks.sum"
  static let formula = "y = Σ x over the ranks"
  let group: GroupReference
  func run(_ x: Tensor) throws -> Tensor { try group.group.allReduce(x) }
  func adjoint(_ dy: Tensor) -> Tensor { apply(CopyToRanks(group: group), dy) }
}

struct CopyToRanks: RankPrimitive {
  static let name = "ranks.copy"
  static let formula = "y = x"
  let group: GroupReference
  func run(_ x: Tensor) -> Tensor { x.detached() }
  func adjoint(_ dy: Tensor) -> Tensor { apply(SumOverRanks(group: group), dy) }
}

struct GatherRows: RankPrimitive {
  static let name = "ranks.gatherRows"
  static let formula = "y = the rows of all ranks"
  let group: GroupReference
  func outputShape(_ shape: Shape, _ name: String) -> Shape {
    require(shape.rank > 0, name, "a scalar has no rows")
    return Shape([shape[0] * group.group.count] + shape.dropFirst())
  }
  func run(_ x: Tensor) throws -> Tensor { try group.group.allGather(x) }
  func adjoint(_ dy: Tensor) -> Tensor { apply(ReduceScatterRows(group: group), dy) }
}

struct ReduceScatterRows: RankPrimitive {
  static let name = "ranks.reduceScatterRows"
  static let formula = "y = this rank's rows of Σ x over the ranks"
  let group: GroupReference
  func outputShape(_ shape: Shape, _ name: String) -> Shape { divided(shape, name) }
  func run(_ x: Tensor) throws -> Tensor { try group.group.reduceScatter(x) }
  func adjoint(_ dy: Tensor) -> Tensor { apply(GatherRows(group: group), dy) }
}

struct ExchangeRows: RankPrimitive {
  static let name = "ranks.exchangeRows"
  static let formula = "y = the parts of the rows that other ranks have for this one"
  let group: GroupReference
  func outputShape(_ shape: Shape, _ name: String) -> Shape {
    _ = divided(shape, name)
    return shape
  }
  func run(_ x: Tensor) throws -> Tensor { try group.group.allToAll(x) }
  func adjoint(_ dy: Tensor) -> Tensor { apply(self, dy) }
}
