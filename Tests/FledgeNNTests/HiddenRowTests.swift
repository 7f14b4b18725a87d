import FledgeCore
import FledgeNN
import Testing

/// A query that sees no key at all, in training with attention dropout: it gets 0, as without
/// dropout, and does not make the gradients NaN.
@Suite struct HiddenRowTests {
  /// Row 1 of a mask over three queries and keys hides all keys.
  static let masks: [(name: String, mask: Tensor)] = [
    ("bool", Tensor([[true, false, true], [false, false, false], [true, true, true]])),
    (
      "additive",
      Tensor(
        [0, -Double.infinity, 0, -.infinity, -.infinity, -.infinity, 0, 0.5, 0], shape: [3, 3]
      )
      .cast(to: .float32)
    ),
  ]

  @Test(arguments: masks.indices, [DType.float32, .float64, .float16, .bfloat16])
  func `one hidden row leaves all gradients finite`(index: Int, dtype: DType) {
    let (name, mask) = Self.masks[index]
    for (keyValueHeads, isCausal) in [(2, false), (1, true)] {
      for dropout in [0, 0.5] {
        let layer = withGenerator(Generator(seed: 3)) {
          MultiHeadAttention(
            4, heads: 2, keyValueHeads: keyValueHeads, isCausal: isCausal, dropout: dropout)
        }
        for parameter in layer.parameters() { parameter.value = parameter.value!.cast(to: dtype) }
        layer.train()
        let x = Tensor.normal([2, 3, 4], using: Generator(seed: 1)).cast(to: dtype)
        let label = "\(name) mask, \(dtype), \(keyValueHeads) key heads, dropout \(dropout)"
        let y = withGenerator(Generator(seed: 4)) { layer(x, mask: mask) }
        #expect(y.isFinite().all().item() == 1, "\(label): \(y)")
        // Nothing but the projection's bias.
        let hidden = layer.projection.bias!.broadcast(to: [2, 4])
        #expect(y[.all, 1].isIdentical(to: hidden), "\(label): \(y)")
        y.cast(to: .float32).square().sum().backward()
        for parameter in layer.parameters() {
          let gradient = parameter.grad!
          #expect(gradient.isFinite().all().item() == 1, "\(label): \(gradient)")
        }
      }
    }
  }
}
