import FledgeCore
import FledgeCourse
import FledgeNN

/// Limits the length of the gradient (Pascanu et al. 2013): the gradients of all parameters together
/// are one long vector, and where its Euclidean norm is above `maximum`, the whole of it is scaled
/// down to that length. Its direction stays.
///
///     norm = √ Σ g²                    over all elements of all gradients
///     g ← g · maximum / norm           for every gradient, if norm > maximum
///
/// For gradients [3, 0] and [4, 12] the norm is 13; with a maximum of 6.5 they become [1.5, 0] and
/// [2, 6].
///
/// A gradient is `parameter.grad`, which may be nil: such a parameter is left alone. Sums of tensors
/// are numbers by `x.sum().item()`. If the norm is not a number, nothing is scaled.
///
/// - Returns: the norm before scaling. It is worth watching: it rises before training goes wrong.
@discardableResult
func clipNorm(of parameters: [AnyParameter], to maximum: Double) -> Double {
  // solution
  let squares = parameters.compactMap(\.grad).map { ($0 * $0).sum().item() }
  let norm = squares.reduce(0, +).squareRoot()
  guard norm > maximum else { return norm }
  for parameter in parameters {
    parameter.grad = parameter.grad.map { $0 * (maximum / norm) }
  }
  return norm
  // end solution
}
