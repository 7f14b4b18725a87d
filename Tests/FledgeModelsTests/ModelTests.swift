import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

private func tiny(tiedHead: Bool = true, dropout: Double = 0) -> GPT {
  GPT(
    GPTConfiguration(
      vocabulary: 11, context: 8, layers: 2, heads: 2, channels: 16, dropout: dropout,
      tiedHead: tiedHead))
}

private let text = Tensor(
  [0, 1, 2, 3, 4, 5, 6, 7, 3, 1, 4, 1, 5, 9, 2, 6] as [Int], shape: [2, 8])

private let nextTokens = Tensor(
  [1, 2, 3, 4, 5, 6, 7, 8, 1, 4, 1, 5, 9, 2, 6, 5] as [Int], shape: [2, 8])

/// Next-token loss of `model` on `text`.
private func loss(_ model: GPT) -> Tensor { crossEntropy(model(text), nextTokens) }

@Suite struct ModelTests {
  @Test func `the perceptron has the sizes asked for`() {
    let model = MLP(sizes: [784, 256, 128, 10])
    #expect(model.parameterCount == 235_146)
    #expect(model(Tensor.zeros([2, 1, 28, 28])).shape == [2, 10])
  }

  @Test(arguments: [true, false]) func `a new GPT finds every token as likely`(tied: Bool) {
    let model = tiny(tiedHead: tied)
    #expect(model(text).shape == [2, 8, 11])
    // ln 11
    #expect(abs(loss(model).item() - 2.3979) < 0.15)
  }

  @Test func `a tied head has no parameters of its own`() {
    #expect(tiny(tiedHead: false).parameterCount - tiny().parameterCount == 11 * 16)
    #expect(!tiny().namedParameters().contains { $0.name.hasPrefix("head") })
  }

  @Test func `every parameter gets a gradient`() {
    let model = tiny(tiedHead: false)
    loss(model).backward()
    let missing = model.namedParameters().filter { $0.parameter.grad == nil }.map(\.name)
    #expect(missing == [])
  }

  /// Trains a small GPT on two sentences, and says whether it has them by heart.
  ///
  /// `prepare` may spoil the model before, `spoil` its gradients in each step, `targets` what it is
  /// told to say.
  private func learns(
    prepare: (GPT) -> Void = { _ in }, spoil: (GPT) -> Void = { _ in },
    targets: (Tensor) -> Tensor = { $0 }
  ) -> Bool {
    let model = withGenerator(Generator(seed: 5)) { tiny() }
    prepare(model)
    let optimizer = AdamW(model.parameters(), learningRate: 1e-2)
    for _ in 0..<60 {
      optimizer.zeroGrad()
      crossEntropy(model(text), targets(nextTokens)).backward()
      spoil(model)
      clipGradientNorm(model.parameters(), maximum: 1)
      optimizer.step()
    }
    return loss(model).item() < 0.1
      && model.generate([0], count: 5, temperature: 0) == [1, 2, 3, 4, 5]
  }

  @Test func `a small GPT learns two sentences by heart`() {
    #expect(learns())
  }

  @Test func `it does not where a layer is frozen`() {
    #expect(!learns(prepare: { $0.namedParameters()[0].parameter.freeze() }))
  }

  @Test func `it does not where a gradient is lost`() {
    #expect(!learns(spoil: { $0.namedParameters()[0].parameter.zeroGrad() }))
    #expect(
      !learns(spoil: { model in
        let first = model.namedParameters()[0].parameter
        first.grad = first.grad.map { $0 * 0 }
      }))
  }

  @Test func `it does not where the labels are shuffled`() {
    let generator = Generator(seed: 6)
    #expect(
      !learns(targets: { targets in
        targets.flattened().take(Tensor.permutation(targets.count, using: generator))
          .reshaped(targets.shape)
      }))
  }

  @Test func `generating repeats with the same seed and leaves the mode alone`() {
    let model = tiny(dropout: 0.5)
    func draw(_ seed: UInt64) -> [Int] {
      model.generate([1, 2], count: 20, topK: 5, generator: Generator(seed: seed))
    }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
    #expect(draw(1).count == 20)
    #expect(model.isTraining)
  }

  @Test func `a callback ends the text`() {
    #expect(tiny().generate([1], count: 20) { _ in false }.count == 1)
  }
}
