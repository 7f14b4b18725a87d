import FledgeCore
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

/// Sizes, counts and numbers that no layer, loss or initializer takes: each is refused by a sentence.
@Suite struct LayerArgumentTests {
  typealias Call = (name: String, make: @Sendable () -> Void)

  /// What is no size.
  private static let sizes = [-1, Int.min, .max, 1 << 47]
  /// What is no epsilon, rate or probability.
  private static let numbers = [-1, Double.nan, .infinity]

  private static func of(
    _ name: String, _ values: [Int] = sizes, _ make: @escaping @Sendable (Int) -> Void
  ) -> [Call] {
    values.map { value in ("\(name) \(value)", { make(value) }) }
  }

  private static func of(
    _ name: String, numbers values: [Double], _ make: @escaping @Sendable (Double) -> Void
  ) -> [Call] {
    values.map { value in ("\(name) \(value)", { make(value) }) }
  }

  static var layers: [Call] {
    let image = Tensor.ones([1, 2, 4, 4])
    return [
      of("Linear inputs") { _ = Linear($0, 2) }, of("Linear outputs") { _ = Linear(2, $0) },
      of("Embedding count") { _ = Embedding($0, 2) },
      of("Embedding channels") { _ = Embedding(2, $0) },
      of("LayerNorm") { _ = LayerNorm($0) }, of("RMSNorm") { _ = RMSNorm($0) },
      of("BatchNorm") { _ = BatchNorm($0) },
      of("GroupNorm groups") { _ = GroupNorm(groups: $0, 4) },
      of("GroupNorm channels") { _ = GroupNorm(groups: 1, $0) },
      of("Conv1d inputs") { _ = Conv1d($0, 2, kernel: 1) },
      of("Conv1d kernel") { _ = Conv1d(2, 2, kernel: $0) },
      of("Conv1d groups") { _ = Conv1d(2, 2, kernel: 1, groups: $0) },
      of("Conv2d outputs") { _ = Conv2d(2, $0, kernel: 1) },
      of("Conv2d kernel") { _ = Conv2d(2, 2, kernel: Size2d($0, $0)) },
      of("Conv2d stride") { _ = Conv2d(2, 2, kernel: 1, stride: Size2d($0, 1))(image) },
      of("Conv2d padding") {
        _ = Conv2d(2, 2, kernel: 1, padding: .zeros(Size2d(1, $0)))(image)
      },
      of("Conv2d dilation") { _ = Conv2d(2, 2, kernel: 1, dilation: Size2d($0, 1))(image) },
      of("ConvTranspose2d inputs") { _ = ConvTranspose2d($0, 2, kernel: 1) },
      of("ConvTranspose2d padding") {
        _ = ConvTranspose2d(2, 2, kernel: 1, outputPadding: Size2d($0, 0))(image)
      },
      of("MaxPool2d") { _ = MaxPool2d(Size2d($0, 1))(image) },
      of("AvgPool2d") { _ = AvgPool2d(Size2d(1, $0))(image) },
      of("AdaptiveAvgPool2d") { _ = AdaptiveAvgPool2d(Size2d($0, 1))(image) },
      of("Upsample") { _ = Upsample(Size2d($0, 1))(image) },
      of("InstanceNorm") { _ = InstanceNorm2d($0, affine: true) }, of("PReLU") { _ = PReLU($0) },
      of("Conv3d inputs") { _ = Conv3d($0, 2, kernel: 1) },
      of("ConvTranspose1d inputs") { _ = ConvTranspose1d($0, 2, kernel: 1) },
      of("ConvTranspose3d outputs") { _ = ConvTranspose3d(2, $0, kernel: 1) },
      of("MaxPool1d") { _ = MaxPool1d($0)(Tensor.ones([1, 2, 4])) },
      of("AvgPool1d") { _ = AvgPool1d($0)(Tensor.ones([1, 2, 4])) },
      of("AdaptiveMaxPool2d") { _ = AdaptiveMaxPool2d(Size2d($0, 1))(image) },
      of("PixelShuffle") { _ = PixelShuffle($0)(image) },
      of("PixelUnshuffle") { _ = PixelUnshuffle($0)(image) },
      of("RNNCell inputs") { _ = RNNCell($0, 2) }, of("LSTMCell hidden") { _ = LSTMCell(2, $0) },
      of("GRUCell hidden") { _ = GRUCell(2, $0) },
      of("LSTM inputs") { _ = LSTM($0, 2) }, of("LSTM hidden") { _ = LSTM(2, $0) },
      of("GRU layers") { _ = GRU(2, 2, layers: $0) },
      of("MultiHeadAttention channels") { _ = MultiHeadAttention($0, heads: 1) },
      of("MultiHeadAttention heads") { _ = MultiHeadAttention(4, heads: $0) },
      of("MultiHeadAttention shared heads") {
        _ = MultiHeadAttention(4, heads: 2, keyValueHeads: $0)
      },
      of("MultiHeadAttention head size") { _ = MultiHeadAttention(4, heads: 2, headSize: $0) },
      of("FeedForward channels") { _ = FeedForward($0) },
      of("FeedForward width") { _ = FeedForward(4, width: $0) },
      of("LearnedPositions") { _ = LearnedPositions($0, 2) },
      of("sinusoidalPositions") { _ = sinusoidalPositions($0, channels: 2) },
      of("sinusoidalPositions channels") { _ = sinusoidalPositions(2, channels: $0) },
      of("KeyValueCache batch") { _ = KeyValueCache(batch: $0, capacity: 4) },
      of("KeyValueCache capacity") { _ = KeyValueCache(capacity: $0) },
      of("LowRankAdapter inputs") {
        _ = LowRankAdapter(inputs: $0, rows: 0..<2, rank: 1, alpha: 1)
      },
      of("LowRankAdapter rank") { _ = LowRankAdapter(inputs: 2, rows: 0..<2, rank: $0, alpha: 1) },
      of("checkpointSegments", [-1, 0, .min]) {
        let model = Sequential { ReLU() }
        model.checkpointSegments = $0
        _ = model(Tensor.ones([2]))
      },
    ].flatMap { $0 }
  }

  static var rates: [Call] {
    let (x, y) = (Tensor.ones([2, 3]), Tensor([0, 1] as [Int]))
    return [
      of("LayerNorm epsilon", numbers: numbers) { _ = LayerNorm(2, epsilon: $0) },
      of("InstanceNorm epsilon", numbers: numbers) { _ = InstanceNorm(2, epsilon: $0) },
      of("marginRankingLoss", numbers: [.nan, .infinity]) {
        _ = marginRankingLoss(x, x, labels: x, margin: $0)
      },
      of("hingeEmbeddingLoss", numbers: [.nan, .infinity]) {
        _ = hingeEmbeddingLoss(x, labels: x, margin: $0)
      },
      of("poissonNegativeLogLikelihood", numbers: numbers) {
        _ = poissonNegativeLogLikelihood(x, x, isLogInput: false, epsilon: $0)
      },
      of("labelSmoothing of distributions", numbers: numbers + [1.5]) {
        _ = crossEntropy(x, probabilities: x / 3, labelSmoothing: $0)
      },
      of("RMSNorm epsilon", numbers: numbers) { _ = RMSNorm(2, epsilon: $0) },
      of("GroupNorm epsilon", numbers: numbers) { _ = GroupNorm(groups: 1, 2, epsilon: $0) },
      of("BatchNorm epsilon", numbers: numbers) { _ = BatchNorm(2, epsilon: $0) },
      of("BatchNorm momentum", numbers: numbers + [1.5]) { _ = BatchNorm(2, momentum: $0) },
      of("Dropout", numbers: numbers + [1.5]) { _ = Dropout($0) },
      of("Dropout2d", numbers: numbers + [1.5]) { _ = Dropout2d($0) },
      of("ELU", numbers: numbers) { _ = ELU(alpha: $0)(x) },
      of("LeakyReLU", numbers: [.nan, .infinity]) { _ = LeakyReLU(slope: $0)(x) },
      of("rotary base", numbers: numbers + [0]) {
        _ = MultiHeadAttention(4, heads: 2, rotaryBase: $0)
      },
      of("SinusoidalPositions base", numbers: numbers + [0]) {
        _ = SinusoidalPositions(base: $0)(Tensor.ones([1, 2, 4]))
      },
      of("alpha", numbers: [.nan, .infinity]) {
        _ = LowRankAdapter(inputs: 2, rows: 0..<2, rank: 1, alpha: $0)
      },
      of("xavierUniform", numbers: numbers) { _ = Tensor.xavierUniform([2, 2], gain: $0) },
      of("xavierNormal", numbers: numbers) { _ = Tensor.xavierNormal([2, 2], gain: $0) },
      of("kaimingUniform", numbers: numbers) { _ = Tensor.kaimingUniform([2, 2], gain: $0) },
      of("kaimingNormal", numbers: numbers) { _ = Tensor.kaimingNormal([2, 2], gain: $0) },
      of("labelSmoothing", numbers: numbers + [1.5]) { _ = crossEntropy(x, y, labelSmoothing: $0) },
      of("labelSmoothing beside weights", numbers: numbers + [1.5]) {
        _ = crossEntropy(x, y, weights: Tensor.ones([3]), labelSmoothing: $0)
      },
      of("huber", numbers: [-1, 0, .nan]) { _ = huber(x, x, delta: $0) },
      of("smoothL1", numbers: numbers) { _ = smoothL1(x, x, beta: $0) },
      of("infoNCE", numbers: [-1, 0, .nan]) { _ = infoNCE(x, x, temperature: $0) },
      of("cosineEmbeddingLoss", numbers: [.nan, .infinity]) {
        _ = cosineEmbeddingLoss(x, x, labels: Tensor([1, -1]), margin: $0)
      },
      of("tripletMarginLoss", numbers: [.nan, .infinity]) {
        _ = tripletMarginLoss(anchor: x, positive: x, negative: x, margin: $0)
      },
      of("tripletMarginLoss order", numbers: [.nan]) {
        _ = tripletMarginLoss(anchor: x, positive: x, negative: x, p: $0)
      },
    ].flatMap { $0 }
  }

  /// −1 often marks a missing class, and must not be the last one.
  static var classes: [Call] {
    let x = Tensor.ones([2, 3])
    return [-1, 3, .min, .max].flatMap { index -> [Call] in
      let y = Tensor([0, index] as [Int])
      return [
        ("Embedding \(index)", { _ = Embedding(3, 2)(y) }),
        (
          "LearnedPositions \(index)",
          { _ = LearnedPositions(3, 2)(Tensor.ones([2, 1, 2]), positions: y) }
        ),
        ("negativeLogLikelihood \(index)", { _ = negativeLogLikelihood(x, y) }),
        ("crossEntropy \(index)", { _ = crossEntropy(x, y) }),
        (
          "weighted crossEntropy \(index)",
          { _ = crossEntropy(x, y, weights: Tensor.ones([3]), ignoreIndex: -100) }
        ),
        ("oneHot \(index)", { _ = Tensor.oneHot(y, classes: 3) }),
      ]
    } + weights
  }

  private static var weights: [Call] {
    let x = Tensor.ones([2, 3])
    return [
      (
        "a weight that makes more losses",
        { _ = binaryCrossEntropy(x * 0.5, x, weight: Tensor.ones([4, 2, 3])) }
      ),
      (
        "a weight that makes more losses of logits",
        { _ = binaryCrossEntropyWithLogits(x, x, weight: Tensor.ones([4, 2, 3])) }
      ),
    ]
  }

  @Test(arguments: 0..<3) func `what means nothing is refused by a sentence`(part: Int) async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      [part = part as Int] in
      SignalWatch.begin(seconds: 100)
      let calls = [
        LayerArgumentTests.layers, LayerArgumentTests.rates, LayerArgumentTests.classes,
      ]
      SignalWatch.end(SignalWatch.accepted(calls[part]).count)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasSuffix("faults: 0\n"), "\(text)")
  }

  @Test func `what is left out of a loss may be any class`() {
    let x = Tensor.normal([2, 3], using: Generator(seed: 1))
    let y = Tensor([1, -1] as [Int])
    let first = negativeLogLikelihood(x[0..<1], Tensor([1] as [Int]))
    #expect(negativeLogLikelihood(x, y, ignoreIndex: -1).isClose(to: first))
  }
}
