import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Attention, Transformer blocks and activations against PyTorch, with all gradients.
@Suite struct AttentionGoldenTests {
  @Test(
    "Attention equals PyTorch's",
    arguments: [
      "multiHead", "multiHead.causal", "multiHead.cross", "multiHead.padding", "multiHead.mask",
      "multiHead.grouped",
    ])
  func attention(name: String) throws {
    let isCausal = name.hasSuffix("causal") || name.hasSuffix("grouped")
    let layer = MultiHeadAttention(
      8, heads: 4, keyValueHeads: name.hasSuffix("grouped") ? 2 : nil, isCausal: isCausal,
      bias: !name.hasSuffix("causal"))
    let golden = try GoldenFile("sequence")
    func optional(_ key: String) throws -> Tensor? {
      golden.names.contains(key) ? try golden[key] : nil
    }
    let (mask, keyMask) = (try optional("\(name)/mask"), try optional("\(name)/keyMask"))
    try checkModule(layer, name, in: "sequence") { x in
      [layer(x[0], memory: x.count > 1 ? x[1] : nil, mask: mask, keyMask: keyMask)]
    }
  }

  @Test("Blocks equal PyTorch's", arguments: ["encoder", "decoder"], [true, false])
  func block(kind: String, isNormFirst: Bool) throws {
    let options = TransformerOptions(
      isNormFirst: isNormFirst, width: 16, function: isNormFirst ? .relu : .exactGELU)
    let name = "\(kind).\(isNormFirst ? "first" : "behind")"
    let keyMask = try GoldenFile("sequence")["\(name)/keyMask"]
    if kind == "encoder" {
      let block = TransformerBlock(8, heads: 2, options: options)
      try checkModule(block, name, in: "sequence") { [block($0[0], mask: nil, keyMask: keyMask)] }
    } else {
      let block = DecoderBlock(8, heads: 2, options: options)
      try checkModule(block, name, in: "sequence") {
        [block($0[0], memory: $0[1], memoryKeyMask: keyMask)]
      }
    }
  }

  @Test func `the gated feed-forward part equals PyTorch's`() throws {
    let part = FeedForward(6, width: 10, function: .swiGLU)
    try checkModule(part, "feedForward.swiGLU", in: "sequence") { [part($0[0])] }
  }

  static let functions: [String: @Sendable (Tensor) -> Tensor] = [
    "rotary": { rotary($0) }, "leakyReLU": { leakyReLU($0, slope: 0.2) },
    "elu": { elu($0, alpha: 1.5) }, "hardSwish": { hardSwish($0) }, "mish": { mish($0) },
  ]

  @Test("Functions equal PyTorch's", arguments: functions.keys)
  func function(name: String) throws {
    try GoldenFile("sequence").check(name) { [Self.functions[name]!($0[0])] }
  }
}
