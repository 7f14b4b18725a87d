import FledgeCore

/// A part of a model: parameters, and other modules.
///
///     final class Net: Module {
///       let hidden = Linear(784, 256)
///       let output = Linear(256, 10)
///       func callAsFunction(_ x: Tensor) -> Tensor { output(relu(hidden(x))) }
///     }
///
/// Parameters (`@Parameter`), buffers (`@Buffer`) and child modules are found by reflection over
/// the stored properties, those of superclasses first; arrays, optionals and dictionaries with
/// string keys (in sorted order) are walked. A tensor or module stored in any other shape traps
/// with its path, so that nothing is silently left out of training or of a checkpoint.
///
/// Names are paths of properties: `blocks.0.attention.qkv.weight`.
open class Module: CustomStringConvertible {
  /// Whether layers that behave differently in training (``Dropout``) do so.
  public internal(set) var isTraining: Bool {
    get {
      if let tracer = ExecutionContext.currentTracer { assumeMode(tracer) }
      return mode
    }
    set {
      require(
        newValue == mode || ExecutionContext.currentTracer == nil, "Module",
        "changes its mode while the program is traced; call train() or eval() before the call")
      mode = newValue
    }
  }
  private var mode = true

  private func assumeMode(_ tracer: any Tracer) {
    tracer.assume(StateKey(self, "isTraining")) { [self, expected = mode] in mode == expected }
  }

  /// For the initializers of subclasses, which set properties and need nothing here.
  public init() {}

  /// The details that the summary prints beside the type, such as `784 → 256`.
  open var details: String { "" }

  /// Puts this module and all below it in training mode, or out of it.
  public func train(_ isOn: Bool = true) {
    for (_, module) in ModuleWalk(self).modules { module.isTraining = isOn }
  }

  /// Puts this module and all below it in evaluation mode.
  public func eval() { train(false) }

  // MARK: Parameters

  /// Every parameter once. A shared one has its first name; absent optional ones are left out.
  ///
  /// This sets the ``AnyParameter/paths`` of each in this model, by which an optimizer names its
  /// state.
  public func namedParameters() -> [(name: String, parameter: AnyParameter)] {
    let parameters = ModuleWalk(self).parameters
    for (paths, parameter) in parameters where parameter.paths != paths { parameter.paths = paths }
    return parameters.map { ($0.paths[0], $0.parameter) }
  }

  /// All parameters in the order of the properties, shared ones once: what an optimizer takes.
  public func parameters() -> [AnyParameter] { namedParameters().map(\.parameter) }

  /// This module and all below it; a shared one once for each of its paths.
  package func modules() -> [Module] { ModuleWalk(self).modules.map(\.module) }

  /// All buffers in the order of the properties, shared ones once.
  package func buffers() -> [AnyBuffer] {
    ModuleWalk(self).entries.firstOfEach.compactMap { entry in
      if case .buffer(let buffer) = entry.holder { buffer } else { nil }
    }
  }

  /// The number of elements of all parameters.
  public var parameterCount: Int {
    ModuleWalk(self).parameters.reduce(0) { $0 + ($1.parameter.shape?.count ?? 0) }
  }

  /// Forgets all gradients.
  public func zeroGrad() {
    for (_, parameter) in ModuleWalk(self).parameters { parameter.zeroGrad() }
  }

  /// Makes all parameters constants, for example to train only a new head.
  public func freeze() {
    for (_, parameter) in ModuleWalk(self).parameters { parameter.freeze() }
  }

  /// Makes all parameters trainable again.
  public func unfreeze() {
    for (_, parameter) in ModuleWalk(self).parameters { parameter.unfreeze() }
  }

  // MARK: State

  /// Parameters and buffers by name, in the order of the properties; shared ones once.
  public func stateDict() -> [(name: String, value: Tensor)] {
    ModuleWalk(self).entries.firstOfEach.compactMap { entry in
      entry.holder.value.map { (entry.name, $0) }
    }
  }

  /// Loads the values of `state`, cast to the dtypes of this module.
  ///
  /// All names and shapes are checked first; on an error nothing changes. A shared parameter may
  /// have any of its names. With `strict: false` missing and unknown names are ignored; wrong
  /// shapes never are.
  public func load(_ state: [String: Tensor], strict: Bool = true) throws(ModuleError) {
    try check(state, strict: strict)
    for entry in ModuleWalk(self).entries {
      guard let value = state[entry.name], let current = entry.holder.value else { continue }
      entry.holder.assign(value.detached().cast(to: current.dtype))
    }
  }

  /// Loads what ``stateDict()`` gives; of a name that comes twice, the last value.
  public func load(
    _ state: [(name: String, value: Tensor)], strict: Bool = true
  ) throws(ModuleError) {
    try load(Dictionary(state.map { ($0.name, $0.value) }) { $1 }, strict: strict)
  }

  /// Throws what `load` would throw, and changes nothing.
  package func check(_ state: [String: Tensor], strict: Bool = true) throws(ModuleError) {
    let entries = ModuleWalk(self).entries.filter { $0.holder.value != nil }
    let loaded = Set(entries.filter { state[$0.name] != nil }.map(\.holder.identity))
    var error = ModuleError(
      missing: entries.firstOfEach.filter { !loaded.contains($0.holder.identity) }.map(\.name),
      unexpected: Set(state.keys).subtracting(entries.map(\.name)).sorted(), mismatched: [])
    for entry in entries {
      guard let value = state[entry.name], let current = entry.holder.value else { continue }
      if value.shape != current.shape {
        error.mismatched.append(
          .init(name: entry.name, expected: current.shape, found: value.shape))
      }
    }
    if !strict { (error.missing, error.unexpected) = ([], []) }
    if !error.isEmpty { throw error }
  }

  // MARK: Summary

  /// A line for each module with its parameters, and their total.
  public var description: String { summary() }
}

/// A module from one tensor to one tensor: what ``Sequential`` is made of.
public protocol Layer: Module {
  /// The output for x; which shapes it takes, each layer says.
  func callAsFunction(_ x: Tensor) -> Tensor
}
