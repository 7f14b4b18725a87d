import FledgeCore
import FledgeNN

/// Scales all gradients together so that their Euclidean norm is at most `maximum` (Pascanu et al.
/// 2013), and returns the norm they had. Not a number where a gradient is not; nothing is scaled
/// then.
@discardableResult
public func clipGradientNorm(_ parameters: [AnyParameter], maximum: Double) -> Double {
  require(maximum > 0, "clipGradientNorm", "the maximum must be positive, got \(maximum)")
  return withoutGradients {
    var norm = 0.0
    withSpan("clipGradientNorm") {
      let backend = ExecutionContext.current.backend
      let total = parameters.reduce(0.0) { sum, parameter in
        sum + (parameter.grad.map { backend.sumOfSquares($0) } ?? 0)
      }
      norm = total.squareRoot()
      if norm > maximum {
        for parameter in parameters { parameter.updateGrad { $0 *= maximum / norm } }
      }
    }
    return norm
  }
}

/// Limits every element of every gradient to −maximum … maximum.
public func clipGradientValue(_ parameters: [AnyParameter], maximum: Double) {
  require(maximum > 0, "clipGradientValue", "the maximum must be positive, got \(maximum)")
  withoutGradients {
    for parameter in parameters {
      parameter.grad = parameter.grad.map { $0.clamped(min: -maximum, max: maximum) }
    }
  }
}
