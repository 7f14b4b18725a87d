import Fledge
import FledgeStudio
import Foundation

/// A LeNet that is trained when it is first needed, and what each of its layers answers to a digit.
final class InsideDigit: Sendable {
  struct Wish: Decodable {
    /// 28 × 28 grey values.
    var pixels: Data
  }

  struct Answer: Encodable {
    struct Layer: Encodable {
      let name: String
      let shape: [Int]
      /// float32, little-endian.
      let values: Data
    }
    /// Nil while the network is still training.
    let probabilities: [Double]?
    /// The part of the training that is done.
    let progress: Double
    let layers: [Layer]
  }

  private struct State {
    var isStarted = false
    var progress = 0.0
    var weights: [String: Tensor]?
  }

  /// What the network is trained on, by this program: drawn digits.
  static let images = 4000
  static let epochs = 2
  private let state = Signalled(State())

  /// Waits for the training for at most `seconds`.
  func answer(_ wish: Wish, atMost seconds: Double) -> Answer? {
    guard wish.pixels.count == 28 * 28 else { return nil }
    let isFirst = state.change { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    if isFirst { Thread.detachNewThread { [self] in train() } }
    guard let weights = state.wait(atMost: seconds, for: { $0.weights }) else {
      return Answer(probabilities: nil, progress: state.change { $0.progress }, layers: [])
    }
    let model = LeNet()
    // They came from a model of the same kind.
    try! model.load(weights)
    return withoutGradients { layers(of: model, wish.pixels) }
  }

  private func layers(of model: LeNet, _ pixels: Data) -> Answer {
    let image = Tensor(pixels.map { Float($0) / 255 }, shape: [1, 1, 28, 28])
    var x = (image - 0.1307) / 0.3081
    var layers: [Answer.Layer] = []
    let all = model.features.layers + model.classifier.layers
    for (index, layer) in all.enumerated() {
      x = layer(x)
      // What follows at once, such as the activation, shows more than what comes before it.
      let isLast = index == all.count - 1
      guard layer is ReLU || layer is MaxPool2d || isLast else { continue }
      let shape = Array(x.shape.dropFirst())
      let name = shape.count == 3 ? "\(shape[0]) × \(shape[1]) × \(shape[2])" : "\(shape[0])"
      layers.append(.init(name: name, shape: shape, values: LivePicture.bytes(x.array())))
    }
    return Answer(
      probabilities: softmax(x).array(of: Double.self), progress: 1, layers: layers)
  }

  private func train() {
    let generator = Generator(seed: 1)
    let model = withGenerator(generator) { LeNet() }
    let images = DrawnDigits.images(count: Self.images, seed: 1)
    let loader = DataLoader(images, batchSize: 64, seed: 1)
    let trainer = Trainer(
      model, Adam(model.parameters(), learningRate: 2e-3), on: TrainingData(loader)
    ) {
      crossEntropy(
        model($0.normalized(mean: [0.1307], standardDeviation: [0.3081])), $0.targets)
    }
    let steps = Self.epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: 0, total: steps)
    trainer.handlesInterrupts = false
    trainer.on(.stepEnds) { [state] trainer in
      state.update { $0.progress = Double(trainer.step) / Double(steps) }
    }
    // No hook, recorder or checkpoint is there to throw.
    _ = try? trainer.train(until: .steps(steps))
    let weights = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    state.update { $0.weights = weights }
  }
}
