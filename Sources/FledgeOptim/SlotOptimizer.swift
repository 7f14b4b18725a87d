import FledgeCore
import FledgeNN

/// An optimizer that keeps for each parameter a few tensors in its shape, its *slots*, and the
/// number of steps it has taken. A rule names its slots and says what a step does with them:
///
///     final class Momentum: SlotOptimizer {
///       override func slotNames(at index: Int) -> [String] { ["velocity"] }
///       override func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
///         slots[0] *= 0.9
///         slots[0] += step.gradient
///         value -= slots[0] * step.learningRate
///       }
///     }
///
/// It also saves and restores the slots.
open class SlotOptimizer: Optimizer {
  /// An object, so that a step changes the tensors where they are: taking a structure out of an
  /// array and putting it back counts each of its references four times.
  private final class Memory {
    /// The place of the value, empty between two steps, and the slots.
    @exclusivity(unchecked) var targets: Tensors
    /// How many steps were taken.
    @exclusivity(unchecked) var step: Int

    init(targets: Tensors, step: Int) {
      (self.targets, self.step) = (targets, step)
    }

    var slots: Tensors.SubSequence { targets.dropFirst() }
  }

  // Unchecked, as they are read for every parameter of every step; no call in between changes them.
  /// By the parameter's position; nil before its first step.
  @exclusivity(unchecked) private var memories: [Memory?] = []
  /// What ``take(_:_:_:_:)`` has last handed to a rule: most parameters take the same step.
  @exclusivity(unchecked) private var lastNumbers: Tensor?
  @exclusivity(unchecked) private var lastKey: NumbersKey?
  /// Whether a step is asked for its numbers alone.
  @exclusivity(unchecked) private var givesNumbersOnly = false

  /// The names of the slots of the parameter at `index`, without dots.
  open func slotNames(at index: Int) -> [String] { [] }

  /// The same for a parameter of `shape`, which is being changed and must not be read.
  func slotNames(at index: Int, of shape: Shape) -> [String] { slotNames(at: index) }

  /// The shape of a slot of a parameter of `shape`: the same, or what a rule needs that keeps less.
  func slotShape(_ slot: String, of shape: Shape) -> Shape { shape }

  /// The initial value of a slot's elements.
  open func startingValue(ofSlot slot: Int) -> Double { 0 }

  /// The rule: one step of one parameter. `value` and the slots, in the order of their names, are
  /// contiguous and, unless a transformation observes them, the only holders of their storage.
  open func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
    fledgeTrap("Optimizer", "\(type(of: self)) does not override advance")
  }

  public override func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    let isNew = memories.count <= index || memories[index] == nil
    let memory = memory(at: index, TensorType(shape: value.shape, dtype: value.dtype))
    if let tracer = ExecutionContext.currentTracer {
      let type = TensorType(shape: value.shape, dtype: value.dtype)
      tracer.touch(TracedSlots(optimizer: self, index: index, value: type, isNew: isNew))
    }
    memory.step += 1
    memory.targets.change(0) { swap(&value, &$0) }
    takeStep(
      &memory.targets,
      SlotStep(
        gradient: gradient, index: index, number: memory.step, learningRate: learningRate,
        weightDecay: weightDecay))
    memory.targets.change(0) { swap(&value, &$0) }
  }

  /// What is kept for the parameter at `index`, which has the type `value`.
  private func memory(at index: Int, _ value: @autoclosure () -> TensorType) -> Memory {
    while memories.count <= index { memories.append(nil) }
    return memories[index] ?? start(value(), index)
  }

  private func start(_ value: TensorType, _ index: Int) -> Memory {
    let context = ExecutionContext.current
    // Also a trace starts with slots that have elements: they are inputs of its graph.
    let slots = context.outsideOfTrace.changing(memoryTag: .optimizer).run {
      slotNames(at: index, of: value.shape).enumerated().map { slot, name in
        let shape = slotShape(name, of: value.shape)
        return context.isAbstract && context.tracer == nil
          ? Tensor(abstract: TensorType(shape: shape, dtype: value.dtype))
          : Tensor.full(shape, startingValue(ofSlot: slot), dtype: value.dtype)
      }
    }
    let memory = Memory(targets: Tensors([noTensor] + slots), step: 0)
    memories[index] = memory
    return memory
  }

  /// Takes one step of the value and the slots in `targets`, by ``advance(_:_:_:)`` if the
  /// optimizer has no ``UpdateRule``.
  func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    require(
      ExecutionContext.currentTracer == nil, "\(type(of: self))",
      "its rule in advance(_:_:_:) is given the learning rate as a number, which a traced program would "
        + "keep for ever; trace forward and backward passes and call step() after the call")
    // Moved out and back, so that their storage has no other holder, but for a transformation.
    let isSeen = !ExecutionContext.current.transformations.isEmpty
    var parts: [Tensor] = []
    for i in targets.indices {
      var part = noTensor
      swap(&part, &targets[i])
      if !isSeen { part.makeUnique() }
      parts.append(consume part)
    }
    var value = parts.removeFirst()
    advance(&value, &parts, step)
    swap(&value, &targets[0])
    for i in parts.indices { swap(&parts[i], &targets[i + 1]) }
  }

  /// Takes one step of the value and the slots in `targets` as one operation of the door. `numbers`
  /// is called once for all parameters that take the same step.
  func take<Rule: UpdateRule>(
    _ rule: Rule, _ targets: inout Tensors, _ step: SlotStep, _ numbers: () -> StepNumbers
  ) {
    let context = ExecutionContext.current
    if let tracer = context.tracer {
      let index = step.index
      let value = TensorType(shape: step.gradient.shape, dtype: targets.dtype(0))
      let given = tracer.numbers("\(type(of: self))", StepNumbers.type) { [self] in
        numbersOfNextStep(at: index, value)
      }
      return applyInPlace(rule, &targets, Tensors(step.gradient, given))
    }
    let key = NumbersKey(
      rule: ObjectIdentifier(Rule.self), step: step.number, learningRate: step.learningRate,
      weightDecay: step.weightDecay, isAbstract: context.isAbstract)
    if lastKey != key { (lastKey, lastNumbers) = (key, numbers().tensor) }
    if givesNumbersOnly { return }
    applyInPlace(rule, &targets, Tensors(step.gradient, lastNumbers!))
  }

  // MARK: Traces

  /// Counts one more step of the parameter at `index`, and gives the numbers of it: what a traced step
  /// is told in each run.
  private func numbersOfNextStep(at index: Int, _ value: TensorType) -> Tensor {
    let memory = memory(at: index, value)
    memory.step += 1
    var first = 0
    let group = groups.first { group in
      defer { first += group.parameters.count }
      return index < first + group.parameters.count
    }!
    givesNumbersOnly = true
    defer { givesNumbersOnly = false }
    var nothing = Tensors()
    takeStep(
      &nothing,
      SlotStep(
        gradient: noTensor, index: index, number: memory.step,
        learningRate: group.learningRate * learningRateFactor, weightDecay: group.weightDecay))
    return lastNumbers!
  }

  /// The slots of one parameter as a trace sees them. They are looked up each time: a checkpoint that
  /// was loaded brings others.
  private struct TracedSlots: TracedState {
    let optimizer: SlotOptimizer
    let index: Int
    /// The type of the parameter, which is being changed and must not be asked.
    let value: TensorType
    /// Whether the trace has started it.
    let isNew: Bool

    private var memory: Memory { optimizer.memory(at: index, value) }

    var key: StateKey { StateKey(optimizer, "\(index)") }

    var cells: [TracedCell] {
      let name = optimizer.parameters[index].paths.first ?? "parameter.\(index)"
      let slots = zip(optimizer.slotNames(at: index, of: value.shape), memory.slots)
      return slots.enumerated().map { position, slot in
        TracedCell(
          "\(name).\(slot.0)", .other, TensorType(shape: slot.1.shape, dtype: slot.1.dtype),
          read: { memory.targets[position + 1] },
          write: { value in memory.targets[position + 1] = value!.detached() },
          modify: { body in
            var slot = noTensor
            memory.targets.change(position + 1) { swap(&slot, &$0) }
            body(&slot)
            memory.targets.change(position + 1) { swap(&slot, &$0) }
          })
      }
    }

    func replace(_ values: [Tensor?]) -> () -> Void {
      let memory = memory
      let (targets, step) = (memory.targets, memory.step)
      for (position, value) in values.enumerated() { memory.targets[position + 1] = value! }
      return {
        (memory.targets, memory.step) = (targets, step)
        // A trace alone leaves no state where there was none.
        if isNew { optimizer.memories[index] = nil }
      }
    }
  }

  // MARK: State

  public override var state: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (index, (name, memory)) in zip(parameterNames, memories).enumerated() {
      guard let memory else { continue }
      for (slotName, slot) in zip(slotNames(at: index), memory.slots) {
        result["\(name).\(slotName)"] = slot
      }
      result["\(name).step"] = Tensor([memory.step], shape: [])
    }
    return result
  }

  public override func stateNames(at index: Int) -> [(name: String, hasParameterShape: Bool)] {
    slotNames(at: index).map { ($0, true) } + [("step", false)]
  }

  override func stateShape(of name: String, for shape: Shape, found: Shape) -> Shape {
    slotShape(name, of: shape)
  }

  public override func restore(_ state: [String: Tensor]) {
    memories = []
    for (index, (name, parameter)) in zip(parameterNames, parameters).enumerated() {
      memories.append(nil)
      guard let dtype = parameter.dtype, let step = state["\(name).step"] else { continue }
      let slots = slotNames(at: index).compactMap { state["\(name).\($0)"] }
      memories[index] = Memory(
        targets: Tensors([noTensor] + slots.map { $0.detached().cast(to: dtype) }),
        step: Int(count: step.item()) ?? 0)
    }
  }

  override func checkCounts(_ state: [String: Tensor]) throws(OptimizerError) {
    for name in parameterNames.map({ "\($0).step" }) {
      guard let step = state[name]?.item(), Int(count: step) == nil else { continue }
      throw .invalidCount(name: name, found: step)
    }
  }
}

/// What ``StepNumbers`` depend on, for parameters that one rule steps.
private struct NumbersKey: Equatable {
  let rule: ObjectIdentifier
  let step: Int
  let learningRate: Double
  let weightDecay: Double
  let isAbstract: Bool
}

/// Stands in the place of a tensor that was moved out; has no memory that a ledger would count.
private let noTensor = Tensor(abstract: TensorType(shape: [0], dtype: .float32))

/// The arguments of a ``SlotOptimizer``'s step.
public struct SlotStep {
  /// Contiguous, in the shape and dtype of the value.
  public let gradient: Tensor
  /// The position of the parameter in ``Optimizer/parameters``.
  public let index: Int
  /// 1, 2, …
  public let number: Int
  /// η of the parameter's group, all schedules applied.
  public let learningRate: Double
  /// λ of the parameter's group.
  public let weightDecay: Double

  /// g + λ p: the gradient with the one of λ ‖p‖²/2.
  public func decayedGradient(_ value: Tensor) -> Tensor {
    weightDecay == 0 ? gradient : gradient + value * weightDecay
  }
}
