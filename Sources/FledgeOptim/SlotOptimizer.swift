import CKernels
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
/// Saving and restoring come with it.
open class SlotOptimizer: Optimizer {
  private struct Memory {
    var slots: [Tensor]
    var step: Int
  }

  private var memories: [Int: Memory] = [:]

  /// The names of the slots of the parameter at `index`.
  open func slotNames(at index: Int) -> [String] { [] }

  /// The initial value of a slot's elements.
  open func startingValue(ofSlot slot: Int) -> Double { 0 }

  /// The rule: one step of one parameter. `value` and the slots, in the order of their names, are
  /// contiguous and the only holders of their storage.
  open func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
    fledgeTrap("Optimizer", "\(type(of: self)) does not override advance")
  }

  public override func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    withMemoryTag(.optimizer) {
      // Taken out of the dictionary, so that the storage of the slots has no other holder.
      var memory =
        memories.removeValue(forKey: index)
        ?? Memory(
          slots: slotNames(at: index).indices.map {
            .full(value.shape, startingValue(ofSlot: $0), dtype: value.dtype)
          }, step: 0)
      for slot in memory.slots.indices { memory.slots[slot].makeUnique() }
      memory.step += 1
      advance(
        &value, &memory.slots,
        SlotStep(
          gradient: gradient, index: index, number: memory.step, learningRate: learningRate,
          weightDecay: weightDecay))
      memories[index] = memory
    }
  }

  public override var state: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (index, memory) in memories {
      for (name, slot) in zip(slotNames(at: index), memory.slots) {
        result["\(index).\(name)"] = slot
      }
      result["\(index).step"] = Tensor([memory.step], shape: [])
    }
    return result
  }

  public override func stateNames(at index: Int) -> [(name: String, hasParameterShape: Bool)] {
    slotNames(at: index).map { ($0, true) } + [("step", false)]
  }

  public override func restore(_ state: [String: Tensor]) {
    memories = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let value = parameter.value, let step = state["\(index).step"] else { continue }
      let slots = slotNames(at: index).compactMap { state["\(index).\($0)"] }
      memories[index] = Memory(
        slots: slots.map { $0.detached().cast(to: value.dtype) }, step: Int(step.item()))
    }
  }
}

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

/// Takes a step by a C kernel, one pass over memory; false where the scope's backend or the dtype
/// wants the rule in tensor operations, which is also what the kernels are tested against.
func takeFusedStep(
  _ kernel: fledge_rule, _ value: inout Tensor, _ slots: [Tensor], _ gradient: Tensor,
  _ options: fledge_rule_options
) -> Bool {
  guard ExecutionContext.current.backend.runsFusedKernels, value.dtype == .float32,
    gradient.dtype == .float32
  else { return false }
  let (p, g) = (value.pointer(Float.self), gradient.pointer(Float.self))
  let starts = slots.map { $0.pointer(Float.self) }
  ThreadPool.forElements(value.count) { range in
    let i = range.lowerBound
    starts.map { $0 + i }.withUnsafeBufferPointer {
      kernel(p + i, g + i, $0.baseAddress!, range.count, options)
    }
  }
  withExtendedLifetime((slots, gradient)) {}
  return true
}

extension fledge_rule_options {
  /// Everything else 0, no decoupled decay.
  init(rate: Double, decay: Double = 0) {
    self.init()
    (self.rate, self.decay, keep) = (rate, decay, 1)
  }
}

extension Tensor {
  /// The moving average decay · self + (1 − decay) · x, in place.
  mutating func average(_ x: Tensor, decay: Double) {
    self *= decay
    self += x * (1 - decay)
  }

  /// √Σ x².
  var euclideanNorm: Double { ExecutionContext.current.backend.sumOfSquares(self).squareRoot() }
}
