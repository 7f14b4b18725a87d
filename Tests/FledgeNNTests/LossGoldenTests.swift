import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

/// Losses against PyTorch, with the gradients of all inputs.
@Suite struct LossGoldenTests {
  typealias Loss = @Sendable ([Tensor]) -> Tensor

  static let elementwise: [String: Loss] = [
    "smoothL1.zero": { smoothL1($0[0], $0[1], beta: 0) },
    "bce": { binaryCrossEntropy($0[0], $0[1]) },
    "bce.weight": { binaryCrossEntropy($0[0], $0[1], weight: $0[2].detached(), reduction: .sum) },
    "bce.none": { binaryCrossEntropy($0[0], $0[1], reduction: .none) },
    "bce.certain": { binaryCrossEntropy($0[0], $0[1]) },
    "bceLogits.weight": { binaryCrossEntropyWithLogits($0[0], $0[1], weight: $0[2]) },
    "bceLogits.positive": { binaryCrossEntropyWithLogits($0[0], $0[1], positiveWeight: $0[2]) },
    "bceLogits.both": {
      binaryCrossEntropyWithLogits(
        $0[0], $0[1], weight: $0[2], positiveWeight: $0[3], reduction: .none)
    },
  ]

  static let reduced: [String: Loss] = {
    var result: [String: Loss] = [:]
    let reductions: [(String, LossReduction)] = [("mean", .mean), ("sum", .sum), ("none", .none)]
    for (name, reduction) in reductions {
      result["mse.\(name)"] = { meanSquaredError($0[0], $0[1], reduction: reduction) }
      result["l1.\(name)"] = { meanAbsoluteError($0[0], $0[1], reduction: reduction) }
      result["huber.\(name)"] = { huber($0[0], $0[1], delta: 0.7, reduction: reduction) }
      result["smoothL1.\(name)"] = { smoothL1($0[0], $0[1], beta: 0.7, reduction: reduction) }
    }
    return result
  }()

  static let classes: [String: Loss] = [
    "crossEntropy.weights": { crossEntropy($0[0], $0[1], weights: $0[2]) },
    "crossEntropy.weightsSum": {
      crossEntropy($0[0], $0[1], weights: $0[2], ignoreIndex: 3, reduction: .sum)
    },
    "crossEntropy.weightsSmoothed": {
      crossEntropy($0[0], $0[1], weights: $0[2], ignoreIndex: 3, labelSmoothing: 0.1)
    },
    "crossEntropy.none": {
      crossEntropy($0[0], $0[1], ignoreIndex: 3, labelSmoothing: 0.1, reduction: .none)
    },
    "crossEntropy.sum": { crossEntropy($0[0], $0[1], ignoreIndex: 3, reduction: .sum) },
    "nll": { negativeLogLikelihood(logSoftmax($0[0]), $0[1]) },
    "nll.weights": {
      negativeLogLikelihood(logSoftmax($0[0]), $0[1], weights: $0[2], ignoreIndex: 0)
    },
    "nll.none": {
      negativeLogLikelihood(logSoftmax($0[0]), $0[1], weights: $0[2], reduction: .none)
    },
    "kl": { klDivergence(logSoftmax($0[0]), $0[1]) },
    "kl.mean": { klDivergence(logSoftmax($0[0]), $0[1], reduction: .mean) },
    "kl.log": { klDivergence(logSoftmax($0[0]), $0[1], isLogTarget: true, reduction: .none) },
    "kl.zero": { klDivergence(logSoftmax($0[0]), $0[1], reduction: .sum) },
  ]

  static let embeddings: [String: Loss] = [
    "cosineEmbedding": { cosineEmbeddingLoss($0[0], $0[1], labels: $0[2]) },
    "cosineEmbedding.margin": {
      cosineEmbeddingLoss($0[0], $0[1], labels: $0[2], margin: -0.3, reduction: .none)
    },
    "triplet": { tripletMarginLoss(anchor: $0[0], positive: $0[1], negative: $0[2]) },
    "triplet.swap": {
      tripletMarginLoss(
        anchor: $0[0], positive: $0[1], negative: $0[2], margin: 2, p: 1, swap: true,
        reduction: .none)
    },
    "infoNCE": { infoNCE($0[0], $0[1], temperature: 0.2) },
    "infoNCE.symmetric": { infoNCE($0[0], $0[1], temperature: 0.2, symmetric: true) },
  ]

  static let likelihoods: [String: Loss] = [
    "gaussian": { gaussianNegativeLogLikelihood($0[0], $0[1], variance: $0[2]) },
    "gaussian.full": {
      gaussianNegativeLogLikelihood(
        $0[0], $0[1], variance: $0[2], full: true, reduction: .none)
    },
    "gaussian.rows": {
      gaussianNegativeLogLikelihood($0[0], $0[1], variance: $0[2], reduction: .sum)
    },
    "gaussian.small": {
      gaussianNegativeLogLikelihood(
        $0[0], $0[1], variance: $0[2], epsilon: 0.5, reduction: .none)
    },
    "poisson": { poissonNegativeLogLikelihood($0[0], $0[1]) },
    "poisson.full": {
      poissonNegativeLogLikelihood($0[0], $0[1], full: true, reduction: .none)
    },
    "poisson.rates": {
      poissonNegativeLogLikelihood(
        $0[0], $0[1], isLogInput: false, full: true, epsilon: 1e-3, reduction: .sum)
    },
  ]

  static let margins: [String: Loss] = [
    "marginRanking": { marginRankingLoss($0[0], $0[1], labels: $0[2]) },
    "marginRanking.margin": {
      marginRankingLoss($0[0], $0[1], labels: $0[2], margin: 0.7, reduction: .none)
    },
    "marginRanking.ties": { marginRankingLoss($0[0], $0[1], labels: $0[2], reduction: .sum) },
    "hingeEmbedding": { hingeEmbeddingLoss($0[0], labels: $0[1]) },
    "hingeEmbedding.margin": {
      hingeEmbeddingLoss($0[0], labels: $0[1], margin: 0.3, reduction: .none)
    },
  ]

  static let sequences: [String: Loss] = [
    "ctc": { ctc($0, [9, 9, 9, 9], [4, 4, 2, 1]) },
    "ctc.short": { ctc($0, [9, 7, 5, 3], [4, 4, 2, 1], reduction: .none) },
    "ctc.blank": { ctc($0, [9, 8, 9, 9], [4, 3, 2, 4], blank: 4, reduction: .sum) },
    "ctc.zeroInfinity": { ctc($0, [9, 6, 5, 3], [4, 4, 2, 1], zeroInfinity: true) },
    "ctc.empty": { ctc($0, [9, 8, 5, 3], [0, 4, 0, 1], reduction: .none) },
    "ctc.infinite": { ctc($0, [9, 6, 5, 3], [4, 4, 2, 1], reduction: .none) },
  ]

  private static func ctc(
    _ inputs: [Tensor], _ inputLengths: [Int], _ targetLengths: [Int], blank: Int = 0,
    zeroInfinity: Bool = false, reduction: LossReduction = .mean
  ) -> Tensor {
    connectionistTemporalClassification(
      logSoftmax(inputs[0]), inputs[1], inputLengths: inputLengths, targetLengths: targetLengths,
      blank: blank, zeroInfinity: zeroInfinity, reduction: reduction)
  }

  static let all: [String: Loss] = [
    elementwise, reduced, classes, embeddings, likelihoods, margins, sequences,
  ].reduce(into: [:]) {
    $0.merge($1) { first, _ in first }
  }

  @Test("Losses equal PyTorch's, with their gradients", arguments: all.keys)
  func loss(name: String) throws {
    try GoldenFile("losses").check(name) { [Self.all[name]!($0)] }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    #expect(Set(try GoldenFile("losses").cases) == Set(Self.all.keys))
  }
}

@Suite struct LossRuleTests {
  @Test func `CTC counts every way to spell the target`() {
    // Two steps, classes blank, a, b, all of probability 1/3: "a" is a–, –a or aa.
    let uniform = logSoftmax(Tensor.zeros([2, 1, 3]))
    let loss = connectionistTemporalClassification(
      uniform, Tensor([[1]]).cast(to: .int64), inputLengths: [2], targetLengths: [1])
    #expect(abs(loss.item() - 1.0986123) < 1e-6)  // −ln(3 · 1/9) = ln 3
  }

  @Test func `CTC's gradient equals finite differences, by the log-probabilities themselves`() {
    let generator = Generator(seed: 4)
    let x = Tensor.uniform([5, 2, 4], in: -2...0, dtype: .float64, using: generator)
    let targets = Tensor([[1, 1], [3, 2]]).cast(to: .int64)
    let mismatches = gradientMismatches(
      {
        [
          connectionistTemporalClassification(
            $0[0], targets, inputLengths: [5, 4], targetLengths: [2, 2], reduction: .none)
        ]
      }, at: [x], using: generator)
    #expect(mismatches.isEmpty, "\(mismatches)")
  }

  @Test func `a rate of 0 costs nothing where 0 was counted, and counts may be integers`() {
    let x = Tensor([-Double.infinity, 1], dtype: .float32).requiringGradients()
    let loss = poissonNegativeLogLikelihood(x, Tensor([0, 2] as [Int]), reduction: .none)
    #expect(loss[0].item() == 0 && abs(loss[1].item() - 0.7182818) < 1e-6)  // e − 2
    loss.sum().backward()
    #expect(x.grad![0].item() == 0 && abs(x.grad![1].item() - 0.7182818) < 1e-6)
  }

  @Test func `one variance for all is a scalar`() {
    let (x, y) = (Tensor([1, 2, 3]), Tensor([1, 4, 0]))
    let loss = gaussianNegativeLogLikelihood(x, y, variance: Tensor(2), reduction: .none)
    let all = gaussianNegativeLogLikelihood(
      x, y, variance: Tensor.full([3], 2), reduction: .none)
    #expect(loss.isIdentical(to: all))
    // ½ (ln 2 + 4/2)
    #expect(abs(loss[1].item() - 1.3465736) < 1e-6)
  }

  @Test func `an impossible target pulls nowhere`() {
    let x = Tensor.zeros([2, 1, 3]).requiringGradients()
    let targets = Tensor([[1, 1]]).cast(to: .int64)
    func loss(_ zero: Bool) -> Tensor {
      connectionistTemporalClassification(
        logSoftmax(x), targets, inputLengths: [2], targetLengths: [2], zeroInfinity: zero)
    }
    #expect(loss(false).item() == .infinity && loss(true).item() == 0)
    loss(false).backward()
    #expect(x.grad!.array() == [0, 0, 0, 0, 0, 0])
  }

  @Test func `a certain and wrong probability costs 100 and has a finite gradient`() {
    let p = Tensor([0, 1]).requiringGradients()
    let loss = binaryCrossEntropy(p, Tensor([1, 0]), reduction: .sum)
    #expect(loss.item() == 200)
    loss.backward()
    #expect(p.grad!.array().allSatisfy { $0.isFinite })
  }

  @Test func `the batch mean divides by the first axis`() {
    let (x, y) = (Tensor.zeros([2, 3]), Tensor.ones([2, 3]))
    #expect(meanSquaredError(x, y, reduction: .batchMean).item() == 3)
  }

  /// What is wrong with shapes or values, each in a process of its own.
  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "meanAbsoluteError: the prediction's shape [2] is not the target's, [2, 1]",
      { _ = meanAbsoluteError(Tensor.zeros([2]), Tensor.zeros([2, 1])) }
    ),
    (
      "huber: delta must be positive, got 0.0",
      { _ = huber(Tensor.zeros([2]), Tensor.zeros([2]), delta: 0) }
    ),
    (
      "binaryCrossEntropy: predictions must be probabilities in 0…1; for logits use "
        + "binaryCrossEntropyWithLogits",
      { _ = binaryCrossEntropy(Tensor([2]), Tensor([1])) }
    ),
    (
      "crossEntropy: needs a weight for each of 3 classes, the weights' shape is [2]",
      {
        _ = crossEntropy(
          Tensor.zeros([1, 3]), Tensor.zeros([1], dtype: .int64), weights: Tensor.ones([2]))
      }
    ),
    (
      "negativeLogLikelihood: needs log-probabilities [*, C] and targets [*], the shapes are [2, 3] "
        + "and [3]",
      { _ = negativeLogLikelihood(Tensor.zeros([2, 3]), Tensor.zeros([3], dtype: .int64)) }
    ),
    (
      "tripletMarginLoss: needs three tensors of one shape [*, D], the shapes are [2, 3], [2, 3] "
        + "and [3]",
      {
        _ = tripletMarginLoss(
          anchor: Tensor.zeros([2, 3]), positive: Tensor.zeros([2, 3]),
          negative: Tensor.zeros([3]))
      }
    ),
    (
      "gaussianNegativeLogLikelihood: a variance cannot be negative",
      {
        _ = gaussianNegativeLogLikelihood(
          Tensor.zeros([2]), Tensor.zeros([2]), variance: Tensor([1, -1]))
      }
    ),
    (
      "gaussianNegativeLogLikelihood: a variance of shape [3] is neither one for each element of "
        + "[2, 3], nor one for each row, nor a scalar",
      {
        _ = gaussianNegativeLogLikelihood(
          Tensor.zeros([2, 3]), Tensor.zeros([2, 3]), variance: Tensor.ones([3]))
      }
    ),
    (
      "marginRankingLoss: needs scores and labels of one shape, the shapes are [2], [2] and [2, 1]",
      { _ = marginRankingLoss(Tensor.zeros([2]), Tensor.zeros([2]), labels: Tensor.ones([2, 1])) }
    ),
    (
      "hingeEmbeddingLoss: needs a label for each distance, the shapes are [2] and [1]",
      { _ = hingeEmbeddingLoss(Tensor.zeros([2]), labels: Tensor.ones([1])) }
    ),
    (
      "infoNCE: needs queries and keys [N, D], the shapes are [2, 3] and [3, 3]",
      { _ = infoNCE(Tensor.zeros([2, 3]), Tensor.zeros([3, 3])) }
    ),
    (
      "connectionistTemporalClassification: row 0 has 3 of 2 steps and 1 of 1 symbols",
      {
        _ = connectionistTemporalClassification(
          Tensor.zeros([2, 1, 3]), Tensor.ones([1, 1], dtype: .int64), inputLengths: [3],
          targetLengths: [1])
      }
    ),
    (
      "connectionistTemporalClassification: target 0 of row 0 is the blank (3 classes)",
      {
        _ = connectionistTemporalClassification(
          Tensor.zeros([2, 1, 3]), Tensor.zeros([1, 1], dtype: .int64), inputLengths: [2],
          targetLengths: [1])
      }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in LossRuleTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.split(separator: "\n").first == "Fledge: \(Self.mistakes[index].message)")
  }
}
