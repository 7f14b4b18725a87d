import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import Foundation

/// Adam (Kingma & Ba 2015), and AdamW (Loshchilov & Hutter 2019) where decay is decoupled. Step
/// number t = 1, 2, … of a parameter p with the gradient g:
///
///     m ← β₁ · m + (1 − β₁) · g          the mean of the gradients, fading
///     v ← β₂ · v + (1 − β₂) · g²         the mean of their squares, element by element
///     m̂ = m / (1 − β₁ᵗ)                  both begin at 0 and are too small at first: this corrects it
///     v̂ = v / (1 − β₂ᵗ)
///     p ← p − η · m̂ / (√v̂ + ε)
///
/// Weight decay λ comes in one of two places:
/// - Adam: g + λ · p stands for g above, so that decay is divided by √v̂ like everything else.
/// - AdamW (`isDecoupled`): p ← (1 − η · λ) · p comes before the step, and g stays as it is.
final class AdamOptimizer: SlotOptimizer {
  let beta1: Double
  let beta2: Double
  let epsilon: Double
  /// Whether decay goes past the moments, as in AdamW.
  let isDecoupled: Bool

  init(
    _ parameters: [AnyParameter], learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, isDecoupled: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.isDecoupled = isDecoupled
    super.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
  }

  override func slotNames(at index: Int) -> [String] { ["mean", "square"] }

  /// One step of one parameter.
  ///
  /// - Parameters:
  ///   - value: p; change it with `*=` and `-=`.
  ///   - slots: slots[0] is m and slots[1] is v, uncorrected; zeros before the first step.
  ///   - step: has the `gradient`, the `learningRate` and the `weightDecay` of this step, and its
  ///     `number` t, which counts from 1.
  override func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
    // solution
    if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }
    let gradient = isDecoupled ? step.gradient : step.gradient + value * step.weightDecay
    slots[0] *= beta1
    slots[0] += gradient * (1 - beta1)
    slots[1] *= beta2
    slots[1] += gradient * gradient * (1 - beta2)
    let mean = slots[0] / (1 - pow(beta1, Double(step.number)))
    let square = slots[1] / (1 - pow(beta2, Double(step.number)))
    value -= mean / (square.sqrt() + epsilon) * step.learningRate
    // end solution
  }
}
