import FledgeCore

/// y = x Wᵀ + b.   Shape: [*, inputs] → [*, outputs].
///
/// W, b ~ U(−1/√inputs, 1/√inputs), as PyTorch starts them.
public final class Linear: Module, Layer {
  /// [outputs, inputs]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The size of the last axis of x.
  public let inputs: Int
  /// The size of the last axis of y.
  public let outputs: Int
  /// Trained changes to the weight; see ``Module/applyLoRA(rank:alpha:to:)``.
  public internal(set) var adapters: [LowRankAdapter] = []

  /// New weights; see the type for how they start.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    require(
      inputs > 0 && outputs > 0, "Linear", "sizes must be positive, got \(inputs) → \(outputs)")
    let bound = 1 / Double(inputs).squareRoot()
    self.inputs = inputs
    self.outputs = outputs
    weight = Tensor.uniform([outputs, inputs], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank > 0 && x.shape[-1] == inputs, "Linear",
      "needs [*, \(inputs)], the shape is \(x.shape)")
    var y = linear(x, weight: weight, bias: bias)
    for adapter in adapters { y += adapter.change(x, outputs: outputs).cast(to: y.dtype) }
    return y
  }

  /// The weight with the changes of the adapters: for whoever takes parts of it.
  var adaptedWeight: Tensor {
    adapters.reduce(weight) { $0 + $1.weightChange(outputs: outputs) }
  }

  public override var details: String { "\(inputs) → \(outputs)" }
}
