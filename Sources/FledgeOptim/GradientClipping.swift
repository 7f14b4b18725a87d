import FledgeCore
import FledgeNN

/// Σ g² over all gradients of `parameters`, a float64 scalar; 0 where there are none.
///
/// If each of several processes has a part of the gradients, add this sum up over all of them and
/// pass the total to ``clipGradientNorm(_:maximum:sumOfSquares:)``.
public func sumOfSquaredGradients(_ parameters: [AnyParameter]) -> Tensor {
  withoutGradients {
    var total: Tensor?
    for gradient in parameters.lazy.compactMap(\.grad) {
      let squares = gradient.sumOfSquares()
      total = total.map { $0 + squares } ?? squares
    }
    return total ?? .zeros([], dtype: .float64)
  }
}

/// Scales all gradients together so that their Euclidean norm is at most `maximum` (Pascanu et al.
/// 2013), and returns the norm before scaling, a float64 scalar. If a gradient is NaN, so is the
/// norm, and nothing is scaled.
///
/// - Parameter sumOfSquares: The square of the norm, if there are gradients besides these; by
///   default their ``sumOfSquaredGradients(_:)``.
@discardableResult
public func clipGradientNorm(
  _ parameters: [AnyParameter], maximum: Double, sumOfSquares: Tensor? = nil
) -> Tensor {
  require(maximum > 0, "clipGradientNorm", "the maximum must be positive, got \(maximum)")
  return withoutGradients {
    var norm: Tensor?
    withSpan("clipGradientNorm") {
      let found = (sumOfSquares ?? sumOfSquaredGradients(parameters)).sqrt()
      norm = found
      // A pass over all gradients, which mostly is not needed. Abstract ones have no norm to ask for.
      guard found.isAbstract || found.item() > maximum else { return }
      let factor = Tensor.where(found .> maximum, maximum / found, .ones([], dtype: .float64))
      for parameter in parameters {
        parameter.updateGrad { gradient in
          // Rounded to a half type, the factor could be 0 where its product with 60,000 is not.
          if gradient.dtype.byteCount == 2 {
            gradient = inFloat32(Tensors(gradient)) { $0[0] * factor.cast(to: .float32) }
          } else {
            gradient *= factor.cast(to: gradient.dtype)
          }
        }
      }
    }
    return norm!
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
