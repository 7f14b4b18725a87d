import FledgeCore
import FledgeNN
import Testing

@Suite struct SummaryTests {
  @Test("A Sequential: every layer with its shape, parameters and multiply–adds")
  func sequential() {
    let model = Sequential {
      Linear(784, 256)
      ReLU()
      Dropout(0.5)
      Linear(256, 10, bias: false)
    }
    let summary = summary(model, input: Tensor.zeros([64, 784]))
    #expect(
      summary.rows.map(\.path) == ["", "layers.0", "layers.1", "layers.2", "layers.3"])
    #expect(summary.rows.map(\.parameters) == [203_520, 200_960, 0, 0, 2_560])
    #expect(
      summary.rows.map(\.multiplyAdds)
        == [64 * (784 * 256 + 256 * 10), 64 * 784 * 256, 0, 0, 64 * 256 * 10])
    // Dropout does nothing in evaluation.
    #expect(
      summary.rows.map(\.output) == [[64, 10], [64, 256], [64, 256], nil, [64, 10]])
    #expect(summary.inputBytes == 64 * 784 * 4)
    #expect(summary.parameterBytes == 203_520 * 4)
    // linear, ReLU, matmul.
    #expect(summary.activationBytes == 64 * (2 * 256 + 10) * 4)
    #expect(model.isTraining)
  }

  @Test("A Transformer block: attention's products belong to it, and layers keep their shapes")
  func block() {
    let model = TransformerBlock(16, heads: 2)
    let (batch, time) = (3, 5)
    let summary = summary(model, input: Tensor.normal([batch, time, 16])) { _ = model($0) }
    func row(_ path: String) -> ModelSummary.Row { summary.rows.first { $0.path == path }! }
    #expect(row("attention.qkv").output == [batch, time, 48])
    #expect(row("upProjection").output == [batch, time, 64])
    #expect(row("").output == [batch, time, 16])
    #expect(row("norm1").output == [batch, time, 16])
    #expect(row("attention.qkv").multiplyAdds == batch * time * 16 * 48)
    let linear = row("attention.qkv").multiplyAdds + row("attention.projection").multiplyAdds
    // What is left is QKᵀ and the weighted sum of V.
    #expect(row("attention").multiplyAdds - linear == 2 * batch * time * time * 16)
    #expect(
      summary.multiplyAdds
        == row("attention").multiplyAdds + row("upProjection").multiplyAdds
        + row("downProjection").multiplyAdds
    )
  }

  @Test("A recurrent layer: the products of the inputs and those of every step", arguments: 0..<3)
  func recurrent(kind: Int) {
    let layers: [RecurrentLayer] = [LSTM(5, 8), GRU(5, 8), RNN(5, 8)]
    let gates = [4, 3, 1][kind]
    let summary = summary(layers[kind], input: Tensor.zeros([7, 3, 5]))
    #expect(summary.multiplyAdds == 7 * 3 * gates * 8 * (5 + 8))
  }

  @Test("Frozen parameters are told apart, shared ones count once")
  func frozenAndShared() {
    final class Shared: Module, Layer {
      let first = Linear(4, 4, bias: false)
      let again: Linear
      override init() {
        again = first
        super.init()
      }
      func callAsFunction(_ x: Tensor) -> Tensor { again(first(x)) }
    }
    let model = Shared()
    #expect(summary(model, input: Tensor.zeros([2, 4])).parameters == 16)
    #expect(summary(model, input: Tensor.zeros([2, 4])).multiplyAdds == 64)
    model.freeze()
    #expect(summary(model, input: Tensor.zeros([2, 4])).trainedParameters == 0)
    #expect(summary(model, input: Tensor.zeros([2, 4])).rows[1].output == [2, 4])
  }

  @Test("The table")
  func table() {
    let model = Sequential {
      Linear(3, 200)
      Tanh()
    }
    model.layers[0].freeze()
    #expect(
      summary(model, input: Tensor.zeros([1000, 3])).description == """
        layer                         output       parameters  multiply–adds
        ────────────────────────────────────────────────────────────────────
        Sequential                    [1000, 200]         800        600,000
            layers.0  Linear 3 → 200  [1000, 200]         800        600,000
            layers.1  Tanh            [1000, 200]           0              –
        ────────────────────────────────────────────────────────────────────
        parameters    800, of them 800 frozen
        multiply–adds 600,000
        memory        input 0.01 MB, parameters 0.00 MB, activations 1.60 MB
        """)
  }
}
