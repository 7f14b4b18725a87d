import FledgeCore
import FledgeNN
import Testing

/// Classes as small integers, which cannot hold the index that is ignored by convention.
@Suite struct IgnoredClassTests {
  @Test func `an index that the targets' type cannot hold ignores nothing`() {
    let logits = Tensor.normal([2, 200], using: Generator(seed: 1))
    let targets = Tensor([156, 3] as [UInt8])  // 156 is −100 modulo 256.
    let all = crossEntropy(logits, targets)
    #expect(crossEntropy(logits, targets, ignoreIndex: -100).isClose(to: all))
    let weights = Tensor.ones([200])
    #expect(
      crossEntropy(logits, targets, weights: weights, ignoreIndex: -100).isClose(to: all))
    let logProbabilities = logSoftmax(logits)
    #expect(
      negativeLogLikelihood(logProbabilities, targets, ignoreIndex: -100).isClose(
        to: negativeLogLikelihood(logProbabilities, targets)))
  }
}
