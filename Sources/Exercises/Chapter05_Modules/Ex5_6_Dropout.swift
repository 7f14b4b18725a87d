import FledgeCore
import FledgeCourse
import FledgeNN

/// In training each element is dropped with probability p, and what is left is divided by 1 − p, so
/// that the mean stays; in evaluation x passes (Srivastava et al. 2014).
///
///     y = x · m / (1 − p),   m = 1 with probability 1 − p, else 0
///
/// Each element of each example has a draw of its own, in each call a new one, from the generator
/// that is in force (`withGenerator`): `Tensor.uniform(_:)` and `Tensor.bernoulli(_:probability:)`
/// draw from it where none is named.   Shape: [*] → the same
final class MyDropout: Module, Layer {
  let probability: Double

  /// - Parameter probability: that an element is dropped, in 0 ..< 1.
  init(_ probability: Double = 0.5) { self.probability = probability }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    guard isTraining else { return x }
    let kept = 1 - probability
    return x * (Tensor.bernoulli(x.shape, probability: kept, dtype: x.dtype) / kept)
    // end solution
  }
}
