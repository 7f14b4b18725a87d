import FledgeCore
import FledgeNN

/// Runs `body` once on shapes alone, and makes a graph of what it does: forward and backward passes,
/// updates of parameters, moments of optimizers, places in streams of random numbers.
///
///     let program = trace([.float32([64, 784]), .int64([64])]) { arguments in
///       optimizer.zeroGrad()
///       let loss = crossEntropy(model(arguments[0]), arguments[1])
///       loss.backward()
///       optimizer.step()
///       return [loss]
///     }
///     print(program.graph)
///     let loss = program.run([x, y])[0]
///
/// Nothing changes meanwhile: parameters, gradients, optimizers and generators are afterwards as they
/// were. In the graph, what lasts from one call to the next is an input, and an update where it changes.
///
/// It traps, with the operation and the caller's line, where the program would be another one in the next
/// call: where it asks for the elements of a tensor, draws numbers outside of tensors, or reads a tensor
/// that was made before and is no parameter or buffer (pass it as an argument, or name it in `constants`
/// if it never changes). `body` is run again to see that it does the same twice; a constant that it took
/// from data shows itself there. Swift numbers and branches are those of the trace.
///
/// - Parameters:
///   - arguments: The types of the arguments.
///   - constants: Tensors that `body` captures and that never change.
public func trace(
  _ arguments: [TensorType], constants: [Tensor] = [], _ body: ([Tensor]) -> [Tensor]
) -> TracedProgram {
  let program = TracedProgram(tracing: body, arguments, constants: constants)
  let again = TracedProgram(tracing: body, arguments, constants: constants)
  if let (first, second) = program.graph.difference(from: again.graph) {
    fledgeTrap(
      "trace",
      "two traces of one program differ: `\(first)`, then `\(second)`. What changes from call to call "
        + "must be an argument")
  }
  return program
}

/// The forward pass of a layer or a model as a graph.
public func trace(_ model: some Layer, _ argument: TensorType) -> TracedProgram {
  trace([argument]) { [model($0[0])] }
}

extension TensorType {
  /// A float32 tensor of a shape.
  public static func float32(_ shape: Shape) -> TensorType {
    TensorType(shape: shape, dtype: .float32)
  }

  /// An int64 tensor of a shape, such as indices.
  public static func int64(_ shape: Shape) -> TensorType { TensorType(shape: shape, dtype: .int64) }
}

/// A graph with what its inputs and updates stand for: what ``trace(_:constants:_:)`` makes.
public final class TracedProgram {
  /// The program as it was traced.
  public let graph: Graph
  /// The types of the arguments.
  let arguments: [TensorType]
  /// One for each input of the graph.
  let bindings: [Binding]
  /// One for each update.
  let targets: [TracedCell]
  private let assumptions: [() -> Bool]
  /// What lasts and is read, with its type.
  private let lasting: [(type: TensorType, read: () -> Tensor?)]

  /// One trace. Gradients are taken to be there in the beginning; where the program reads one that is
  /// not, it is traced again without.
  init(tracing body: ([Tensor]) -> [Tensor], _ arguments: [TensorType], constants: [Tensor]) {
    self.arguments = arguments
    var absent: Set<StateKey> = []
    var recorder: TraceRecorder
    while true {
      recorder = Self.record(body, arguments, constants, withoutGradient: absent)
      let missing = recorder.readGradients.filter { $0.value.read() == nil }.map(\.key)
      if missing.isEmpty { break }
      absent.formUnion(missing)
    }
    graph = recorder.graph
    bindings = recorder.bindings
    targets = recorder.targets
    assumptions = Array(recorder.assumptions.values)
    lasting = zip(graph.inputs, bindings).compactMap { input, binding in
      guard case .cell(let cell) = binding else { return nil }
      return (input.type, cell.read)
    }
  }

  private static func record(
    _ body: ([Tensor]) -> [Tensor], _ arguments: [TensorType], _ constants: [Tensor],
    withoutGradient: Set<StateKey>
  ) -> TraceRecorder {
    let context = ExecutionContext.current
    require(context.tracer == nil, "trace", "within a trace there is no other one")
    let recorder = TraceRecorder(constants: constants, withoutGradient: withoutGradient)
    let placeholders = arguments.enumerated().map { position, type in
      recorder.argument(type, at: position, named: "x\(position)")
    }
    let outputs = context.tracing(recorder).run { body(placeholders) }
    recorder.finish(outputs)
    return recorder
  }

  /// Whether the program does in this call what it did when it was traced: the arguments have their
  /// types, what lasts is there, modules and parameters are in their modes.
  func fits(_ arguments: [Tensor]) -> Bool {
    arguments.count == self.arguments.count
      && zip(arguments, self.arguments).allSatisfy { $0.shape == $1.shape && $0.dtype == $1.dtype }
      && assumptions.allSatisfy { $0() }
      && lasting.allSatisfy { type, read in
        read().map { $0.shape == type.shape && $0.dtype == type.dtype } ?? false
      }
  }

  /// The inputs of a run, in the order in which the program asks for them.
  func inputs(_ arguments: [Tensor]) -> [Tensor] { bindings.map { $0.load(arguments) } }

  /// Runs the graph, operation by operation, on the arguments and on what lasts now; changes what the
  /// program changes, and returns what it returns, outside of any graph of gradients.
  ///
  /// Traps where the arguments are not those of the trace, or where the program would be another one
  /// by now (a module in another mode, a parameter frozen).
  public func run(_ arguments: [Tensor]) -> [Tensor] { run(arguments, graph) }

  /// The same for what passes have made of the graph.
  func run(_ arguments: [Tensor], _ graph: Graph) -> [Tensor] {
    require(
      fits(arguments), "run",
      "traced for \(self.arguments) in the modes of then; got \(arguments.map { "\($0.dtype)\($0.shape)" })"
        + ". Trace it again")
    let (outputs, updates) = Interpreter(graph).run(inputs(arguments))
    for (cell, value) in zip(targets, updates) { cell.write(value) }
    return outputs
  }
}
