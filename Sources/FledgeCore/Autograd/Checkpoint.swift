import Synchronization

/// Computes f(x) without keeping the values inside; the backward pass computes them again (Chen et
/// al. 2016, "Training deep nets with sublinear memory cost").
///
/// Memory: only inputs and outputs live between the passes. Time: one more forward. Gradients are
/// bit-identical to the ones without a checkpoint, dropout included: the second run uses the
/// backend and memory tag of the first and draws the same numbers, while the generators stay where
/// they are and may serve other threads. Parameters that `f` captures get their gradients too. What
/// `f` does besides is done twice, unless it asks ``ExecutionContext/isRecomputation``.
public func checkpoint(_ x: Tensor, _ f: @escaping (Tensor) -> Tensor) -> Tensor {
  checkpoint([x]) { [f($0[0])] }[0]
}

/// ``checkpoint(_:_:)`` for several inputs and outputs.
public func checkpoint(_ x: [Tensor], _ f: @escaping ([Tensor]) -> [Tensor]) -> [Tensor] {
  let context = ExecutionContext.current
  guard context.recordsGradients else { return f(x) }
  let draws = DrawTape(within: context.draws)
  let captures = CaptureLog()
  // Detached, so that what is found in a graph was captured: x itself is an input below.
  let first = x.map { $0.detached() }
  let outputs = withRegion(.checkpoint, Tensors(x)) {
    ExecutionContext.current.changing(recordsGradients: false).drawing(draws).run {
      withTransformation(captures) { Tensors(f(first)) }
    }
  }
  // f may capture parameters, so the node is recorded whatever the inputs are.
  let anchor = Tensor.zeros([]).requiringGradients()
  let node = Checkpoint(
    part: CheckpointedPart(f, captured: captures.nodes), context: context, draws: draws,
    types: outputs.types, outputs: FirstRun(outputs))
  return Array(apply(node, Tensors([anchor] + x)))
}

/// The function of a checkpoint and what it captured of the graph around it; both are released
/// together.
///
/// A closure that captures modules is not Sendable; the graph it sits in stays with its thread's
/// training step, as the modules do.
final class CheckpointedPart: @unchecked Sendable {
  private(set) var function: (([Tensor]) -> [Tensor])?
  private(set) var captured: [Node]

  init(_ function: @escaping ([Tensor]) -> [Tensor], captured: [Node]) {
    self.function = function
    self.captured = captured
  }

  /// Lets go of the function, and hands over the nodes that it and this object kept alive.
  func takeCaptured() -> [Node] {
    defer {
      captured = []
      function = nil
    }
    return captured
  }
}

/// The outputs of the first run, handed over once: the graph must not keep them.
final class FirstRun: Sendable {
  private let outputs: Mutex<Tensors>
  init(_ outputs: Tensors) { self.outputs = Mutex(Tensors(outputs.map { $0.detached() })) }
  func take() -> Tensors {
    outputs.withLock { outputs in
      defer { outputs = Tensors() }
      return outputs
    }
  }
}

/// Notes what operations read from the graph around a checkpoint. Its first run records nothing, so
/// every tensor with a node comes from outside.
private final class CaptureLog: Transformation {
  private let found = Mutex<[ObjectIdentifier: Node]>([:])
  var nodes: [Node] { found.withLock { Array($0.values) } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    found.withLock { found in
      for case let node? in inputs.map(\.node) { found[ObjectIdentifier(node)] = node }
    }
    return next(primitive, inputs)
  }
}

struct Checkpoint: Rematerializing {
  static let name = "checkpoint"
  static let formula = "y = f(x), computed again in the backward pass"
  static var precision: AutocastRule { .given }

  let part: CheckpointedPart
  /// The context of the first run.
  let context: ExecutionContext
  /// The draws of the first run.
  let draws: DrawTape
  let types: TensorTypes
  let outputs: FirstRun
  var isRematerialized: Bool { true }

  var captured: [Node] { part.captured }
  func takeCaptured() -> [Node] { part.takeCaptured() }

  var saves: SavedValues { .inputs }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { types }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors { outputs.take() }

  func rematerialize(_ inputs: Tensors) -> Tensors {
    // Transformations that only observe stay those of the backward pass: a counter counts what
    // happens in it.
    let pass = ExecutionContext.current
    let transformations =
      context.transformations.filter(\.changesResults)
      + pass.transformations.filter { !$0.changesResults }
    let again = pass.changing(
      backend: context.backend, memoryTag: context.memoryTag,
      generator: context.generator ?? context.rank.generator, isBackward: false,
      transformations: transformations
    ).drawing(DrawTape(replaying: draws))
    guard let function = part.function else {
      fledgeTrap(Self.name, "the graph that it belongs to was freed")
    }
    return again.run {
      withRegion(.recomputation, Tensors(inputs.dropFirst())) {
        Tensors(function(Array(inputs.dropFirst())))
      }
    }
  }

  // Two checkpoints are equal if they share their part. A part lives in one process only, and
  // observers see its operations as a region instead.
  static func == (a: Checkpoint, b: Checkpoint) -> Bool { a.part === b.part }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(part)) }
  func encode(to encoder: any Encoder) throws {}
  init(from decoder: any Decoder) throws { throw AttributeError.notRebuildable("a checkpoint") }

  init(
    part: CheckpointedPart, context: ExecutionContext, draws: DrawTape, types: TensorTypes,
    outputs: FirstRun
  ) {
    (self.part, self.context, self.draws) = (part, context, draws)
    (self.types, self.outputs) = (types, outputs)
  }

  /// Never called: the backward pass goes through the recomputed graph instead.
  func gradients(_ g: GradientContext) -> Gradients {
    fledgeTrap(Self.name, "is differentiated by running it again, not by a rule")
  }
}
