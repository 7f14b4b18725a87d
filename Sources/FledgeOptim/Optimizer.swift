import FledgeCore
import FledgeNN

/// Changes parameters along their gradients.
///
///     let optimizer = AdamW(model.parameters(), learningRate: 3e-4)
///     for batch in loader {
///       optimizer.zeroGrad()
///       loss(model, batch).backward()
///       optimizer.learningRateFactor = schedule.factor(at: step)
///       optimizer.step()
///     }
///
/// Gradients add up until they are cleared, so a batch that does not fit in memory can be processed
/// in parts; if the losses are means, divide each by the number of parts:
///
///     optimizer.zeroGrad()
///     for part in parts { (loss(model, part) / Double(parts.count)).backward() }
///     optimizer.step()
///
/// ``isMaximizing`` turns descent into ascent. Parameters without a gradient, and frozen ones, are
/// skipped. A custom rule overrides
/// ``update(_:gradient:at:learningRate:weightDecay:)`` and, if it keeps state, ``state`` and
/// ``restore(_:)``; ``SlotOptimizer`` does the latter for most.
open class Optimizer {
  /// Rates and decays may be changed between steps.
  public var groups: [ParameterGroup]
  /// Multiplies every group's learning rate; schedules set it.
  public var learningRateFactor = 1.0

  /// Whether the steps of all groups go up the gradients (`maximize` in PyTorch); groups have a
  /// choice of their own, ``ParameterGroup/isMaximizing``.
  public var isMaximizing: Bool {
    get { groups.allSatisfy(\.isMaximizing) }
    set { for i in groups.indices { groups[i].isMaximizing = newValue } }
  }

  /// The learning rate of the first group. Setting it sets that of every group; to set one alone,
  /// write `groups[1].learningRate`.
  public final var learningRate: Double {
    get {
      require(!groups.isEmpty, "Optimizer", "without groups there is no learning rate")
      return groups[0].learningRate
    }
    set {
      require(
        newValue >= 0 && newValue.isFinite, "Optimizer",
        "a learning rate must be finite and cannot be negative, got \(newValue)")
      for i in groups.indices { groups[i].learningRate = newValue }
    }
  }

  /// For subclasses. Traps where a parameter is in two groups: it would be stepped twice.
  public init(_ groups: [ParameterGroup]) {
    var seen: Set<ObjectIdentifier> = []
    for parameter in groups.flatMap(\.parameters) {
      require(
        seen.insert(ObjectIdentifier(parameter)).inserted, "Optimizer",
        "a parameter is given twice and would be stepped twice")
    }
    self.groups = groups
  }

  /// The parameters of all groups, in their order.
  public var parameters: [AnyParameter] { groups.flatMap(\.parameters) }

  /// The name of each of ``parameters``, under which its state is kept: its path in the model that
  /// listed it (`blocks.0.attention.qkv.weight`), after the name of its group if there is one. If
  /// no model has listed it, the parameter at position 3 is `parameter.3`. Two models with the same
  /// paths are numbered, see ``ParameterGroup``.
  public var parameterNames: [String] { names.names }

  private var names: ParameterNames { ParameterNames(groups.flatMap(\.paths), "Optimizer") }

  /// Forgets all gradients.
  public func zeroGrad() {
    for group in groups {
      for parameter in group.parameters { parameter.zeroGrad() }
    }
  }

  /// Takes one step, in place.
  open func step() {
    withSpan("\(type(of: self)).step") { stepParameters() }
  }

  private func stepParameters() {
    requireTraceable()
    // One scope for all parameters: making one for each costs as much as a small step itself.
    withoutGradients(memoryTag: .optimizer) {
      var index = 0
      for group in groups {
        for parameter in group.parameters {
          step(parameter, at: index, in: group)
          index += 1
        }
      }
    }
  }

  /// In a trace the numbers of a step must be those of each run, which ``SlotOptimizer`` sees to.
  private func requireTraceable() {
    guard let tracer = ExecutionContext.currentTracer else { return }
    require(
      self is SlotOptimizer, "\(type(of: self))",
      "its step is computed in Swift and cannot be traced; trace forward and backward passes and call "
        + "step() after the call")
    for (index, group) in groups.enumerated() {
      tracer.assume(StateKey(self, "isMaximizing.\(index)")) { [self] in
        groups[index].isMaximizing == group.isMaximizing
      }
    }
  }

  /// One step of one parameter, where it is trained and has a gradient.
  func step(_ parameter: AnyParameter, at index: Int, in group: ParameterGroup) {
    guard parameter.isTrainable, let gradient = parameter.grad?.contiguous() else { return }
    parameter.update { value in
      update(
        &value, gradient: group.isMaximizing ? -gradient : gradient, at: index,
        learningRate: group.learningRate * learningRateFactor, weightDecay: group.weightDecay)
    }
  }

  /// The rule: one step of the parameter at `index` of ``Optimizer/parameters``. `value` is
  /// contiguous and, unless a transformation observes it, the only holder of its storage;
  /// `gradient` is contiguous and has its shape and dtype.
  open func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    fledgeTrap("Optimizer", "\(type(of: self)) does not override update")
  }

  /// Whether an element's step depends on that element, its gradient and its state alone. Then parts
  /// of parameters can be stepped apart, each by the rank that keeps their state.
  open var isElementwise: Bool { false }

  // MARK: State

  /// The tensors that the next steps depend on besides parameters and rates, under the name in
  /// ``Optimizer/parameterNames``: `head.weight.mean`. Parameters not stepped so far have none.
  open var state: [String: Tensor] { [:] }

  /// Puts the state back; names and shapes were checked.
  open func restore(_ state: [String: Tensor]) {}

  /// The names of the tensors that belong to a parameter, and which of them have its shape.
  open var stateNames: [(name: String, hasParameterShape: Bool)] { [] }

  /// The same for the parameter at `index`, for a rule that treats parameters differently;
  /// by default ``Optimizer/stateNames``.
  open func stateNames(at index: Int) -> [(name: String, hasParameterShape: Bool)] { stateNames }

  /// The shape of a kept tensor that has the parameter's shape, or one that depends on it.
  /// `found` is the one in a saved state, for tensors that grow.
  func stateShape(of name: String, for shape: Shape, found: Shape) -> Shape { shape }

  /// Loads a saved ``state``; on an error nothing changes.
  ///
  /// Parameters are matched by name, in any order: one that is not in the state starts anew, and
  /// the state of a frozen one is kept. A shared parameter's state may have any of its paths.
  ///
  /// - Parameter strict: Whether a name that this optimizer does not know is an error. With `false`
  ///   it is ignored; wrong shapes never are.
  public func load(_ state: [String: Tensor], strict: Bool = true) throws(OptimizerError) {
    restore(try checked(state, strict: strict))
  }

  /// Throws what ``load(_:strict:)`` would throw, and changes nothing.
  package func check(_ state: [String: Tensor], strict: Bool = true) throws(OptimizerError) {
    _ = try checked(state, strict: strict)
  }

  /// `state` under the names that ``restore(_:)`` knows; throws where it does not fit.
  open func checked(
    _ state: [String: Tensor], strict: Bool
  ) throws(OptimizerError) -> [String: Tensor] {
    let (parameters, names) = (parameters, names)
    let result = try names.resolving(state, isStrict: strict) { index, kept, found in
      guard let slot = stateNames(at: index).first(where: { $0.name == kept }) else { return nil }
      guard slot.hasParameterShape, let shape = parameters[index].shape else { return [] }
      return stateShape(of: slot.name, for: shape, found: found)
    }
    for (index, name) in names.names.enumerated() {
      let slots = stateNames(at: index).map { "\(name).\($0.name)" }
      guard slots.contains(where: { result[$0] != nil }) else { continue }
      for slot in slots where result[slot] == nil { throw .missing(name: slot) }
    }
    try checkCounts(result)
    return result
  }

  /// Throws ``OptimizerError/invalidCount(name:found:)`` where a number in `state`, whose names and
  /// shapes were checked, cannot be a count.
  func checkCounts(_ state: [String: Tensor]) throws(OptimizerError) {}
}

/// The requirements of running means of gradients and squares.
func requireBetas(_ beta1: Double, _ beta2: Double, _ optimizer: String) {
  require(
    (0..<1).contains(beta1) && (0..<1).contains(beta2), optimizer,
    "the betas must be in 0 ..< 1, got \(beta1) and \(beta2)")
}

// PyTorch's name, so that the compiler answers with the one to use.
extension Optimizer {
  @available(*, unavailable, renamed: "zeroGrad()")
  public func zero_grad() { fatalError() }
}
