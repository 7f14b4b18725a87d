import Synchronization

/// Computes f(x) without keeping what is inside; the backward pass computes it again (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost").
///
/// Memory: only inputs and outputs live between the passes. Time: one more forward. Gradients are
/// bit-identical to the ones without a checkpoint, dropout included: the second run has the first
/// one's backend and memory tag, and the generator is put back to where it was. Parameters that `f`
/// captures get their gradients too.
public func checkpoint(_ x: Tensor, _ f: @escaping (Tensor) -> Tensor) -> Tensor {
  checkpoint([x]) { [f($0[0])] }[0]
}

/// As ``checkpoint(_:_:)`` for several inputs and outputs.
public func checkpoint(_ x: [Tensor], _ f: @escaping ([Tensor]) -> [Tensor]) -> [Tensor] {
  let context = ExecutionContext.current
  guard context.recordsGradients else { return f(x) }
  let state = (context.generator ?? .default).state
  let captures = CaptureLog()
  let outputs = withoutGradients { withTransformation(captures) { f(x) } }
  // What f captures may be all that is trained, so the node is recorded whatever the inputs are.
  let anchor = Tensor.zeros([]).requiringGradients()
  let node = Checkpoint(
    function: UncheckedFunction(f), context: context, state: state, types: outputs.map(\.type),
    outputs: FirstRun(outputs), captured: captures.nodes)
  return Array(apply(node, [anchor] + x))
}

/// A closure that captures modules is not Sendable; the graph it sits in stays with its thread's
/// training step, as the modules do.
struct UncheckedFunction: @unchecked Sendable {
  let call: ([Tensor]) -> [Tensor]
  init(_ call: @escaping ([Tensor]) -> [Tensor]) { self.call = call }
}

/// The outputs of the first run, handed over once: the graph must not keep them.
final class FirstRun: Sendable {
  private let outputs: Mutex<[Tensor]>
  init(_ outputs: [Tensor]) { self.outputs = Mutex(outputs.map { $0.detached() }) }
  func take() -> [Tensor] {
    outputs.withLock { outputs in
      defer { outputs = [] }
      return outputs
    }
  }
}

/// Notes what operations read of the graph around a checkpoint: in its first run nothing is recorded,
/// so whatever has a place in a graph comes from outside.
private final class CaptureLog: Transformation {
  private let found = Mutex<[ObjectIdentifier: Node]>([:])
  var nodes: [Node] { found.withLock { Array($0.values) } }

  func apply(
    _ primitive: any Primitive, _ inputs: [Tensor],
    next: (any Primitive, [Tensor]) -> [Tensor]
  ) -> [Tensor] {
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

  let function: UncheckedFunction
  /// What was in force around the first run.
  let context: ExecutionContext
  let state: GeneratorState
  let types: [TensorType]
  let outputs: FirstRun
  let captured: [Node]

  var saves: SavedValues { .inputs }
  func outputTypes(of inputs: [TensorType]) -> [TensorType] { types }
  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] { outputs.take() }

  func rematerialize(_ inputs: [Tensor]) -> [Tensor] {
    let generator = context.generator ?? .default
    let now = generator.state
    generator.state = state
    defer { generator.state = now }
    // Transformations that only look stay those of the pass: one that counts, say, counts what
    // happens in it.
    let pass = ExecutionContext.current
    let transformations =
      context.transformations.filter(\.changesResults)
      + pass.transformations.filter { !$0.changesResults }
    let again = pass.changing(
      backend: context.backend, memoryTag: context.memoryTag, generator: generator,
      isBackward: false, transformations: transformations)
    return again.run { function.call(Array(inputs.dropFirst())) }
  }

  /// Never called: the backward pass goes through the recomputed graph instead.
  func gradients(_ g: GradientContext) -> [Tensor?] {
    fledgeTrap(Self.name, "is differentiated by running it again, not by a rule")
  }
}
