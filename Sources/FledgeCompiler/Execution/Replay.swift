import FledgeCore

/// Runs a traced program again and again with everything looked up beforehand: the values' places in a
/// list, the operations with their attributes, what can be freed when, and, from the second run on, the
/// memory of each buffer.
///
/// The first run takes buffers from the pool and notes them (``Footprint``); the plan of them is made and
/// verified then. Parameters and moments are updated where they lie. So later runs allocate
/// nothing but results, new places in random streams, numbers of the optimizer, and scratch memory of
/// threads. Gradients that each run clears first lie in the arena as well: who holds one over the next run
/// keeps that arena, and the run gets another one.
///
/// Kernels are the forward rules of the primitives on the backend of the first run, in the graph's order:
/// the bits are those of the ordinary program.
final class Replay {
  /// The program after the passes; from the second run on in an order that needs less memory.
  private(set) var graph: Graph
  private let program: TracedProgram
  private var steps: [Step]
  /// Where each value is kept while it is alive.
  private let places: [Graph.Value: Int]
  private let constants: [(place: Int, tensor: Tensor)]
  /// How each input is looked up.
  private let inputs: [(place: Int, load: ([Tensor]) -> Tensor)]
  private let outputs: [Int]
  /// The updates that are not made in place: where the new value is, nil where it is cleared.
  private let updates: [(place: Int?, write: (Tensor?) -> Void)]
  /// Gradients that the program replaces without reading them: their memory is free from the beginning.
  private let clearedFirst: [TracedCell]
  /// What the first run has made; nil before it.
  private var planned: Planned?

  private struct Planned {
    let backend: any Backend.Type
    /// Made when the second run begins: until then the first run's gradients are alive.
    var tape: BufferTape?
    let plan: MemoryPlan
    let footprints: [Footprint]
  }

  /// One operation: an object, so that a run does not count the references of its parts.
  private final class Step {
    let primitive: any Primitive
    let inputs: [Int]
    let outputs: [Int]
    /// Places whose values nothing reads afterwards.
    let freed: [Int]
    /// What hands out the tensors that it changes where they lie, and the operation that does so.
    let targets: [((inout Tensor) -> Void) -> Void]
    let updating: (any UpdatingPrimitive)?
    /// Whether anything reads its outputs.
    let isRead: Bool
    /// Its buffers on the tape.
    var buffers = 0..<0
    /// Where the storage of each output begins in the arena; nil where it is elsewhere.
    var offsets: [Int?] = []

    init(
      _ equation: Graph.Equation, _ places: [Graph.Value: Int], freed: [Int], targets: [TracedCell]
    ) {
      primitive = equation.primitive
      (inputs, outputs) = (
        equation.inputs.map { places[$0]! }, equation.outputs.map { places[$0]! }
      )
      self.freed = freed
      self.targets = targets.map { $0.modify! }
      isRead = !Set(freed).isSuperset(of: outputs)
      updating = targets.isEmpty ? nil : primitive as? any UpdatingPrimitive
    }
  }

  /// The steps of `program`, whose graph passes have made `graph` of.
  init(_ program: TracedProgram, _ graph: Graph) {
    (self.program, self.graph) = (program, graph)
    var places: [Graph.Value: Int] = [:]
    func place(_ value: Graph.Value) -> Int {
      if let place = places[value] { return place }
      places[value] = places.count
      return places.count - 1
    }
    inputs = zip(graph.inputs, program.bindings).map { input, binding in
      (place(input.value), binding.load)
    }
    constants = graph.constants.map { (place($0.value), $0.tensor) }
    for value in graph.equations.flatMap(\.outputs) { _ = place(value) }
    self.places = places
    let inPlace = UpdatesInPlace(program, graph)
    steps = Self.steps(of: graph, places, inPlace)
    outputs = graph.outputs.map { places[$0]! }
    updates = graph.updates.indices.filter { !inPlace.updates.contains($0) }.map {
      (graph.updates[$0].value.map { places[$0]! }, program.targets[$0].write)
    }
    let read = Set(graph.inputs.map(\.name))
    clearedFirst = zip(graph.updates, program.targets).compactMap { update, cell in
      cell.kind == .gradient && !read.contains(update.name) ? cell : nil
    }
  }

  private static func steps(
    of graph: Graph, _ places: [Graph.Value: Int], _ inPlace: UpdatesInPlace
  ) -> [Step] {
    var freed = [[Int]](repeating: [], count: graph.equations.count)
    for (value, position) in graph.lastUses where position < graph.equations.count {
      freed[position].append(places[value]!)
    }
    return graph.equations.enumerated().map { position, equation in
      Step(equation, places, freed: freed[position], targets: inPlace.targets[position] ?? [])
    }
  }

  /// The plan of the memory, once there was a run.
  var plan: MemoryPlan? { planned?.plan }
  /// What each operation asks for, once there was a run.
  var footprints: [Footprint]? { planned?.footprints }

  /// Does what the program does: reads the arguments and what lasts, changes what the program changes,
  /// returns what it returns. The arguments fit the program.
  func run(_ arguments: [Tensor]) -> [Tensor] {
    let context = ExecutionContext.current
    let backend = type(of: context.backend)
    guard context.transformations.isEmpty, planned.map({ $0.backend == backend }) ?? true else {
      // Who observes operations sees them at the door; another backend has other kernels.
      return program.run(arguments, graph)
    }
    for cell in clearedFirst { cell.write(nil) }
    let tape = tape()
    return context.changing(recordsGradients: false).taping(tape).run {
      run(arguments, tape, .current)
    }
  }

  /// The tape of this run: it notes in the first one.
  private func tape() -> BufferTape {
    guard let planned else { return BufferTape() }
    if let tape = planned.tape {
      tape.renew()
      return tape
    }
    let tape = BufferTape(
      arenaBytes: planned.plan.arenaBytes,
      planned.plan.blocks.map { .init(byteCount: $0.byteCount, offset: $0.offset) })
    self.planned?.tape = tape
    return tape
  }

  private func run(
    _ arguments: [Tensor], _ tape: BufferTape, _ context: ExecutionContext
  ) -> [Tensor] {
    tape.begin(0..<0)
    var values = [Tensor?](repeating: nil, count: places.count)
    for (place, load) in inputs {
      // Of one layout in all runs, on which it depends what a view is.
      values[place] = load(arguments).contiguous()
    }
    for (place, tensor) in constants { values[place] = tensor }
    if planned == nil {
      _ = tape.takeNotes()
      let footprints = steps.map { note($0, &values, tape, context) }
      prepare(backend: type(of: context.backend), footprints)
    } else {
      for step in steps { perform(step, &values, tape, context) }
    }
    tape.begin(0..<0)
    for (place, write) in updates { write(place.map { values[$0]! }) }
    return outputs.map { values[$0]! }
  }

  // MARK: Operations

  private func perform(
    _ step: Step, _ values: inout [Tensor?], _ tape: BufferTape, _ context: ExecutionContext
  ) {
    tape.begin(step.buffers)
    let outputs = compute(step, &values, context)
    for (index, place) in step.outputs.enumerated() where step.isRead {
      let output = outputs[index]
      // A kernel that has decided otherwise than in the first run, by what the numbers are, may have put
      // its output where only scratch memory was planned.
      let offset = tape.offset(of: output.storage.pointer)
      let isMisplaced = offset != nil && offset != step.offsets[index]
      values[place] = isMisplaced ? copied(output, tape) : output
    }
    for place in step.freed { values[place] = nil }
  }

  private func copied(_ tensor: Tensor, _ tape: BufferTape) -> Tensor {
    tape.begin(0..<0)
    return tensor.copied()
  }

  private func compute(
    _ step: Step, _ values: inout [Tensor?], _ context: ExecutionContext
  ) -> Tensors {
    var inputs = Tensors()
    if step.targets.isEmpty {
      for place in step.inputs { inputs.append(values[place].unsafelyUnwrapped) }
      return Self.compute(step.primitive, inputs, context)
    }
    for place in step.inputs.dropFirst(step.targets.count) {
      inputs.append(values[place].unsafelyUnwrapped)
    }
    // From here on the cells alone hold their tensors.
    for place in step.inputs.prefix(step.targets.count) { values[place] = nil }
    return Self.update(step.updating!, step.targets, inputs, isRead: step.isRead)
  }

  private static func compute(
    _ primitive: some Primitive, _ inputs: Tensors, _ context: ExecutionContext
  ) -> Tensors {
    computeOutputs(of: primitive, inputs, in: context)
  }

  // MARK: Updates in place

  private static func update(
    _ primitive: some UpdatingPrimitive, _ targets: [((inout Tensor) -> Void) -> Void],
    _ others: Tensors, isRead: Bool
  ) -> Tensors {
    var (tensors, results) = (Tensors(), Tensors())
    func moveOut(_ index: Int) {
      if index == targets.count {
        applyInPlace(primitive, &tensors, others)
        if isRead { results = Tensors(tensors.map { $0.detached() }) }
        return
      }
      let modify = targets[index]
      modify { tensor in
        tensors.append(nothing)
        tensors.change(index) { swap(&tensor, &$0) }
        moveOut(index + 1)
        tensors.change(index) { swap(&tensor, &$0) }
      }
    }
    moveOut(0)
    return results
  }

  private static let nothing = Tensor(abstract: TensorType(shape: [0], dtype: .float32))

  // MARK: The first run

  /// Performs an operation on buffers from the pool, and says what they were.
  private func note(
    _ step: Step, _ values: inout [Tensor?], _ tape: BufferTape, _ context: ExecutionContext
  ) -> Footprint {
    let addresses = step.inputs.map { values[$0].unsafelyUnwrapped.storage.pointer }
    let outputs = compute(step, &values, context)
    let notes = tape.takeNotes()
    if !step.targets.isEmpty {
      // A tensor that lasts must not get memory of the arena, if it is copied because others hold it.
      for (place, output) in zip(step.outputs, outputs) { values[place] = output }
      for place in step.freed { values[place] = nil }
      return Footprint(buffers: [], outputs: step.outputs.map { _ in .outside })
    }
    let origins = outputs.map { output -> Footprint.Origin in
      let address = output.storage.pointer
      // The last one: a buffer may be where one was that has been freed.
      if let buffer = notes.lastIndex(where: { $0.pointer == address }) { return .buffer(buffer) }
      return addresses.firstIndex(of: address).map { .input($0) } ?? .outside
    }
    let overwritable = overwritableInputs(of: step, values, outputs[0], context.backend)
    for (place, output) in zip(step.outputs, outputs) { values[place] = output }
    for place in step.freed { values[place] = nil }
    return Footprint(
      buffers: notes.map(\.byteCount), outputs: origins, overwritable: overwritable)
  }

  /// The inputs of an elementwise operation whose elements lie as those of the output do. Fledge's own
  /// backends are known to compute them one by one.
  private func overwritableInputs(
    of step: Step, _ values: [Tensor?], _ output: Tensor, _ backend: any Backend
  ) -> [Int] {
    guard step.primitive is any UnaryElementwise || step.primitive is any BinaryElementwise,
      backend is CPUBackend || backend is ReferenceBackend
    else { return [] }
    return step.inputs.indices.filter { index in
      guard let input = values[step.inputs[index]] else { return false }
      return input.layout == output.layout && input.layout.isContiguous
        && input.layout.offset == 0 && input.dtype == output.dtype
    }
  }

  private func prepare(backend: any Backend.Type, _ footprints: [Footprint]) {
    let cleared = Set(clearedFirst.map(\.name))
    let order = graph.orderForMemory(footprints, cleared: cleared)
    let footprints = order.map { footprints[$0] }
    graph = graph.inOrder(order)
    steps = Self.steps(of: graph, places, UpdatesInPlace(program, graph))
    let plan = MemoryPlan(graph, footprints: footprints, cleared: cleared)
    do {
      try plan.verify(for: graph, footprints: footprints)
    } catch {
      fledgeTrap("Replay", "the memory plan is wrong: \(error)")
    }
    let owners = graph.owners(footprints)
    var offsets: [BufferID: Int] = [:]
    var next = 0
    for (position, footprint) in footprints.enumerated() {
      steps[position].buffers = next..<next + footprint.buffers.count
      for (buffer, block) in plan.blocks[steps[position].buffers].enumerated() {
        offsets[BufferID(equation: position, buffer: buffer)] = block.offset
      }
      next += footprint.buffers.count
      steps[position].offsets = graph.equations[position].outputs.map { value in
        owners[value].flatMap { offsets[$0] }
      }
    }
    planned = Planned(backend: backend, plan: plan, footprints: footprints)
  }
}
