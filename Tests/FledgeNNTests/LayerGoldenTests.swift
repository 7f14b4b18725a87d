import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Layers and losses against PyTorch: outputs and the gradients of inputs and parameters.
@Suite struct LayerGoldenTests {
  static let layers: [String: @Sendable () -> any Layer & Module] = [
    "linear": { Linear(5, 3) }, "linear.rows": { Linear(5, 3) },
    "linear.plain": { Linear(5, 3, bias: false) }, "embedding": { Embedding(7, 3) },
    "layerNorm": { LayerNorm(6) },
    "layerNorm.plain": { LayerNorm(6, epsilon: 1e-2, bias: false) },
    "attention": { MultiHeadAttention(8, heads: 2) },
    "attention.causal": { MultiHeadAttention(8, heads: 4, isCausal: true, bias: false) },
    "block": { TransformerBlock(8, heads: 2, isCausal: true) },
    "block.plain": { TransformerBlock(8, heads: 2, bias: false) },
    "sequential": {
      Sequential {
        Linear(5, 8)
        Tanh()
        Linear(8, 8)
        ReLU()
        Linear(8, 2)
      }
    },
  ]

  @Test("Layers equal PyTorch's, with all gradients", arguments: layers.keys)
  func layer(name: String) throws {
    let layer = Self.layers[name]!()
    try checkModule(layer, name) { layer($0) }
  }

  static let losses: [String: @Sendable ([Tensor]) -> Tensor] = [
    "mse": { meanSquaredError($0[0], $0[1]) },
    "bce": { binaryCrossEntropyWithLogits($0[0], $0[1]) },
    "bce.large": { binaryCrossEntropyWithLogits($0[0], $0[1]) },
    "crossEntropy": { crossEntropy($0[0], $0[1]) },
    "crossEntropy.ignored": { crossEntropy($0[0], $0[1], ignoreIndex: 3) },
    "crossEntropy.both": { crossEntropy($0[0], $0[1], ignoreIndex: 3, labelSmoothing: 0.1) },
  ]

  @Test("Losses equal PyTorch's, with their gradients", arguments: losses.keys)
  func loss(name: String) throws {
    try GoldenFile("layers").check(name) { [Self.losses[name]!($0)] }
  }

  @Test("Every case of the golden file is checked here or in the models' tests")
  func coverage() throws {
    let elsewhere = ["gpt", "gpt.plain"]
    #expect(
      Set(try GoldenFile("layers").cases)
        == Set(Self.layers.keys).union(Self.losses.keys)
        .union(elsewhere))
  }
}
