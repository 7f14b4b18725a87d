import Fledge
import FledgeStudio
import Foundation

/// A LeNet and a Vision Transformer, trained when they are first needed, and what each of their
/// layers answers to a digit.
final class InsideDigit: Sendable {
  struct Wish: Decodable {
    /// 28 × 28 grey values.
    var pixels: Data
  }

  struct Answer: Encodable {
    let networks: [Network]
  }

  struct Network: Encodable {
    let name: String
    /// The part of the training that is done.
    let progress: Double
    /// Nil while the network is still training.
    var probabilities: [Double]?
    var layers: [Layer] = []
  }

  struct Layer: Encodable {
    let name: String
    let shape: [Int]
    /// float32, little-endian.
    let values: Data
    /// Whether values below 0 mean something.
    let isSigned: Bool

    init(_ name: String, _ values: Tensor, isSigned: Bool = false) {
      self.name = name
      shape = Array(values.shape)
      self.values = LivePicture.bytes(values.array())
      self.isSigned = isSigned
    }
  }

  static let visionTransformer = VisionTransformerConfiguration(layers: 2, channels: 32)

  let lenet = TrainedWeights { tell in
    let model = withGenerator(Generator(seed: 1)) { LeNet() }
    let optimizer = Adam(model.parameters(), learningRate: 2e-3)
    InsideDigit.train(model, optimizer, on: InsideDigit.digits, epochs: 2, tell: tell)
    return model
  }
  let transformer: TrainedWeights

  /// - Parameter epochs: how long the transformer learns
  init(epochs: Int = 8) {
    transformer = TrainedWeights { tell in
      let model = withGenerator(Generator(seed: 1)) {
        VisionTransformer(InsideDigit.visionTransformer)
      }
      let optimizer = AdamW(model.parameterGroups(learningRate: 4e-3, decayingMatricesBy: 0.05))
      // It does not know that a shifted digit is the same digit, so it has to see examples.
      let moved = InsideDigit.digits.augmented { $0.transformed([.crop(padding: 2)], $1) }
      InsideDigit.train(
        model, optimizer, on: moved, epochs: epochs, warmUp: 50, clipping: .norm(1), tell: tell)
      return model
    }
  }

  /// What both learn, drawn by this program.
  private static var digits: LabelledImages { DrawnDigits.images(count: 4000, seed: 1) }

  /// What both networks say now; the second begins to train when the first is done.
  func answer(_ wish: Wish) -> Answer? {
    guard wish.pixels.count == 28 * 28 else { return nil }
    let image = Tensor(wish.pixels.map { Float($0) / 255 }, shape: [1, 1, 28, 28])
    let x = (image - 0.1307) / 0.3081
    var networks = [
      Network(name: "LeNet", progress: lenet.progress),
      Network(name: "Vision Transformer", progress: transformer.progress),
    ]
    guard let weights = lenet(atMost: 0) else { return Answer(networks: networks) }
    withoutGradients {
      networks[0].layers = Self.layersOfLeNet(weights, x, &networks[0].probabilities)
      if let weights = transformer(atMost: 0) {
        networks[1].layers = Self.layersOfTransformer(weights, x, &networks[1].probabilities)
      }
    }
    return Answer(networks: networks)
  }

  private static func layersOfLeNet(
    _ weights: [String: Tensor], _ image: Tensor, _ probabilities: inout [Double]?
  ) -> [Layer] {
    let model = LeNet()
    // They came from a model of the same kind.
    try! model.load(weights)
    var x = image
    var layers: [Layer] = []
    let all = model.features.layers + model.classifier.layers
    for (index, layer) in all.enumerated() {
      x = layer(x)
      // What follows at once, such as the activation, shows more than what comes before it.
      let isLast = index == all.count - 1
      guard layer is ReLU || layer is MaxPool2d || isLast else { continue }
      let answer = x.squeezed(axis: 0)
      let kind = isLast ? "logits" : "\(type(of: layer))"
      let size = answer.shape.map(String.init).joined(separator: " × ")
      layers.append(Layer("\(kind): \(size)", answer, isSigned: isLast))
    }
    probabilities = softmax(x).array(of: Double.self)
    return layers
  }

  private static func layersOfTransformer(
    _ weights: [String: Tensor], _ image: Tensor, _ probabilities: inout [Double]?
  ) -> [Layer] {
    let c = visionTransformer
    let model = VisionTransformer(c)
    try! model.load(weights)
    model.eval()
    let cut = model.patches(image)
    var layers = [
      Layer(
        "patches: \(c.channels) × \(c.grid) × \(c.grid)", cut.squeezed(axis: 0), isSigned: true)
    ]
    let words = cut.reshaped([1, c.channels, c.grid * c.grid]).transposed()
    let first = model.classToken.broadcast(to: [1, 1, c.channels])
    var x = model.positions(Tensor.concatenate([first, words], axis: 1))
    for (index, block) in model.blocks.enumerated() {
      let (output, maps) = withAttentionMaps { block(x) }
      x = output
      // From the class token to the patches; the rest of each row looks at the token itself.
      let looks = maps[0][0, .all, 0].sliced(axis: 1, from: 1, count: c.grid * c.grid)
      layers.append(
        Layer(
          "block \(index + 1): attention of the answer, \(c.heads) heads",
          looks.reshaped([c.heads, c.grid, c.grid])))
      let patches = x[0].sliced(axis: 0, from: 1, count: c.grid * c.grid).transposed()
      layers.append(
        Layer(
          "block \(index + 1): \(c.channels) × \(c.grid) × \(c.grid)",
          patches.reshaped([c.channels, c.grid, c.grid]), isSigned: true))
    }
    let token = model.norm(x[.all, 0])
    layers.append(Layer("class token: \(c.channels)", token.squeezed(axis: 0), isSigned: true))
    let logits = model.head(token)
    layers.append(Layer("logits: \(c.classes)", logits.squeezed(axis: 0), isSigned: true))
    probabilities = softmax(logits).array(of: Double.self)
    return layers
  }

  private static func train<Images: Dataset>(
    _ model: some Module & Fledge.Layer, _ optimizer: Optimizer, on images: Images, epochs: Int,
    warmUp: Int = 0, clipping: GradientLimit? = nil, tell: @escaping @Sendable (Double) -> Void
  ) where Images.Batch == LabelledImages {
    let loader = DataLoader(images, batchSize: 64, seed: 1)
    let trainer = Trainer(model, optimizer, on: TrainingData(loader)) {
      crossEntropy(
        model($0.normalized(mean: [0.1307], standardDeviation: [0.3081])), $0.targets)
    }
    let steps = epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: warmUp, total: steps)
    trainer.clipping = clipping
    trainer.trainQuietly(steps: steps, tell)
  }
}
