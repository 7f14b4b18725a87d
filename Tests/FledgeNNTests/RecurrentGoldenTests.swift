import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Recurrent layers against PyTorch: outputs, last states, and the gradients of inputs, first states
/// and parameters.
@Suite struct RecurrentGoldenTests {
  static let kinds = ["lstm", "gru", "rnn"]
  static let variants = ["", ".state", ".plain", ".deep", ".lengths"]
  static let names =
    kinds.flatMap { kind in variants.map { kind + $0 } } + ["rnn.relu"]

  @Test("Recurrent layers equal PyTorch's, with all gradients", arguments: names)
  func layer(name: String) throws {
    let kind = String(name.prefix { $0 != "." })
    let isDeep = name.hasSuffix("deep") || name.hasSuffix("lengths")
    let isPlain = name.hasSuffix("plain")
    let layers = isDeep ? 2 : 1
    let lengths = name.hasSuffix("lengths") ? [2, 5, 1] : nil
    switch kind {
    case "lstm":
      let layer = LSTM(
        4, 3, layers: layers, isBidirectional: isDeep, bias: !isPlain, isBatchFirst: isPlain)
      try checkModule(layer, name, in: "sequence") { x in
        let state = x.count > 1 ? LSTM.State(h: x[1], c: x[2]) : nil
        let result = layer(x[0], state: state, lengths: lengths)
        return [result.y, result.state.h, result.state.c]
      }
    case "gru":
      let layer = GRU(
        4, 3, layers: layers, isBidirectional: isDeep, bias: !isPlain, isBatchFirst: isPlain)
      try checkModule(layer, name, in: "sequence") { x in
        let result = layer(x[0], state: x.count > 1 ? x[1] : nil, lengths: lengths)
        return [result.y, result.state]
      }
    default:
      let layer = RNN(
        4, 3, function: name == "rnn.relu" ? .relu : .tanh, layers: layers,
        isBidirectional: isDeep, bias: !isPlain, isBatchFirst: isPlain)
      try checkModule(layer, name, in: "sequence") { x in
        let result = layer(x[0], state: x.count > 1 ? x[1] : nil, lengths: lengths)
        return [result.y, result.state]
      }
    }
  }

  @Test func `every parameter has PyTorch's name`() {
    let layer = LSTM(4, 3, layers: 2, isBidirectional: true)
    let names = layer.pyTorchNames
    #expect(Set(names.keys) == Set(layer.namedParameters().map(\.name)))
    #expect(names["forward.0.inputWeight"] == "weight_ih_l0")
    #expect(names["backward.1.recurrentBias"] == "bias_hh_l1_reverse")
    #expect(Set(LSTM(4, 3, bias: false).pyTorchNames.values) == ["weight_ih_l0", "weight_hh_l0"])
  }
}
