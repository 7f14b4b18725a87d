import FledgeCore
import FledgeModels
import FledgeNN
import Testing

/// What a model writes leaves each of its modules in the mode that it had: a frozen part does not
/// begin to train afterwards.
@Suite struct GenerationStateTests {
  private static let writers: [(name: String, make: @Sendable () -> (Module, () -> Void))] = [
    (
      "GPT",
      {
        let model = GPT(
          .init(vocabulary: 5, context: 4, layers: 2, heads: 1, channels: 4, dropout: 0.5))
        return (model, { _ = model.generate([1], count: 2) })
      }
    ),
    (
      "LSTMLanguageModel",
      {
        let model = LSTMLanguageModel(.init(vocabulary: 5, channels: 4, hidden: 4, dropout: 0.5))
        return (model, { _ = model.generate([1], count: 2) })
      }
    ),
    (
      "Seq2SeqTransformer",
      {
        let model = Seq2SeqTransformer(
          .init(vocabulary: 5, beginToken: 3, endToken: 4, heads: 1, channels: 4, dropout: 0.5))
        let source = Tensor([0, 1] as [Int], shape: [1, 2])
        return (model, { _ = model.translate(source, maximum: 2) })
      }
    ),
  ]

  @Test(arguments: writers.indices, [true, false])
  func `each module has the mode afterwards that it had before`(index: Int, rootTrains: Bool) {
    let (name, make) = Self.writers[index]
    let (model, write) = make()
    model.train(rootTrains)
    model.modules().last!.train(!rootTrains)
    let before = model.modules().map(\.isTraining)
    #expect(Set(before) == [true, false])
    write()
    #expect(model.modules().map(\.isTraining) == before, "\(name)")
  }
}
