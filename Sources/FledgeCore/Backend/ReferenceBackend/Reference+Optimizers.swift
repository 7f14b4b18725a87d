import Foundation

extension ReferenceBackend {
  public func sgdStep(
    _ p: inout Tensor, _ g: Tensor, momentum buffer: inout Tensor?, _ step: SGDStep
  ) {
    var d = Swift.zip(g.doubles, p.doubles).map { $0 + step.weightDecay * $1 }
    if step.momentum != 0 {
      // The first step starts the buffer at the gradient itself.
      let velocity = buffer.map { Swift.zip($0.doubles, d).map { step.momentum * $0 + $1 } } ?? d
      buffer = Tensor(rounding: velocity, p.shape, p.dtype)
      d =
        step.isNesterov ? Swift.zip(d, velocity).map { $0 + step.momentum * $1 } : velocity
    }
    p = Tensor(
      rounding: Swift.zip(p.doubles, d).map { $0 - step.learningRate * $1 }, p.shape, p.dtype)
  }

  public func adamStep(
    _ p: inout Tensor, _ g: Tensor, mean: inout Tensor, square: inout Tensor, _ step: AdamStep
  ) {
    var (weights, gradients, m, v) = (p.doubles, g.doubles, mean.doubles, square.doubles)
    let correction1 = 1 - pow(step.beta1, Double(step.step))
    let correction2 = 1 - pow(step.beta2, Double(step.step))
    for i in weights.indices {
      if step.isDecoupled {
        weights[i] *= 1 - step.learningRate * step.weightDecay
      } else {
        gradients[i] += step.weightDecay * weights[i]
      }
      m[i] = step.beta1 * m[i] + (1 - step.beta1) * gradients[i]
      v[i] = step.beta2 * v[i] + (1 - step.beta2) * gradients[i] * gradients[i]
      let denominator = (v[i] / correction2).squareRoot() + step.epsilon
      weights[i] -= step.learningRate * (m[i] / correction1) / denominator
    }
    p = Tensor(rounding: weights, p.shape, p.dtype)
    mean = Tensor(rounding: m, p.shape, p.dtype)
    square = Tensor(rounding: v, p.shape, p.dtype)
  }
}
