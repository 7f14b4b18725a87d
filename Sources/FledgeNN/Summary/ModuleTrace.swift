import FledgeCore
import Synchronization

/// Watches a forward pass and finds the module of each operation; see ``ModelSummary``.
final class ModuleTrace: ModuleObserver {
  /// One operation.
  private struct Event: Sendable {
    let name: String
    let inputs: Tensors
    let output: Tensor
    let multiplyAdds: Int
    /// The place in `modules` of the one whose parameter it reads.
    var owner: Int?
    /// The layer of a container that runs.
    let scope: Int?

    /// A view computes nothing and needs no memory.
    var isView: Bool { inputs.contains { $0.storage === output.storage } }
  }

  private struct State: Sendable {
    var events: [Event] = []
    var scopes: [Int] = []
    /// Whose parameter lies, or a value made of nothing else, in a storage.
    var owners: [ObjectIdentifier: Int]
  }

  private struct ModuleInfo {
    let path: [Substring]
    let module: Module
  }

  // Modules do not change while the forward pass runs, and nobody else sees this object.
  private nonisolated(unsafe) let model: Module
  private nonisolated(unsafe) let modules: [ModuleInfo]
  private let state: Mutex<State>

  init(_ model: Module) {
    self.model = model
    let walk = ModuleWalk(model)
    let modules = walk.namedModules.map {
      ModuleInfo(path: $0.path.split(separator: "."), module: $0.module)
    }
    self.modules = modules
    var owners: [ObjectIdentifier: Int] = [:]
    for entry in walk.entries.firstOfEach {
      guard let value = entry.holder.value else { continue }
      let path = entry.name.split(separator: ".")
      owners[ObjectIdentifier(value.storage)] = modules.indices
        .filter { path.starts(with: modules[$0].path) }
        .max { modules[$0].path.count < modules[$1].path.count }
    }
    state = Mutex(State(owners: owners))
  }

  func call(of module: Module, _ body: () -> Tensor) -> Tensor {
    guard let index = modules.firstIndex(where: { $0.module === module }) else { return body() }
    state.withLock { $0.scopes.append(index) }
    defer { state.withLock { _ = $0.scopes.popLast() } }
    return body()
  }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    guard let output = outputs.first else { return outputs }
    let name = type(of: primitive).name
    let count = primitive.multiplyAddCount(inputs.types, outputs.types)
    state.withLock { state in
      let owners = inputs.map { state.owners[ObjectIdentifier($0.storage)] }
      let owner = owners.compactMap { $0 }.first
      // A weight that is cast or transposed is still that weight.
      if let owner, owners.allSatisfy({ $0 == owner }) {
        state.owners[ObjectIdentifier(output.storage)] = owner
      }
      // Events hold their tensors, so that no storage is used again while the pass runs.
      state.events.append(
        Event(
          name: name, inputs: inputs, output: output,
          multiplyAdds: count, owner: owner, scope: state.scopes.last))
    }
    return outputs
  }

  // MARK: The modules of the operations

  func summary(inputBytes: Int) -> ModelSummary {
    let events = attributed(state.withLock { $0.events })
    let rows = modules.map { info in
      let own = events.filter { modules[$0.owner!].path.starts(with: info.path) }
      let details = info.module.details.isEmpty ? "" : " " + info.module.details
      return ModelSummary.Row(
        path: info.path.joined(separator: "."), name: "\(type(of: info.module))" + details,
        output: own.last?.output.shape, parameters: info.module.parameterCount,
        multiplyAdds: own.reduce(0) { $0 + $1.multiplyAdds })
    }
    let parameters = ModuleWalk(model).parameters.map(\.parameter)
    return ModelSummary(
      rows: rows, inputBytes: inputBytes,
      parameterBytes: parameters.reduce(0) { $0 + ($1.value?.byteCount ?? 0) },
      activationBytes: events.reduce(0) { $0 + ($1.isView ? 0 : $1.output.byteCount) },
      trainedParameters: parameters.reduce(0) {
        $0 + ($1.isTrainable ? $1.value?.count ?? 0 : 0)
      })
  }

  /// The events, each with an owner.
  private func attributed(_ events: [Event]) -> [Event] {
    var events = events
    let readers = events.map(\.owner)
    for index in events.indices.dropFirst() where readers[index] == nil {
      // A layer computes on rows and gives the result back in its own shape.
      let (event, previous) = (events[index], events[index - 1])
      if event.name == "reshape", event.inputs[0].storage === previous.output.storage,
        event.output.rank > previous.output.rank,
        event.output.shape.dimensions.last == previous.output.shape.dimensions.last
      {
        events[index].owner = readers[index - 1]
      }
    }
    let known = events.map(\.owner)
    for index in events.indices where known[index] == nil {
      let before = known[..<index].last { $0 != nil } ?? nil
      let after = known[(index + 1)...].first { $0 != nil } ?? nil
      events[index].owner = holder(of: before, and: after, within: events[index].scope ?? 0)
    }
    return events
  }

  /// The innermost module that holds both, not outside of `scope`.
  private func holder(of a: Int?, and b: Int?, within scope: Int) -> Int {
    guard let a, let b else { return scope }
    let common = zip(modules[a].path, modules[b].path).prefix { $0 == $1 }.count
    let candidates = modules.indices.filter {
      modules[$0].path.count <= common
        && modules[a].path.starts(with: modules[$0].path)
        && modules[$0].path.starts(with: modules[scope].path)
    }
    return candidates.max { modules[$0].path.count < modules[$1].path.count } ?? scope
  }
}
