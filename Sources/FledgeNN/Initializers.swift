import FledgeCore

// Starting values for weights [outputs, inputs, …]. With r the product of the further axes (the
// receptive field), fanIn = inputs · r and fanOut = outputs · r.
extension Tensor {
  /// U(−a, a) with a = gain · √(6 / (fanIn + fanOut)) (Glorot & Bengio 2010): keeps the variance
  /// through linear layers and tanh.
  public static func xavierUniform(
    _ shape: Shape, gain: Double = 1, dtype: DType = .float32, using generator: Generator? = nil
  ) -> Tensor {
    let fans = fans(of: shape, gain, "xavierUniform")
    let bound = gain * (6 / (fans.input + fans.output)).squareRoot()
    return uniform(shape, in: -bound...bound, dtype: dtype, using: generator)
  }

  /// N(0, σ²) with σ = gain · √(2 / (fanIn + fanOut)) (Glorot & Bengio 2010).
  public static func xavierNormal(
    _ shape: Shape, gain: Double = 1, dtype: DType = .float32, using generator: Generator? = nil
  ) -> Tensor {
    let fans = fans(of: shape, gain, "xavierNormal")
    let deviation = gain * (2 / (fans.input + fans.output)).squareRoot()
    return normal(
      shape, mean: 0, standardDeviation: deviation, dtype: dtype, using: generator)
  }

  /// U(−a, a) with a = gain · √(3 / fanIn) (He et al. 2015); gain √2 keeps the variance through
  /// ReLU.
  public static func kaimingUniform(
    _ shape: Shape, gain: Double = 2.0.squareRoot(), dtype: DType = .float32,
    using generator: Generator? = nil
  ) -> Tensor {
    let bound = gain * (3 / fans(of: shape, gain, "kaimingUniform").input).squareRoot()
    return uniform(shape, in: -bound...bound, dtype: dtype, using: generator)
  }

  /// N(0, σ²) with σ = gain / √fanIn (He et al. 2015).
  public static func kaimingNormal(
    _ shape: Shape, gain: Double = 2.0.squareRoot(), dtype: DType = .float32,
    using generator: Generator? = nil
  ) -> Tensor {
    let deviation = gain / fans(of: shape, gain, "kaimingNormal").input.squareRoot()
    return normal(
      shape, mean: 0, standardDeviation: deviation, dtype: dtype, using: generator)
  }

  private static func fans(
    of shape: Shape, _ gain: Double, _ operation: String
  ) -> (input: Double, output: Double) {
    require(
      gain >= 0 && gain.isFinite, operation,
      "the gain must be finite and cannot be negative, got \(gain)")
    require(
      shape.rank >= 2 && shape.count > 0, operation,
      "needs a weight [outputs, inputs, …], the shape is \(shape)")
    let receptiveField = shape.dimensions.dropFirst(2).reduce(1, *)
    return (Double(shape[1] * receptiveField), Double(shape[0] * receptiveField))
  }
}
