import FledgeCore

/// All axes but the first as one.   Shape: [B, …] → [B, product of the rest].
public final class Flatten: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank > 0, "Flatten", "needs a batch axis, got a scalar")
    return x.reshaped([x.shape[0], x.shape.dimensions.dropFirst().reduce(1, *)])
  }
}
