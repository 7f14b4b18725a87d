import FledgeCore
import FledgeNN

/// Makes a function of tensors run as a graph. The first call traces it and notes what memory it needs,
/// later calls replay it: the same numbers, bit by bit, without the autograd graph and without
/// allocating.
///
///     let step = compile { (x: Tensor, y: Tensor) in
///       optimizer.zeroGrad()
///       let loss = crossEntropy(model(x), y)
///       loss.backward()
///       optimizer.step()
///       return loss
///     }
///     for batch in loader { print(step(batch.inputs, batch.targets).item()) }
///
/// Parameters, gradients, moments and buffers are those of model and optimizer, before and after each
/// call; schedules, dropout and checkpoints go on as they do without. What is returned is outside of any
/// graph of gradients.
///
/// Arguments of other types, a module in another mode, a parameter that was frozen make another version,
/// which is kept beside the first; see ``Compiled``. What cannot be traced ends the program with the
/// operation and the line, see ``trace(_:constants:_:)``.
///
/// - Parameters:
///   - constants: Tensors that `body` captures and that never change.
///   - limit: How many versions are kept; the one that was not used for the longest time goes.
public func compile(
  constants: [Tensor] = [], limit: Int = 8, _ body: @escaping ([Tensor]) -> [Tensor]
) -> Compiled<[Tensor]> {
  Compiled(nil, constants, limit, body) { $0 }
}

/// The same for a function of one tensor; see `compile { … }`.
public func compile(
  constants: [Tensor] = [], limit: Int = 8, _ body: @escaping (Tensor) -> Tensor
) -> Compiled<Tensor> {
  Compiled(1, constants, limit, { [body($0[0])] }) { $0[0] }
}

/// The same for a function of two tensors; see `compile { … }`.
public func compile(
  constants: [Tensor] = [], limit: Int = 8, _ body: @escaping (Tensor, Tensor) -> Tensor
) -> Compiled<Tensor> {
  Compiled(2, constants, limit, { [body($0[0], $0[1])] }) { $0[0] }
}

/// The same for a function of three tensors; see `compile { … }`.
public func compile(
  constants: [Tensor] = [], limit: Int = 8, _ body: @escaping (Tensor, Tensor, Tensor) -> Tensor
) -> Compiled<Tensor> {
  Compiled(3, constants, limit, { [body($0[0], $0[1], $0[2])] }) { $0[0] }
}

/// The forward pass of a layer or a model; see `compile { … }`.
public func compile(_ model: some Layer, limit: Int = 8) -> Compiled<Tensor> {
  compile(limit: limit) { model($0) }
}

/// A compiled function, with its versions for the arguments and the modes that it has seen: what
/// `compile { … }` makes.
///
/// Within a trace, and on abstract tensors, it is the function itself. While a transformation of the scope
/// observes operations, it runs them through the door, one after the other. Use it from one thread.
public final class Compiled<Result> {
  /// How many traces there were so far.
  public private(set) var compilations = 0
  /// The most versions that are kept.
  public let limit: Int
  /// The one that was used last comes first.
  private var versions: [Version] = []
  private let argumentCount: Int?
  private let constants: [Tensor]
  private let body: ([Tensor]) -> [Tensor]
  private let result: ([Tensor]) -> Result

  private struct Version {
    let program: TracedProgram
    let replay: Replay
  }

  init(
    _ argumentCount: Int?, _ constants: [Tensor], _ limit: Int,
    _ body: @escaping ([Tensor]) -> [Tensor], _ result: @escaping ([Tensor]) -> Result
  ) {
    require(limit > 0, "compile", "at least one version has to be kept, the limit is \(limit)")
    (self.argumentCount, self.constants, self.limit) = (argumentCount, constants, limit)
    (self.body, self.result) = (body, result)
  }

  /// Calls the function; compiles it first if no version fits.
  public func callAsFunction(_ arguments: Tensor...) -> Result { call(arguments) }

  /// The same with a list of arguments.
  public func call(_ arguments: [Tensor]) -> Result {
    require(
      argumentCount ?? arguments.count == arguments.count, "compile",
      "the function takes \(argumentCount ?? 0) tensors, got \(arguments.count)")
    let context = ExecutionContext.current
    if context.isAbstract { return result(body(arguments)) }
    return result(version(for: arguments).replay.run(arguments))
  }

  private func version(for arguments: [Tensor]) -> Version {
    if let index = versions.firstIndex(where: { $0.program.fits(arguments) }) {
      if index > 0 { versions.insert(versions.remove(at: index), at: 0) }
      return versions[0]
    }
    let types = arguments.map { TensorType(shape: $0.shape, dtype: $0.dtype) }
    let program = trace(types, constants: constants, body)
    compilations += 1
    let version = Version(
      program: program, replay: Replay(program, program.graph.optimized().graph))
    versions.insert(version, at: 0)
    if versions.count > limit { versions.removeLast() }
    return version
  }

  /// The graph of the call before, after the passes; nil before the first.
  public var graph: Graph? { versions.first?.replay.graph }

  /// Where the buffers of the call before lie in the arena; nil before the first.
  public var plan: MemoryPlan? { versions.first?.replay.plan }
}

extension Compiled: CustomStringConvertible {
  /// The graph of the call before, with the place of each value.
  public var description: String {
    guard let replay = versions.first?.replay, let plan = replay.plan else { return "not compiled" }
    return plan.description(of: replay.graph, footprints: replay.footprints)
  }
}
