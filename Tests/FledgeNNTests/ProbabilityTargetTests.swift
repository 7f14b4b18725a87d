import FledgeCore
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

/// Cross-entropy with distributions as targets, and what is no target.
@Suite struct ProbabilityTargetTests {
  static let cases: [String: @Sendable ([Tensor]) -> Tensor] = [
    "mean": { crossEntropy($0[0], probabilities: $0[1]) },
    "sum": { crossEntropy($0[0], probabilities: $0[1], reduction: .sum) },
    "none": { crossEntropy($0[0], probabilities: $0[1], reduction: .none) },
    "smoothed": { crossEntropy($0[0], probabilities: $0[1], labelSmoothing: 0.2) },
    "weights": { crossEntropy($0[0], probabilities: $0[1], weights: $0[2]) },
    "both": {
      crossEntropy(
        $0[0], probabilities: $0[1], weights: $0[2], labelSmoothing: 0.2, reduction: .none)
    },
    "axes": { crossEntropy($0[0], probabilities: $0[1]) },
    "oneHot": { crossEntropy($0[0], probabilities: $0[1].detached()) },
  ]

  @Test(arguments: cases.keys)
  func `values and gradients are PyTorch's`(name: String) throws {
    try GoldenFile("probability_targets").check(name) { [Self.cases[name]!($0)] }
  }

  @Test func `every case of the golden file is checked`() throws {
    #expect(Set(try GoldenFile("probability_targets").cases) == Set(Self.cases.keys))
  }

  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
  func `certain classes give the loss of classes, whatever the other logits are`(dtype: DType) {
    let x = Tensor(
      [2, -.infinity, 0.5, 1, 3, -.infinity] as [Double], shape: [2, 3], dtype: dtype
    ).requiringGradients()
    let classes = Tensor([2, 1] as [Int])
    let loss = crossEntropy(
      x, probabilities: Tensor.oneHot(classes, classes: 3, dtype: dtype))
    #expect(loss.dtype == dtype)
    #expect(
      loss.isClose(
        to: crossEntropy(x, classes), relativeTolerance: dtype.byteCount == 2 ? 1e-2 : 1e-6))
    loss.backward()
    let isFinite = x.grad!.isFinite().all().item() == 1
    #expect(isFinite, "\(x.grad!)")
  }

  @Test func `what is no class is refused, with the name to use`() async {
    await #expect(processExitsWith: .success) {
      let (logits, weights) = (Tensor.zeros([2, 3]), Tensor.ones([2]))
      let floats =
        "targets are classes, so they must be integers, they are float32; cast them, or for "
        + "distributions over the classes use crossEntropy(logits, probabilities: targets)"
      let mistakes: [(String, @Sendable () -> Void)] = [
        ("crossEntropy: \(floats)", { _ = crossEntropy(logits, Tensor([0, 1.5])) }),
        ("crossEntropy: \(floats)", { _ = crossEntropy(logits, Tensor([0, 1])) }),
        (
          "negativeLogLikelihood: \(floats)",
          { _ = negativeLogLikelihood(logits, Tensor([0, 1])) }
        ),
        (
          "crossEntropy: needs logits [*, C] and targets [*], the shapes are [2, 3] and [2, 3]; for "
            + "distributions over the classes use crossEntropy(logits, probabilities: targets)",
          { _ = crossEntropy(logits, logits) }
        ),
        (
          "crossEntropy: needs logits and probabilities of one shape [*, C], the shapes are [2, 3] "
            + "and [2]", { _ = crossEntropy(logits, probabilities: Tensor([0, 1])) }
        ),
        (
          "crossEntropy: probabilities must be floating-point numbers, they are int64; for a class "
            + "a row use crossEntropy(logits, targets)",
          { _ = crossEntropy(logits, probabilities: Tensor.zeros([2, 3], dtype: .int64)) }
        ),
        (
          "crossEntropy: the label smoothing must be in 0…1, got 1.5",
          { _ = crossEntropy(logits, probabilities: logits, labelSmoothing: 1.5) }
        ),
        (
          "crossEntropy: needs a weight for each of 3 classes, the weights' shape is [2]",
          { _ = crossEntropy(logits, probabilities: logits, weights: weights) }
        ),
      ]
      for (message, make) in mistakes where TrapCatching.message(of: make) != message {
        let found = TrapCatching.message(of: make) ?? "nothing"
        FileHandle.standardError.write(Data("\(found) instead of \(message)\n".utf8))
        exit(1)
      }
    }
  }
}
