import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

@Suite struct SequenceModelTests {
  private let tokens = Tensor([0, 3, 1, 4, 1, 5, 2, 6] as [Int], shape: [2, 4])

  @Test func `the LSTM writes what a reading of the whole text says`() {
    let model = LSTMLanguageModel(.init(vocabulary: 7, channels: 5, hidden: 6, layers: 2))
    #expect(model(tokens).shape == [2, 4, 7])
    let written = model.generate([3, 1], count: 5, temperature: 0)
    var read = [3, 1]
    for _ in 0..<5 {
      let logits = model(Tensor(read, shape: [1, read.count]))[0, -1]
      read.append(Int(logits.argmax(axis: 0).item()))
    }
    #expect(written == Array(read.dropFirst(2)))
    #expect(model.isTraining, "the mode is put back")
    let drawn = { model.generate([3], count: 9, generator: Generator(seed: 4)) }
    #expect(drawn() == drawn())
    #expect(model.generate([3], count: 9, onToken: { _ in false }).count == 1)
  }

  /// Trains on two pairs and says whether it translates them, in either order of the rows; `spoil`
  /// may change the gradients of each step.
  private func translates(spoil: (Seq2SeqTransformer) -> Void = { _ in }) -> Bool {
    let model = withGenerator(Generator(seed: 2)) {
      Seq2SeqTransformer(
        .init(vocabulary: 8, beginToken: 6, endToken: 7, layers: 1, heads: 2, channels: 16))
    }
    let source = Tensor([0, 1, 2, 3, 4, 5] as [Int], shape: [2, 3])
    let target = Tensor([6, 2, 1, 0, 6, 5, 4, 3] as [Int], shape: [2, 4])
    let answer = Tensor([2, 1, 0, 7, 5, 4, 3, 7] as [Int], shape: [2, 4])
    let optimizer = AdamW(model.parameters(), learningRate: 1e-2)
    for _ in 0..<60 {
      optimizer.zeroGrad()
      crossEntropy(model(source, target), answer).backward()
      spoil(model)
      optimizer.step()
    }
    return model.translate(source, maximum: 6) == [[2, 1, 0], [5, 4, 3]]
      && model.translate(source.flipped(axis: 0), maximum: 6) == [[5, 4, 3], [2, 1, 0]]
  }

  @Test func `an encoder–decoder learns to reverse`() {
    #expect(translates())
    #expect(!translates { $0.zeroGrad() }, "the control: a model that is not trained")
  }

  @Test func `padding of the source changes nothing`() {
    let model = Seq2SeqTransformer(
      .init(vocabulary: 8, beginToken: 6, endToken: 7, heads: 2, channels: 16))
    let mask = Tensor([true, true, false, true, true, false], shape: [2, 3])
    let target = Tensor([6, 2, 6, 5] as [Int], shape: [2, 2])
    func logits(_ filling: Int) -> Tensor {
      model(
        Tensor([0, 1, filling, 3, 4, filling] as [Int], shape: [2, 3]), target, sourceMask: mask)
    }
    #expect(logits(2).isClose(to: logits(5), absoluteTolerance: 1e-6))
  }

  @Test func `a classifier reads the text and not the padding`() {
    let model = TextClassifier(vocabulary: 8, classes: 3, context: 6, heads: 2, channels: 16)
    crossEntropy(model(tokens), Tensor([0, 2] as [Int])).backward()
    let missing = model.namedParameters().filter { $0.parameter.grad == nil }.map(\.name)
    #expect(missing == [])
    model.eval()
    let mask = Tensor([true, true, false, false, true, true, false, false], shape: [2, 4])
    let other = Tensor([0, 3, 7, 7, 1, 5, 7, 7] as [Int], shape: [2, 4])
    #expect(
      model(tokens, mask: mask).isClose(to: model(other, mask: mask), absoluteTolerance: 1e-6))
    #expect(!model(tokens).isClose(to: model(other), absoluteTolerance: 1e-6))
  }
}
