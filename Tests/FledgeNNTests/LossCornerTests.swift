import FledgeCore
import FledgeNN
import Testing

/// All losses: halves, and elements that do not count.
@Suite struct LossCornerTests {
  /// A loss of predictions and targets of one shape, with values in 0.05 … 0.95.
  typealias Loss = @Sendable (_ x: Tensor, _ t: Tensor, _ reduction: LossReduction) -> Tensor

  private static let classes = Tensor([0, 5, 2, 3] as [Int])
  private static let weights = Tensor([1, 0.5, 2, 1.5, 0.25, 3] as [Float])

  private static let signs = Tensor((0..<24).map { $0 % 3 == 0 ? 1 : -1 }, shape: [4, 6])

  private static func ctc(_ x: Tensor, _ reduction: LossReduction) -> Tensor {
    connectionistTemporalClassification(
      x.reshaped([4, 2, 3]), Tensor([1, 2, 2, 1] as [Int], shape: [2, 2]), inputLengths: [4, 3],
      targetLengths: [2, 1], reduction: reduction)
  }

  /// Predictions and targets are [4, 6].
  static let losses: [String: Loss] = [
    "meanSquaredError": { meanSquaredError($0, $1, reduction: $2) },
    "meanAbsoluteError": { meanAbsoluteError($0, $1, reduction: $2) },
    "huber": { huber($0, $1, delta: 0.3, reduction: $2) },
    "smoothL1": { smoothL1($0, $1, beta: 0.3, reduction: $2) },
    "smoothL1 of 0": { smoothL1($0, $1, beta: 0, reduction: $2) },
    "binaryCrossEntropy": { binaryCrossEntropy($0, $1, reduction: $2) },
    "binaryCrossEntropy weighted": {
      binaryCrossEntropy($0, $1, weight: weights.cast(to: $0.dtype), reduction: $2)
    },
    "binaryCrossEntropyWithLogits": { binaryCrossEntropyWithLogits($0, $1, reduction: $2) },
    "binaryCrossEntropyWithLogits weighted": {
      binaryCrossEntropyWithLogits(
        $0, $1, weight: weights.cast(to: $0.dtype), positiveWeight: weights.cast(to: $0.dtype),
        reduction: $2)
    },
    "crossEntropy": { x, _, reduction in crossEntropy(x, classes, reduction: reduction) },
    "crossEntropy ignoring": { x, _, reduction in
      crossEntropy(x, classes, ignoreIndex: 2, labelSmoothing: 0.1, reduction: reduction)
    },
    "crossEntropy weighted": { x, _, reduction in
      crossEntropy(
        x, classes, weights: weights.cast(to: x.dtype), ignoreIndex: 2, labelSmoothing: 0.1,
        reduction: reduction)
    },
    "crossEntropy of probabilities": {
      crossEntropy($0, probabilities: $1, labelSmoothing: 0.1, reduction: $2)
    },
    "negativeLogLikelihood": { x, _, reduction in
      negativeLogLikelihood(
        x, classes, weights: weights.cast(to: x.dtype), ignoreIndex: 3, reduction: reduction)
    },
    "klDivergence": { klDivergence($0, $1, reduction: $2) },
    "klDivergence of logarithms": { klDivergence($0, $1, isLogTarget: true, reduction: $2) },
    "cosineSimilarity": { x, t, _ in cosineSimilarity(x, t) },
    "cosineEmbeddingLoss": {
      cosineEmbeddingLoss($0, $1, labels: Tensor([1, -1, -1, 1]), margin: 0.2, reduction: $2)
    },
    "tripletMarginLoss": {
      tripletMarginLoss(
        anchor: $0, positive: $1, negative: $1.flipped(axis: 0), swap: true, reduction: $2)
    },
    "gaussianNegativeLogLikelihood": {
      gaussianNegativeLogLikelihood($0, $1, variance: $1.flipped(axis: 0), reduction: $2)
    },
    "gaussianNegativeLogLikelihood of rows": {
      gaussianNegativeLogLikelihood(
        $0, $1, variance: Tensor([0, 0.5, 2, 1] as [Float]).cast(to: $0.dtype), full: true,
        epsilon: 0.1, reduction: $2)
    },
    "poissonNegativeLogLikelihood": {
      poissonNegativeLogLikelihood($0, $1 * 4, full: true, reduction: $2)
    },
    "poissonNegativeLogLikelihood of rates": {
      poissonNegativeLogLikelihood($0, $1 * 4, isLogInput: false, reduction: $2)
    },
    "marginRankingLoss": {
      marginRankingLoss($0, $1, labels: signs, margin: 0.2, reduction: $2)
    },
    "hingeEmbeddingLoss": { x, _, reduction in
      hingeEmbeddingLoss(x, labels: signs, margin: 0.4, reduction: reduction)
    },
    "infoNCE": { infoNCE($0, $1, symmetric: true, reduction: $2) },
    "connectionistTemporalClassification": { x, _, reduction in ctc(x, reduction) },
  ]

  @Test(arguments: losses.keys, [DType.float16, .bfloat16])
  func `a loss of halves is the one of float32, rounded once, as is its gradient`(
    name: String, dtype: DType
  ) {
    let loss = Self.losses[name]!
    let generator = Generator(seed: 11)
    let (x, t) = (
      Tensor.uniform([4, 6], in: 0.05...0.95, using: generator).cast(to: dtype),
      Tensor.uniform([4, 6], in: 0.05...0.95, using: generator).cast(to: dtype)
    )
    func run(_ reduction: LossReduction, _ wide: DType) -> (y: Tensor, gradient: Tensor) {
      let leaf = x.cast(to: wide).requiringGradients()
      let y = loss(leaf, t.cast(to: wide), reduction)
      y.backward(gradient: Tensor.ones(y.shape, dtype: y.dtype))
      return (y.detached(), leaf.grad!)
    }
    func check() {
      for reduction in LossReduction.allCases {
        let (narrow, wide) = (run(reduction, dtype), run(reduction, .float32))
        let isSameLoss = narrow.y.isIdentical(to: wide.y.cast(to: dtype))
        let isSameGradient = narrow.gradient.isIdentical(to: wide.gradient.cast(to: dtype))
        #expect(isSameLoss, "\(name), \(reduction): \(narrow.y) is not \(wide.y)")
        #expect(isSameGradient, "gradient of \(name), \(reduction)")
      }
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  @Test func `under autocast losses stay in float32`() {
    let x = Tensor.full([4, 6], 0.5, dtype: .bfloat16)
    autocast(.bfloat16) {
      for (name, loss) in Self.losses {
        #expect(loss(x, x, .mean).dtype == .float32, "\(name)")
      }
    }
  }

  @Test func `a mean of squares that float16 cannot hold`() {
    let x = Tensor([300, 0, 0, 0], dtype: .float16)
    let loss = meanSquaredError(x, Tensor.zeros(like: x))
    #expect(loss.dtype == .float16 && abs(loss.item() - 22500) <= 16)
    // 70,000 rows: their number is no float16.
    let losses = crossEntropy(
      Tensor.zeros([70_000, 2], dtype: .float16), Tensor.zeros([70_000], dtype: .int64),
      ignoreIndex: 1)
    #expect(abs(losses.item() - 0.6931) < 1e-3)
    // 10⁻¹² beside a norm of 0 is no float16.
    let nothing = Tensor.zeros([2, 3], dtype: .float16)
    #expect(cosineSimilarity(nothing, nothing).array() == [0, 0])
  }

  // MARK: What does not count

  /// A loss in which the element or row at `place` does not count, whatever stands there.
  struct Selection: Sendable {
    let shape: Shape
    /// Positions that do not count.
    let places: [Int]
    /// Whether the targets are numbers, which may be anything, too.
    var hasTargets = true
    let loss: @Sendable (Tensor, Tensor) -> Tensor
  }

  private static let mask = Tensor([[1, 0, 2], [0, 1, 1]])

  static let selections: [String: Selection] = [
    "binaryCrossEntropy": Selection(shape: [2, 3], places: [1, 3]) {
      binaryCrossEntropy($0, $1, weight: mask.cast(to: $0.dtype))
    },
    "binaryCrossEntropyWithLogits": Selection(shape: [2, 3], places: [1, 3]) {
      binaryCrossEntropyWithLogits($0, $1, weight: mask.cast(to: $0.dtype), reduction: .none)
    },
    "binaryCrossEntropyWithLogits positive": Selection(shape: [2, 3], places: [1, 3]) {
      binaryCrossEntropyWithLogits(
        $0, $1, weight: mask.cast(to: $0.dtype), positiveWeight: Tensor.full([], 3, dtype: $0.dtype)
      )
    },
    "crossEntropy": Selection(shape: [2, 3], places: [3, 4, 5], hasTargets: false) { x, _ in
      crossEntropy(x, Tensor([1, 9] as [Int]), ignoreIndex: 9)
    },
    "crossEntropy weighted": Selection(shape: [2, 3], places: [3, 4, 5], hasTargets: false) {
      x, _ in
      crossEntropy(
        x, Tensor([1, 9] as [Int]), weights: Tensor([1, 2, 3], dtype: x.dtype), ignoreIndex: 9,
        labelSmoothing: 0.1, reduction: .none)
    },
    "negativeLogLikelihood": Selection(shape: [2, 3], places: [3, 4, 5], hasTargets: false) {
      x, _ in
      negativeLogLikelihood(x, Tensor([1, 9] as [Int]), ignoreIndex: 9, reduction: .none)
    },
  ]

  @Test(arguments: selections.keys, [DType.float32, .float64, .float16])
  func `what has no weight counts for nothing, whatever it is`(name: String, dtype: DType) {
    let selection = Self.selections[name]!
    func run(_ value: Double) -> [Tensor] {
      var values: [Double] = [0.2, 0.4, 0.6, 0.8, 0.3, 0.7]
      var targets: [Double] = [1, 0, 0.5, 0, 1, 0]
      for place in selection.places {
        values[place] = value
        if selection.hasTargets { targets[place] = value }
      }
      let x = Tensor(values, shape: selection.shape, dtype: dtype).requiringGradients()
      let y = selection.loss(x, Tensor(targets, shape: selection.shape, dtype: dtype))
      y.sum().backward()
      return [y.detached(), x.grad!]
    }
    func check() {
      let expected = run(0.5)
      #expect(expected.allSatisfy { $0.array().allSatisfy { $0.isFinite } })
      for value in [Double.infinity, -.infinity, .nan] {
        for (found, expected) in zip(run(value), expected) {
          let isSame = zip(found.array(), expected.array()).allSatisfy { $0 == $1 }
          #expect(isSame, "\(value): \(found) is not \(expected)")
        }
      }
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  @Test func `an impossible class of weight 0 costs nothing, as target or smoothed`() {
    for dtype in [DType.float32, .float64] {
      let infinity = Double.infinity
      let x = Tensor([0, -infinity, 0, 0, 0, 0], shape: [2, 3], dtype: dtype).requiringGradients()
      let weights = Tensor([1, 0, 1], dtype: dtype)
      // The first row weighs nothing: ln 3 of the second is left.
      let loss = crossEntropy(x, Tensor([1, 0] as [Int]), weights: weights)
      #expect(abs(loss.item() - 1.0986123) < 1e-6)
      loss.backward()
      let gradient = x.grad!.array(of: Double.self)
      #expect(gradient[..<3].allSatisfy { $0 == 0 } && abs(gradient[3] + 2.0 / 3) < 1e-6)
      // 0.9 ln 2 + 0.1 (ln 2 + ln 2) / 3
      let smooth = crossEntropy(
        x[0..<1], Tensor([0] as [Int]), weights: weights, labelSmoothing: 0.1)
      #expect(abs(smooth.item() - 0.6700422) < 1e-6)
      // An ignored row stands for class 0, whose weight may be infinite.
      let rare = crossEntropy(
        Tensor.zeros([2, 2], dtype: dtype), Tensor([7, 1] as [Int]),
        weights: Tensor([infinity, 1], dtype: dtype), ignoreIndex: 7)
      #expect(abs(rare.item() - 0.6931472) < 1e-6)
    }
  }

  @Test func `a target of probability 0 adds 0 to the divergence, whatever is predicted`() {
    for dtype in [DType.float32, .float64, .float16] {
      let infinity = Double.infinity
      let q = Tensor([-infinity, 0], shape: [1, 2], dtype: dtype).requiringGradients()
      let t = Tensor([0, 1], shape: [1, 2], dtype: dtype).requiringGradients()
      let loss = klDivergence(q, t)
      loss.backward()
      #expect(loss.item() == 0 && q.grad!.array() == [0, -1])
      #expect(t.grad!.array().allSatisfy { $0.isFinite })
      let logarithms = Tensor([-infinity, 0], shape: [1, 2], dtype: dtype)
      #expect(klDivergence(q.detached(), logarithms, isLogTarget: true).item() == 0)
    }
  }

  @Test func `CTC of a step in which nothing is possible is infinite, with gradients of 0`() {
    for dtype in [DType.float32, .float16] {
      var values = [Double](repeating: -1, count: 9)
      for i in 3..<6 { values[i] = -.infinity }
      for isZero in [false, true] {
        let x = Tensor(values, shape: [3, 1, 3], dtype: dtype).requiringGradients()
        let loss = connectionistTemporalClassification(
          x, Tensor([[1]]).cast(to: .int64), inputLengths: [3], targetLengths: [1],
          zeroInfinity: isZero)
        loss.backward()
        #expect(loss.item() == (isZero ? 0 : .infinity))
        #expect(x.grad!.array().allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func `a weight that is trained gets the loss as its gradient, also where it is 0`() {
    let weight = Tensor([0, 1]).requiringGradients()
    let losses = binaryCrossEntropyWithLogits(
      Tensor([0, 0]), Tensor([1, 1]), weight: weight, reduction: .sum)
    losses.backward()
    #expect(weight.grad!.array().allSatisfy { abs($0 - 0.6931472) < 1e-6 })
  }

  /// The target's own loss is ∞ and does not count: all of the share is uniform.
  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
  func `smoothing of 1 leaves the target out`(dtype: DType) {
    for backend: any Backend in [.cpu, .reference] {
      withBackend(backend) {
        let logits = Tensor([-Double.infinity, 0, 1], shape: [1, 3], dtype: dtype)
        let target = Tensor([0] as [Int])
        #expect(crossEntropy(logits, target, labelSmoothing: 1).item() == .infinity)
        let weighted = crossEntropy(
          logits, target, weights: Tensor.ones([3], dtype: dtype), labelSmoothing: 1)
        #expect(weighted.item() == .infinity)
        let finite = Tensor([2, 2, 2], shape: [1, 3], dtype: dtype)
        // Half a step of the dtype at ln 3.
        let tolerance = dtype == .bfloat16 ? 4e-3 : dtype == .float16 ? 5e-4 : 1e-6
        let loss = crossEntropy(finite, target, labelSmoothing: 1).item()
        #expect(abs(loss - 1.0986123) < tolerance)
      }
    }
  }

  // MARK: Batch norm

  @Test func `batch norm in evaluation computes halves in float32`() {
    let layer = BatchNorm1d(1)
    layer.runningMean = Tensor([300])
    layer.runningVariance = Tensor([1e-6])
    layer.eval()
    // The shift, −300 / √(1.1 · 10⁻⁵), is no float16.
    let y = layer(Tensor([300, 300.25], shape: [2, 1], dtype: .float16))
    #expect(y.dtype == .float16)
    #expect(abs(y[0].item()) < 0.1 && abs(y[1].item() - 75.378) < 0.1)
  }
}
