import FledgeCore

/// Long short-term memory (Hochreiter & Schmidhuber 1997).
///
///     (i, f, g, o) = x_t Wᵢᵀ + bᵢ + h W_hᵀ + b_h      [B, 4H]
///     c ← σ(f) c + σ(i) tanh(g)                       [B, H]
///     h ← σ(o) tanh(c),  y_t = h
///
/// Shape: [T, B, inputs] → [T, B, directions · hidden]; with `isBatchFirst` [B, T, …].
///
///     let lstm = LSTM(128, 256, layers: 2)
///     let y = lstm(x)
///     let (y, state) = lstm(x, state: previous, lengths: [35, 20, 7])
public final class LSTM: RecurrentLayer {
  /// h and c of every layer and direction, [layers · directions, B, hidden] each.
  public struct State: Sendable {
    /// The output of the cell.
    public var h: Tensor
    /// The memory of the cell.
    public var c: Tensor

    /// [layers · directions, B, hidden] each.
    public init(h: Tensor, c: Tensor) {
      self.h = h
      self.c = c
    }

    /// The same values outside the graph, to truncate back-propagation through time.
    public func detached() -> State { State(h: h.detached(), c: c.detached()) }
  }

  /// - Parameters:
  ///   - layers: Layer l > 0 reads the outputs of layer l − 1.
  ///   - isBidirectional: Each layer also reads from the end; both outputs are concatenated.
  ///   - dropout: Between the layers, in training.
  public init(
    _ inputs: Int, _ hidden: Int, layers: Int = 1, isBidirectional: Bool = false,
    dropout: Double = 0, bias: Bool = true, isBatchFirst: Bool = false
  ) {
    super.init(
      inputs, hidden, gates: 4, layers: layers, isBidirectional: isBidirectional,
      dropout: dropout, bias: bias, isBatchFirst: isBatchFirst, name: "LSTM")
  }

  /// - Parameters:
  ///   - state: The state before the first step; zeros if nil.
  ///   - lengths: How many steps each sequence of the batch has (PyTorch's packed sequences): later
  ///     outputs are 0, the last state is that at the sequence's own end, and the reverse direction
  ///     begins there.
  /// - Returns: The outputs of the last layer, and all states after the last step.
  public func callAsFunction(
    _ x: Tensor, state: State?, lengths: [Int]? = nil
  ) -> (y: Tensor, state: State) {
    let result = runStack(x, states: state.map { [$0.h, $0.c] }, lengths: lengths)
    return (result.y, State(h: result.states[0], c: result.states[1]))
  }

  override func run(
    _ x: Tensor, _ weights: RecurrentWeights, states: [Tensor]?, lengths: Tensor?, isReversed: Bool
  ) -> (y: Tensor, states: [Tensor]) {
    let result = lstm(
      weights.products(x), weight: weights.recurrentWeight, bias: weights.bias,
      state: states.map { ($0[0], $0[1]) }, lengths: lengths, isReversed: isReversed)
    return (result.y, [result.h, result.c])
  }
}
