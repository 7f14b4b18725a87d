import FledgeCore
import FledgeModels
import FledgeTestSupport
import Testing

/// Models of sequences against PyTorch: outputs, and the gradients of inputs and parameters.
@Suite struct SequenceModelGoldenTests {
  @Test func `the language model on an LSTM, its state handed in and out`() throws {
    let model = LSTMLanguageModel(.init(vocabulary: 7, channels: 5, hidden: 6, layers: 2))
    try checkModule(model, "lstm", in: "models") {
      let (logits, state) = model($0[0], state: .init(h: $0[1], c: $0[2]))
      return [logits, state.h, state.c]
    }
  }

  @Test func `the encoder–decoder, with padding`() throws {
    let model = Seq2SeqTransformer(
      .init(vocabulary: 9, beginToken: 7, endToken: 8, heads: 2, channels: 8))
    try checkModule(model, "seq2seq", in: "models", tolerance: 2e-4) {
      [model($0[0], $0[1], sourceMask: $0[2])]
    }
  }

  @Test func `the classifier, with padding`() throws {
    let model = TextClassifier(
      vocabulary: 7, classes: 3, context: 6, heads: 2, channels: 8, dropout: 0)
    try checkModule(model, "classifier", in: "models", tolerance: 2e-4) {
      [model($0[0], mask: $0[1])]
    }
  }

  @Test func `the Vision Transformer, which reads patches as words`() throws {
    let model = VisionTransformer(
      .init(size: 6, planes: 2, patch: 3, classes: 4, layers: 2, heads: 2, channels: 8))
    try checkModule(model, "vit", in: "models", tolerance: 2e-4) { [model($0[0])] }
  }
}
