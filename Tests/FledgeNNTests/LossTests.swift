import FledgeCore
import FledgeNN
import Testing

@Suite struct LossTests {
  @Test func `mean squared error`() {
    #expect(meanSquaredError(Tensor([1, 2]), Tensor([3, 5])).item() == 6.5)
  }

  @Test func `mean squared error does not broadcast`() async {
    await #expect(processExitsWith: .failure) {
      _ = meanSquaredError(Tensor.zeros([2]), Tensor.zeros([2, 1]))
    }
  }

  @Test func `binary cross-entropy stays finite for large logits`() {
    let loss = binaryCrossEntropyWithLogits(Tensor([0, 200, -200]), Tensor([1, 1, 1]))
    // (ln 2 + 0 + 200) / 3
    #expect(abs(loss.item() - 66.897716) < 1e-4)
  }

  @Test func `cross-entropy is the mean over the rows that count`() {
    let logits = Tensor([[0, 0, 0, 0], [9, 0, 0, 0]])
    let all = crossEntropy(logits, Tensor([1, 0] as [Int])).item()
    let first = crossEntropy(logits, Tensor([1, -100] as [Int]), ignoreIndex: -100).item()
    // ln 4, and its mean with ln(1 + 3 e⁻⁹)
    #expect(abs(first - 1.3862944) < 1e-6)
    #expect(abs(all - (1.3862944 + 0.00037016) / 2) < 1e-6)
  }

  @Test func `cross-entropy takes leading axes`() {
    let loss = crossEntropy(Tensor.zeros([2, 3, 5]), Tensor.zeros([2, 3], dtype: .int64))
    #expect(abs(loss.item() - 1.6094379) < 1e-6)
  }

  @Test func `a cross-entropy of ignored rows alone is 0, with gradients of 0`() {
    let logits = Tensor([[1, 2, 3], [4, 5, 6]]).requiringGradients()
    let loss = crossEntropy(logits, Tensor([7, 7] as [Int]), ignoreIndex: 7)
    #expect(loss.item() == 0)
    loss.backward()
    #expect(logits.grad!.array() == [0, 0, 0, 0, 0, 0])
  }

  @Test func `CTC does not read targets beyond a row's length`() {
    let x = logSoftmax(Tensor.normal([5, 2, 3], using: Generator(seed: 1)))
    func loss(_ filling: Int) -> Tensor {
      connectionistTemporalClassification(
        x, Tensor([1, 2, 2, filling, filling, filling], shape: [2, 3]), inputLengths: [5, 4],
        targetLengths: [3, 0], reduction: .none)
    }
    #expect(loss(0).isIdentical(to: loss(99)) && loss(-5).isIdentical(to: loss(1)))
    // A row of no symbols: blanks all the way.
    let blanks = -x[0..<4, 1, 0].sum().item()
    #expect(abs(loss(7)[1].item() - blanks) < 1e-5)
    // No symbols in any row, and none but the blank.
    let nothing = connectionistTemporalClassification(
      Tensor.zeros([2, 1, 1]), Tensor.zeros([1, 0], dtype: .int64), inputLengths: [2],
      targetLengths: [0])
    #expect(nothing.item() == 0)
  }
}
