import FledgeCore

/// In training y = x · m / (1 − p) with m ~ Bernoulli(1 − p) for each element, so that the mean
/// stays; in evaluation y = x (Srivastava et al. 2014).
///
/// The mask is drawn from the generator of the scope, see ``/FledgeCore/withGenerator(_:_:)``.
public final class Dropout: Module, Layer {
  /// The probability of an element to become 0.
  public let probability: Double

  /// - Parameter probability: of an element to be dropped, in 0…1.
  public init(_ probability: Double = 0.5) {
    require(
      (0...1).contains(probability), "Dropout",
      "the probability must be in 0…1, got \(probability)")
    self.probability = probability
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    isTraining && probability > 0 ? dropout(x, probability: probability) : x
  }

  public override var details: String { "\(probability)" }
}

/// ``Dropout`` of whole channels. Neighbouring pixels are so similar that dropping single ones has
/// little effect (Tompson et al. 2015).   Shape: [N, C, …] → the same
public final class Dropout2d: Module, Layer {
  /// The probability of a channel to become 0.
  public let probability: Double

  /// - Parameter probability: of a channel of an image to be dropped, in 0…1.
  public init(_ probability: Double = 0.5) {
    require(
      (0...1).contains(probability), "Dropout2d",
      "the probability must be in 0…1, got \(probability)")
    self.probability = probability
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank >= 2, "Dropout2d", "needs [N, C, …], got \(x.shape)")
    return isTraining && probability > 0
      ? dropout(x, probability: probability, sharedAxes: x.rank - 2) : x
  }

  public override var details: String { "\(probability)" }
}
