import CKernels
import Foundation

extension CPUBackend {
  private func compact(_ x: Tensor) -> Tensor { x.layout.isContiguous ? x : copy(x) }

  private func isFast(_ tensors: Tensor...) -> Bool {
    tensors.allSatisfy { $0.dtype == .float32 && $0.count > 0 }
  }

  public func sgdStep(
    _ p: inout Tensor, _ g: Tensor, momentum buffer: inout Tensor?, _ step: SGDStep
  ) {
    guard isFast(p, g), p.layout.isContiguous else {
      fallback.sgdStep(&p, g, momentum: &buffer, step)
      return
    }
    let g = compact(g)
    // momentum · 0 + d = d: an empty buffer starts as zeros.
    if step.momentum != 0 && buffer == nil { buffer = fill(p.shape, 0, .float32) }
    let options = fledge_sgd_options(
      learning_rate: step.learningRate, momentum: step.momentum, weight_decay: step.weightDecay,
      nesterov: step.isNesterov, gradient_scale: 1)
    let (pp, pg) = (p.pointer(Float.self), g.pointer(Float.self))
    let pb = step.momentum == 0 ? nil : buffer?.pointer(Float.self)
    ThreadPool.forElements(p.count) { range in
      let i = range.lowerBound
      fledge_sgd_step_f32(pp + i, pg + i, pb.map { $0 + i }, range.count, options)
    }
    withExtendedLifetime((g, buffer)) {}
  }

  public func adamStep(
    _ p: inout Tensor, _ g: Tensor, mean: inout Tensor, square: inout Tensor, _ step: AdamStep
  ) {
    guard isFast(p, g), p.layout.isContiguous else {
      fallback.adamStep(&p, g, mean: &mean, square: &square, step)
      return
    }
    let g = compact(g)
    let options = fledge_adam_options(
      learning_rate: step.learningRate, beta1: step.beta1, beta2: step.beta2,
      epsilon: step.epsilon, weight_decay: step.weightDecay, decoupled: step.isDecoupled,
      bias_correction1: 1 - pow(step.beta1, Double(step.step)),
      bias_correction2: 1 - pow(step.beta2, Double(step.step)), gradient_scale: 1)
    let (pp, pg) = (p.pointer(Float.self), g.pointer(Float.self))
    let (pm, pv) = (mean.pointer(Float.self), square.pointer(Float.self))
    ThreadPool.forElements(p.count) { range in
      let i = range.lowerBound
      fledge_adam_step_f32(pp + i, pg + i, pm + i, pv + i, range.count, options)
    }
    withExtendedLifetime(g) {}
  }
}
