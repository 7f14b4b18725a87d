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
}
