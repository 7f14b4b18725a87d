import FledgeCore

/// The common part of ``LSTM``, ``GRU`` and ``RNN``: stacked layers in one or two directions, each
/// with its own weights.
///
/// Layer l > 0 reads the outputs of layer l − 1, both directions concatenated, after dropout. A single
/// sequence may come without a batch axis: [T, inputs] → [T, directions · hidden], with states
/// [layers · directions, hidden].
public class RecurrentLayer: Module, Layer {
  /// The size of the last axis of x.
  public let inputs: Int
  /// The size of a state.
  public let hidden: Int
  /// Whether sequences come as [B, T, …] instead of [T, B, …].
  public let isBatchFirst: Bool
  /// First step to last, one for each layer.
  public let forward: [RecurrentWeights]
  /// Last step to first, one for each layer; empty unless bidirectional.
  public let backward: [RecurrentWeights]
  /// The dropout between the layers, in training.
  public let dropout: Dropout

  init(
    _ inputs: Int, _ hidden: Int, gates: Int, layers: Int, isBidirectional: Bool, dropout: Double,
    bias: Bool, isBatchFirst: Bool, name: String
  ) {
    require(
      inputs > 0 && hidden > 0 && layers > 0, name,
      "sizes must be positive, got \(inputs) → \(hidden) in \(layers) layers")
    self.inputs = inputs
    self.hidden = hidden
    self.isBatchFirst = isBatchFirst
    let directions = isBidirectional ? 2 : 1
    // The largest of the weights' sizes.
    _ = hidden.times(gates, name).times(max(inputs, directions.times(hidden, name)), name)
    func stack() -> [RecurrentWeights] {
      (0..<layers).map { layer in
        RecurrentWeights(layer == 0 ? inputs : directions * hidden, hidden, gates, bias: bias)
      }
    }
    forward = stack()
    backward = isBidirectional ? stack() : []
    self.dropout = Dropout(dropout)
  }

  /// Whether each layer also reads from last to first.
  public var isBidirectional: Bool { !backward.isEmpty }
  private var directions: Int { isBidirectional ? 2 : 1 }

  /// Runs one layer in one direction over [T, B, inputs], from the states [B, hidden]. Each
  /// subclass implements it.
  func run(
    _ x: Tensor, _ weights: RecurrentWeights, states: [Tensor]?, lengths: Tensor?, isReversed: Bool
  ) -> (y: Tensor, states: [Tensor]) {
    fledgeTrap("RecurrentLayer", "\(type(of: self)) does not say what a step is")
  }

  /// Runs all layers and directions. States are [layers · directions, B, hidden], the first layer's
  /// directions first.
  func runStack(
    _ x: Tensor, states: [Tensor]?, lengths: [Int]?
  ) -> (y: Tensor, states: [Tensor]) {
    let name = "\(type(of: self))"
    if x.rank == 2 {
      let axis = isBatchFirst ? 0 : 1
      let result = runStack(
        x.expandedDims(axis: axis), states: states?.map { $0.expandedDims(axis: 1) },
        lengths: lengths)
      return (result.y.squeezed(axis: axis), result.states.map { $0.squeezed(axis: 1) })
    }
    require(
      x.rank == 3 && x.shape[2] == inputs, name,
      "needs [\(isBatchFirst ? "B, T" : "T, B"), \(inputs)], the shape is \(x.shape)")
    var y = isBatchFirst ? x.transposed(0, 1) : x
    let (time, batch) = (y.shape[0], y.shape[1])
    require(time > 0, name, "a sequence needs at least one step, the shape is \(x.shape)")
    for state in states ?? [] {
      let expected: Shape = [forward.count * directions, batch, hidden]
      require(
        state.shape == expected, name, "a state must be \(expected), the shape is \(state.shape)")
    }
    if let lengths {
      require(
        lengths.count == batch && lengths.allSatisfy { (0...time).contains($0) }, name,
        "needs a length in 0…\(time) for each of the \(batch) sequences, got \(lengths)")
    }
    let ends = lengths.map { Tensor($0) }
    var last: [[Tensor]] = []
    for layer in forward.indices {
      if layer > 0 { y = dropout(y) }
      let parts = (0..<directions).map { direction -> Tensor in
        let weights = direction == 0 ? forward[layer] : backward[layer]
        let index = layer * directions + direction
        let result = run(
          y, weights, states: states?.map { $0[index] }, lengths: ends, isReversed: direction == 1)
        last.append(result.states)
        return result.y
      }
      y = directions == 1 ? parts[0] : Tensor.concatenate(parts, axis: 2)
    }
    let stacked = last[0].indices.map { i in Tensor.stack(last.map { $0[i] }) }
    return (isBatchFirst ? y.transposed(0, 1) : y, stacked)
  }

  /// The outputs of the last layer, from states of zero.
  /// Shape: [T, B, inputs] → [T, B, directions · hidden].
  public func callAsFunction(_ x: Tensor) -> Tensor { runStack(x, states: nil, lengths: nil).y }

  /// PyTorch's name for each of this layer's parameters: `forward.0.inputWeight` is `weight_ih_l0`,
  /// `backward.1.recurrentBias` is `bias_hh_l1_reverse`.
  public var pyTorchNames: [String: String] {
    var names: [String: String] = [:]
    for (direction, suffix) in [("forward", ""), ("backward", "_reverse")] {
      for layer in forward.indices {
        for (ours, theirs) in [
          ("inputWeight", "weight_ih"), ("recurrentWeight", "weight_hh"), ("inputBias", "bias_ih"),
          ("recurrentBias", "bias_hh"),
        ] {
          names["\(direction).\(layer).\(ours)"] = "\(theirs)_l\(layer)\(suffix)"
        }
      }
    }
    let own = Set(namedParameters().map(\.name))
    return names.filter { own.contains($0.key) }
  }

  public override var details: String {
    let parts = [
      "\(inputs) → \(hidden)", forward.count > 1 ? "\(forward.count) layers" : nil,
      isBidirectional ? "bidirectional" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}

/// The weights of one layer in one direction.
///
/// All start as U(−1/√hidden, 1/√hidden), as in PyTorch. The rows of the gates follow one another
/// in the order that the layer gives.
public final class RecurrentWeights: Module {
  /// [gates · hidden, inputs]
  @Parameter public var inputWeight: Tensor
  /// [gates · hidden, hidden]
  @Parameter public var recurrentWeight: Tensor
  /// [gates · hidden]
  @Parameter public var inputBias: Tensor?
  /// [gates · hidden]
  @Parameter public var recurrentBias: Tensor?

  init(_ inputs: Int, _ hidden: Int, _ gates: Int, bias: Bool) {
    let bound = 1 / Double(hidden).squareRoot()
    func uniform(_ shape: Shape) -> Tensor { Tensor.uniform(shape, in: -bound...bound) }
    inputWeight = uniform([gates * hidden, inputs])
    recurrentWeight = uniform([gates * hidden, hidden])
    inputBias = bias ? uniform([gates * hidden]) : nil
    recurrentBias = bias ? uniform([gates * hidden]) : nil
  }

  /// x Wᵢᵀ for all steps.   Shape: [T, B, inputs] → [T, B, gates · hidden].
  func products(_ x: Tensor) -> Tensor { x.matmul(inputWeight.transposed()) }

  /// The sum of the two biases, where they are added to the same sum.
  var bias: Tensor? {
    guard let inputBias, let recurrentBias else { return nil }
    return inputBias + recurrentBias
  }

  public override var details: String {
    let (input, recurrent) = ($inputWeight.shape!, $recurrentWeight.shape!)
    return "\(input[1]) + \(recurrent[1]) → \(input[0])"
  }
}
