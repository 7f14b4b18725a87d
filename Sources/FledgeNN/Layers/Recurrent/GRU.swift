import FledgeCore

/// A gated recurrent unit (Cho et al. 2014) that applies its reset gate after the product, as in
/// cuDNN and PyTorch.
///
///     (z_r, z_u, z_n) = x_t Wᵢᵀ + bᵢ,  (q_r, q_u, q_n) = h W_hᵀ + b_h      [B, 3H] each
///     r = σ(z_r + q_r),  u = σ(z_u + q_u),  n = tanh(z_n + r q_n)          [B, H]
///     h ← (1 − u) n + u h,  y_t = h
///
/// Shape: [T, B, inputs] → [T, B, directions · hidden]; with `isBatchFirst` [B, T, …].
public final class GRU: RecurrentLayer {
  /// - Parameters:
  ///   - layers: Layer l > 0 reads the outputs of layer l − 1.
  ///   - isBidirectional: Each layer also reads from the end; both outputs are concatenated.
  ///   - dropout: Between the layers, in training.
  public init(
    _ inputs: Int, _ hidden: Int, layers: Int = 1, isBidirectional: Bool = false,
    dropout: Double = 0, bias: Bool = true, isBatchFirst: Bool = false
  ) {
    super.init(
      inputs, hidden, gates: 3, layers: layers, isBidirectional: isBidirectional,
      dropout: dropout, bias: bias, isBatchFirst: isBatchFirst, name: "GRU")
  }

  /// - Parameters:
  ///   - state: h of every layer and direction before the first step, [layers · directions, B,
  ///     hidden]; zeros where nil.
  ///   - lengths: How many steps each sequence has, see ``LSTM/callAsFunction(_:state:lengths:)``.
  /// - Returns: The outputs of the last layer, and all states after the last step.
  public func callAsFunction(
    _ x: Tensor, state: Tensor?, lengths: [Int]? = nil
  ) -> (y: Tensor, state: Tensor) {
    let result = runStack(x, states: state.map { [$0] }, lengths: lengths)
    return (result.y, result.states[0])
  }

  override func run(
    _ x: Tensor, _ weights: RecurrentWeights, states: [Tensor]?, lengths: Tensor?, isReversed: Bool
  ) -> (y: Tensor, states: [Tensor]) {
    var z = weights.products(x)
    if let bias = weights.inputBias { z += bias }
    let result = gru(
      z, weight: weights.recurrentWeight, bias: weights.recurrentBias, state: states?[0],
      lengths: lengths, isReversed: isReversed)
    return (result.y, [result.h])
  }
}
