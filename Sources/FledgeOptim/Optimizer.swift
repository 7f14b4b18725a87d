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
/// Gradients add up until they are forgotten, so a batch that does not fit in memory goes through in
/// parts; with means as losses, each part's divided by their number:
///
///     optimizer.zeroGrad()
///     for part in parts { (loss(model, part) / Double(parts.count)).backward() }
///     optimizer.step()
///
/// Parameters without a gradient, and frozen ones, are passed over. A rule of one's own overrides
/// ``update(_:gradient:at:learningRate:weightDecay:)`` and, if it keeps state, ``state`` and
/// ``restore(_:)``; ``SlotOptimizer`` does the latter for most.
open class Optimizer {
  /// Rates and decays may be changed between steps.
  public var groups: [ParameterGroup]
  /// Multiplies every group's learning rate; schedules set it.
  public var learningRateFactor = 1.0

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

  /// The parameters of all groups; state is kept by position in this list.
  public var parameters: [AnyParameter] { groups.flatMap(\.parameters) }

  /// Forgets all gradients.
  public func zeroGrad() {
    for group in groups {
      for parameter in group.parameters { parameter.zeroGrad() }
    }
  }

  /// Takes one step, in place.
  public func step() {
    withSpan("\(type(of: self)).step") { stepParameters() }
  }

  private func stepParameters() {
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

  /// One step of one parameter, where it is trained and has a gradient.
  func step(_ parameter: AnyParameter, at index: Int, in group: ParameterGroup) {
    guard parameter.isTrainable, let gradient = parameter.grad?.contiguous() else { return }
    parameter.update { value in
      update(
        &value, gradient: gradient, at: index,
        learningRate: group.learningRate * learningRateFactor, weightDecay: group.weightDecay)
    }
  }

  /// The rule: one step of the parameter at `index` of ``Optimizer/parameters``. `value` is
  /// contiguous and the only holder of its storage; `gradient` is contiguous and has its shape and dtype.
  open func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    fledgeTrap("Optimizer", "\(type(of: self)) does not override update")
  }

  // MARK: State

  /// What the next steps depend on beside parameters and rates, named by the parameter's position:
  /// `3.mean`. Parameters not stepped so far have none.
  open var state: [String: Tensor] { [:] }

  /// Puts the state back; names and shapes were checked.
  open func restore(_ state: [String: Tensor]) {}

  /// The names of the tensors that belong to a parameter, and which of them have its shape.
  open var stateNames: [(name: String, hasParameterShape: Bool)] { [] }

  /// The same for the parameter at `index`, for a rule that treats parameters differently;
  /// ``Optimizer/stateNames`` unless overridden.
  open func stateNames(at index: Int) -> [(name: String, hasParameterShape: Bool)] { stateNames }

  /// Takes over a saved ``state``; on an error nothing has changed.
  public func load(_ state: [String: Tensor]) throws(OptimizerError) {
    try check(state)
    restore(state)
  }

  /// Throws what ``load(_:)`` would throw, and changes nothing.
  package func check(_ state: [String: Tensor]) throws(OptimizerError) {
    let parameters = parameters
    for (key, value) in state.sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let index = Int(parts[0]), parameters.indices.contains(index),
        let slot = stateNames(at: index).first(where: { $0.name == parts[1] })
      else { throw .unexpected(name: key) }
      let expected = slot.hasParameterShape ? parameters[index].value?.shape ?? [] : []
      if value.shape != expected {
        throw .mismatched(name: key, expected: expected, found: value.shape)
      }
    }
    let saved = Set(state.keys.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } })
    for index in saved {
      for slot in stateNames(at: index) where state["\(index).\(slot.name)"] == nil {
        throw .missing(name: "\(index).\(slot.name)")
      }
    }
  }
}

/// The requirements of running means of gradients and squares.
func requireBetas(_ beta1: Double, _ beta2: Double, _ optimizer: String) {
  require(
    (0..<1).contains(beta1) && (0..<1).contains(beta2), optimizer,
    "the betas must be in 0 ..< 1, got \(beta1) and \(beta2)")
}
