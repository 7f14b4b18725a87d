import FledgeCore

/// In training y = x · m / (1 − p) with m ~ Bernoulli(1 − p) for each element, so that the mean
/// stays; in evaluation y = x (Srivastava et al. 2014).
///
/// The mask is drawn from the generator of the scope, see ``withGenerator(_:_:)``.
public final class Dropout: Module, Layer {
  public let probability: Double

  /// - Parameter probability: of an element to be dropped, in 0 ..< 1.
  public init(_ probability: Double = 0.5) {
    require(
      (0..<1).contains(probability), "Dropout",
      "the probability must be in 0 ..< 1, got \(probability)")
    self.probability = probability
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard isTraining, probability > 0 else { return x }
    let kept = 1 - probability
    var mask = Tensor.bernoulli(x.shape, probability: kept, dtype: x.dtype)
    mask *= 1 / kept
    return x * mask
  }

  public override var details: String { "\(probability)" }
}
