import FledgeCore

/// Where an input of a traced program comes from in each run.
enum Binding {
  /// The argument at a position.
  case argument(Int)
  /// What lasts from run to run.
  case cell(TracedCell)
  /// A place in a stream of the scope's generator, or of one that the program names.
  case draw(Generator?, (Generator) -> Tensor)
  /// Worked out by ordinary code.
  case numbers(() -> Tensor)

  /// What gives the tensor in a run with these arguments.
  var load: ([Tensor]) -> Tensor {
    switch self {
    case .argument(let position): { $0[position].detached() }
    case .cell(let cell): { [read = cell.read] _ in read()!.detached() }
    case .draw(let generator, let reserve): { _ in reserve(Generator.resolve(generator)) }
    case .numbers(let make): { _ in make() }
    }
  }
}

/// Makes a graph of the operations that pass the door, and notes what the program keeps.
///
/// A tensor is known by its identity: those of the trace are held until its end.
final class TraceRecorder: Transformation, Tracer, @unchecked Sendable {
  // Used by the one thread that runs the program.
  private(set) var graph = Graph()
  /// One for each input.
  private(set) var bindings: [Binding] = []
  /// One for each update.
  private(set) var targets: [TracedCell] = []
  private(set) var assumptions: [StateKey: () -> Bool] = [:]
  /// Gradients that the program read before it cleared them; their cells.
  private(set) var readGradients: [StateKey: TracedCell] = [:]

  private struct Touched {
    let key: StateKey
    let cells: [TracedCell]
    let placeholders: [Tensor?]
  }

  private var values: [ObjectIdentifier: Graph.Value] = [:]
  private var held: [Tensor] = []
  private var next = 0
  private var names: Set<String> = []
  /// Stand-ins for cells that nothing has read so far.
  private var unread: [ObjectIdentifier: (state: Int, cell: Int)] = [:]
  private var touched: [Touched] = []
  private var seen: Set<StateKey> = []
  private var restorations: [() -> Void] = []
  /// Tensors whose elements are part of the program.
  private var constants: Set<ObjectIdentifier> = []
  private var places: [DrawKey: Tensor] = [:]
  private var generators: [ObjectIdentifier: (Generator, GeneratorState)] = [:]
  private let ambient: Generator
  /// States whose gradients are absent when the program begins.
  private let withoutGradient: Set<StateKey>
  private var region = 0
  private var regionCount = 0

  /// A reserved place: a checkpoint that is computed again asks for the place that it had.
  private struct DrawKey: Hashable {
    let generator: ObjectIdentifier
    let place: [Int64]
    let count: Int
  }

  init(constants: [Tensor], withoutGradient: Set<StateKey>) {
    ambient = Generator.resolve(nil)
    self.withoutGradient = withoutGradient
    for constant in constants {
      held.append(constant.detached())
      self.constants.insert(constant.identity)
    }
  }

  // MARK: Values

  private func define(_ tensor: Tensor) -> Graph.Value {
    let value = Graph.Value(next)
    next += 1
    values[tensor.identity] = value
    held.append(tensor.detached())
    return value
  }

  private func uniqueName(_ name: String) -> String {
    let base = String(
      name.unicodeScalars.map { Graph.isNamePart($0) ? Character($0) : "_" })
    var (result, number) = (base, 1)
    while !names.insert(result).inserted {
      number += 1
      result = "\(base).\(number)"
    }
    return result
  }

  private func addInput(
    _ tensor: Tensor, _ name: String, _ kind: Graph.Kind, _ binding: Binding
  ) -> Graph.Value {
    let value = define(tensor)
    let type = TensorType(shape: tensor.shape, dtype: tensor.dtype)
    graph.inputs.append(Graph.Input(value, name: name, kind: kind, type: type))
    bindings.append(binding)
    return value
  }

  /// An argument of the program.
  func argument(_ type: TensorType, at position: Int, named name: String) -> Tensor {
    let tensor = Tensor(abstract: type)
    _ = addInput(tensor, uniqueName(name), .argument, .argument(position))
    return tensor
  }

  /// The value of a tensor that an operation reads; traps where nobody knows what it will be in the
  /// next run.
  private func value(of tensor: Tensor, for reader: @autoclosure () -> String) -> Graph.Value {
    if let value = values[tensor.identity] { return value }
    if let (state, cell) = unread.removeValue(forKey: tensor.identity) {
      return readCell(state, cell, tensor)
    }
    if constants.contains(tensor.identity) {
      let value = define(tensor)
      graph.constants.append(Graph.Constant(value, tensor.detached()))
      return value
    }
    fledgeTrap(
      "trace",
      "\(tensor.dtype)\(tensor.shape), which \(reader()) reads, was made outside of the traced program "
        + "and is no parameter or buffer: each run would have the elements of today. Pass it as an "
        + "argument, or name it in `constants:` if it never changes")
  }

  // MARK: The door

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let name = type(of: primitive).name
    if primitive.isRematerialized { return checkpoint(primitive, inputs, next(primitive, inputs)) }
    let read = inputs.map { value(of: $0, for: "`\(name)`") }
    let outputs = next(primitive, inputs)
    let made = outputs.map { define($0) }
    graph.equations.append(
      Graph.Equation(primitive, read, made, Array(outputs.types), region: region))
    return outputs
  }

  /// The outputs of a checkpoint are those of the operations within, which were seen.
  private func checkpoint(
    _ primitive: any Primitive, _ inputs: Tensors, _ outputs: Tensors
  ) -> Tensors {
    let inner = primitive.forward(inputs, on: ExecutionContext.current.backend)
    for (output, original) in zip(outputs, inner) {
      values[output.identity] = value(of: original, for: "a checkpoint")
      held.append(output.detached())
    }
    return outputs
  }

  func region(_ region: Region, _ inputs: Tensors, _ body: () -> Tensors) -> Tensors {
    guard region == .recomputation else { return body() }
    regionCount += 1
    let outer = self.region
    self.region = regionCount
    defer { self.region = outer }
    return body()
  }

  // MARK: What is no operation

  func noteLiteral(_ x: Tensor) {
    held.append(x.detached())
    constants.insert(x.identity)
  }

  func draw(
    _ count: Int, from generator: Generator?, _ reserve: @escaping (Generator) -> Tensor
  ) -> Tensor {
    let source = Generator.resolve(generator)
    let isOfScope = generator == nil && source === ambient
    let place = ExecutionContext.current.outsideOfTrace.run { () -> Tensor in
      let id = ObjectIdentifier(source)
      if generators[id] == nil { generators[id] = (source, source.state) }
      return reserve(source)
    }
    let key = DrawKey(
      generator: ObjectIdentifier(source), place: place.array(of: Int64.self), count: count)
    if let known = places[key] { return known }
    let tensor = Tensor(abstract: TensorType(shape: place.shape, dtype: place.dtype))
    places[key] = tensor
    _ = addInput(
      tensor, uniqueName("draw"), .draw, .draw(isOfScope ? nil : source, reserve))
    return tensor
  }

  func numbers(_ name: String, _ type: TensorType, _ make: @escaping () -> Tensor) -> Tensor {
    let tensor = Tensor(abstract: type)
    _ = addInput(tensor, uniqueName(name), .numbers, .numbers(make))
    return tensor
  }

  func assume(_ what: StateKey, _ holds: @escaping () -> Bool) {
    if assumptions[what] == nil { assumptions[what] = holds }
  }

  // MARK: What lasts

  func touch(_ state: some TracedState) {
    let key = state.key
    guard seen.insert(key).inserted else { return }
    let cells = ExecutionContext.current.outsideOfTrace.run { state.cells }
    let placeholders = cells.map { cell -> Tensor? in
      let isAbsent =
        cell.kind == .gradient
        ? withoutGradient.contains(key) || cell.type?.dtype.isFloatingPoint != true
        : cell.type == nil
      return isAbsent ? nil : cell.type.map { Tensor(abstract: $0) }
    }
    let number = touched.count
    for (position, (cell, placeholder)) in zip(cells, placeholders).enumerated() {
      if let placeholder {
        held.append(placeholder)
        unread[placeholder.identity] = (number, position)
      } else if cell.kind == .gradient || cell.type == nil {
        assume(StateKey(self, "\(number).\(position) is absent")) { cell.read() == nil }
      }
    }
    let named = cells.map { cell in
      TracedCell(
        uniqueName(cell.name), cell.kind, cell.type, read: cell.read, write: cell.write,
        modify: cell.modify)
    }
    touched.append(Touched(key: key, cells: named, placeholders: placeholders))
    restorations.append(state.replace(placeholders))
  }

  private func readCell(_ state: Int, _ position: Int, _ placeholder: Tensor) -> Graph.Value {
    let (key, cell) = (touched[state].key, touched[state].cells[position])
    if cell.kind == .gradient { readGradients[key] = cell }
    return addInput(
      placeholder, cell.name, cell.kind == .parameter ? .parameter : .state, .cell(cell))
  }

  // MARK: The end

  /// Notes what is returned and what has changed, and puts back whatever the trace has replaced.
  /// Called outside of the trace.
  func finish(_ outputs: [Tensor]) {
    graph.outputs = outputs.map { value(of: $0, for: "`return`") }
    for state in touched {
      for (cell, placeholder) in zip(state.cells, state.placeholders) {
        let final = cell.read()
        if final?.identity == placeholder?.identity { continue }
        graph.updates.append(
          Graph.Update(cell.name, final.map { value(of: $0, for: "an update") }))
        targets.append(cell)
      }
    }
    for restore in restorations.reversed() { restore() }
    for (generator, state) in generators.values { generator.state = state }
  }
}
