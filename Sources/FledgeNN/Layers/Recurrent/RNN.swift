import FledgeCore

/// The plain recurrent layer (Elman 1990): y_t = h ← f(x_t Wᵢᵀ + bᵢ + h W_hᵀ + b_h), f = tanh or
/// max(0, ·).
///
/// Shape: [T, B, inputs] → [T, B, directions · hidden]; with `isBatchFirst` [B, T, …].
public final class RNN: RecurrentLayer {
  /// The activation.
  public let function: RNNFunction

  /// - Parameters:
  ///   - function: f.
  ///   - layers: Layer l > 0 reads the outputs of layer l − 1.
  ///   - isBidirectional: Each layer also reads from the end; both outputs are concatenated.
  ///   - dropout: Between the layers, in training.
  public init(
    _ inputs: Int, _ hidden: Int, function: RNNFunction = .tanh, layers: Int = 1,
    isBidirectional: Bool = false, dropout: Double = 0, bias: Bool = true,
    isBatchFirst: Bool = false
  ) {
    self.function = function
    super.init(
      inputs, hidden, gates: 1, layers: layers, isBidirectional: isBidirectional,
      dropout: dropout, bias: bias, isBatchFirst: isBatchFirst, name: "RNN")
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
    let result = rnn(
      weights.products(x), weight: weights.recurrentWeight, bias: weights.bias,
      state: states?[0], lengths: lengths, function: function, isReversed: isReversed)
    return (result.y, [result.h])
  }
}
