import FledgeCore

/// The common part of ``RNNCell``, ``LSTMCell`` and ``GRUCell``: the weights, and the shapes of one
/// step. A cell is one layer of ``RNN``, ``LSTM`` or ``GRU`` that is called step by step.
///
/// The weights are named as in those: `inputWeight`, `recurrentWeight`, `inputBias` and
/// `recurrentBias`.
public class RecurrentCell: Module {
  /// The size of the last axis of x.
  public let inputs: Int
  /// The size of a state.
  public let hidden: Int
  /// The weights and biases.
  @Inlined public private(set) var weights: RecurrentWeights

  init(_ inputs: Int, _ hidden: Int, gates: Int, bias: Bool, name: String) {
    require(
      inputs > 0 && hidden > 0, name, "sizes must be positive, got \(inputs) → \(hidden)")
    _ = hidden.times(gates, name).times(max(inputs, hidden), name)
    self.inputs = inputs
    self.hidden = hidden
    weights = RecurrentWeights(inputs, hidden, gates, bias: bias)
  }

  /// Runs `body` on a sequence of one step and the states before it, and returns those after it.
  /// Shape: [B, inputs] and [B, hidden] as [1, B, inputs] and [B, hidden]; [inputs] and [hidden] alone.
  func step(
    _ x: Tensor, _ states: [Tensor]?, _ body: (_ x: Tensor, _ states: [Tensor]?) -> [Tensor]
  ) -> [Tensor] {
    let name = "\(type(of: self))"
    require(
      (1...2).contains(x.rank) && x.shape[-1] == inputs, name,
      "needs [B, \(inputs)], the shape is \(x.shape)")
    let batch = x.rank == 1 ? 1 : x.shape[0]
    let expected: Shape = x.rank == 1 ? [hidden] : [batch, hidden]
    for state in states ?? [] {
      require(
        state.shape == expected, name, "a state must be \(expected), the shape is \(state.shape)")
    }
    return body(x.reshaped([1, batch, inputs]), states?.map { $0.reshaped([batch, hidden]) })
      .map { $0.reshaped(expected) }
  }

  /// PyTorch's name for each of this cell's parameters: `inputWeight` is `weight_ih`.
  public var pyTorchNames: [String: String] {
    let names = [
      "inputWeight": "weight_ih", "recurrentWeight": "weight_hh", "inputBias": "bias_ih",
      "recurrentBias": "bias_hh",
    ]
    let own = Set(namedParameters().map(\.name))
    return names.filter { own.contains($0.key) }
  }

  public override var details: String { "\(inputs) → \(hidden)" }
}

/// One step of ``RNN``: h ← f(x Wᵢᵀ + bᵢ + h W_hᵀ + b_h), f = tanh or max(0, ·).
///
///     var h = Tensor.zeros([batch, hidden])
///     for x in steps { h = cell(x, state: h) }
public final class RNNCell: RecurrentCell {
  /// The activation.
  public let function: RNNFunction

  /// - Parameter function: f.
  public init(
    _ inputs: Int, _ hidden: Int, function: RNNFunction = .tanh, bias: Bool = true
  ) {
    self.function = function
    super.init(inputs, hidden, gates: 1, bias: bias, name: "RNNCell")
  }

  /// The state after a step; the one before it is zero where nil.
  /// Shape: [B, inputs], [B, hidden] → [B, hidden], or without the batch axis.
  public func callAsFunction(_ x: Tensor, state: Tensor? = nil) -> Tensor {
    step(x, state.map { [$0] }) { x, states in
      let result = rnn(
        weights.products(x), weight: weights.recurrentWeight, bias: weights.bias,
        state: states?[0], function: function)
      return [result.h]
    }[0]
  }
}

/// One step of ``LSTM``.
///
///     var state: LSTM.State?
///     for x in steps { state = cell(x, state: state) }
public final class LSTMCell: RecurrentCell {
  /// The gates follow one another as in ``LSTM``: i, f, g, o.
  public init(_ inputs: Int, _ hidden: Int, bias: Bool = true) {
    super.init(inputs, hidden, gates: 4, bias: bias, name: "LSTMCell")
  }

  /// h and c after a step; those before it are zero where nil.
  /// Shape: [B, inputs], two [B, hidden] → two [B, hidden], or without the batch axis.
  public func callAsFunction(_ x: Tensor, state: LSTM.State? = nil) -> LSTM.State {
    let result = step(x, state.map { [$0.h, $0.c] }) { x, states in
      let result = lstm(
        weights.products(x), weight: weights.recurrentWeight, bias: weights.bias,
        state: states.map { ($0[0], $0[1]) })
      return [result.h, result.c]
    }
    return LSTM.State(h: result[0], c: result[1])
  }
}

/// One step of ``GRU``.
public final class GRUCell: RecurrentCell {
  /// The gates follow one another as in ``GRU``: r, u, n.
  public init(_ inputs: Int, _ hidden: Int, bias: Bool = true) {
    super.init(inputs, hidden, gates: 3, bias: bias, name: "GRUCell")
  }

  /// The state after a step; the one before it is zero where nil.
  /// Shape: [B, inputs], [B, hidden] → [B, hidden], or without the batch axis.
  public func callAsFunction(_ x: Tensor, state: Tensor? = nil) -> Tensor {
    step(x, state.map { [$0] }) { x, states in
      var z = weights.products(x)
      if let bias = weights.inputBias { z += bias }
      let result = gru(
        z, weight: weights.recurrentWeight, bias: weights.recurrentBias, state: states?[0])
      return [result.h]
    }[0]
  }
}
