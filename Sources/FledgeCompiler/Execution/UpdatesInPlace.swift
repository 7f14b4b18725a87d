import FledgeCore

/// Which operations of a program may change what lasts where it lies, as they do in ordinary code: steps of
/// optimizers whose old value nothing reads afterwards.
struct UpdatesInPlace {
  /// By the position of the operation, the cells of its targets.
  private(set) var targets: [Int: [TracedCell]] = [:]
  /// The updates that are made by them.
  private(set) var updates: Set<Int> = []

  init(_ program: TracedProgram, _ graph: Graph) {
    var cells: [Graph.Value: (name: String, cell: TracedCell)] = [:]
    for (input, binding) in zip(graph.inputs, program.bindings) {
      if case .cell(let cell) = binding { cells[input.value] = (input.name, cell) }
    }
    var update: [String: Int] = [:]
    for (index, next) in graph.updates.enumerated() { update[next.name] = index }
    let lastUses = graph.lastUses
    for (position, equation) in graph.equations.enumerated() {
      guard let primitive = equation.primitive as? any UpdatingPrimitive else { continue }
      let olds = equation.inputs.prefix(primitive.targetCount)
      let found = zip(olds, equation.outputs).compactMap { old, new -> (Int, TracedCell)? in
        guard let (name, cell) = cells[old], cell.modify != nil, lastUses[old] == position,
          let index = update[name], graph.updates[index].value == new
        else { return nil }
        return (index, cell)
      }
      guard !found.isEmpty, found.count == primitive.targetCount, Set(olds).count == olds.count
      else { continue }
      targets[position] = found.map(\.1)
      updates.formUnion(found.map(\.0))
    }
  }
}
