import Fledge
import Foundation

/// What the playground trains: all that the page chooses.
struct PlayConfiguration: Codable, Sendable, Equatable {
  enum Activation: String, Codable, Sendable, CaseIterable {
    case tanh, relu, gelu, sigmoid, linear

    /// The layer, as Swift writes it.
    var swift: String {
      switch self {
      case .tanh: "Tanh()"
      case .relu: "ReLU()"
      case .gelu: "GELU()"
      case .sigmoid: "Sigmoid()"
      case .linear: "Identity()"
      }
    }

    var layer: any Layer {
      switch self {
      case .tanh: Tanh()
      case .relu: ReLU()
      case .gelu: GELU()
      case .sigmoid: Sigmoid()
      case .linear: Identity()
      }
    }
  }

  enum Rule: String, Codable, Sendable, CaseIterable {
    case sgd, momentum, rmsprop, adam, lion

    /// The optimizer, as Swift writes it.
    func swift(_ rate: Double) -> String {
      switch self {
      case .sgd: "SGD(model.parameters(), learningRate: \(rate))"
      case .momentum: "SGD(model.parameters(), learningRate: \(rate), momentum: 0.9)"
      case .rmsprop: "RMSprop(model.parameters(), learningRate: \(rate))"
      case .adam: "Adam(model.parameters(), learningRate: \(rate))"
      case .lion: "Lion(model.parameters(), learningRate: \(rate))"
      }
    }

    func optimizer(_ model: Module, _ rate: Double) -> Optimizer {
      switch self {
      case .sgd: SGD(model.parameters(), learningRate: rate)
      case .momentum: SGD(model.parameters(), learningRate: rate, momentum: 0.9)
      case .rmsprop: RMSprop(model.parameters(), learningRate: rate)
      case .adam: Adam(model.parameters(), learningRate: rate)
      case .lion: Lion(model.parameters(), learningRate: rate)
      }
    }
  }

  enum Penalty: String, Codable, Sendable, CaseIterable {
    case none, l1, l2
  }

  /// What a learner's network is made of, where it is not of tensors in layers.
  enum Network: String, Codable, Sendable, CaseIterable {
    /// Recorded numbers, chapter 1.
    case scalars
    /// Operations of their own, chapter 4.
    case operations
  }

  /// The name of a ``/FledgeData/PlaneDataset``, or `points` for ``points``.
  var dataset = "moons"
  /// Clicked points: x and y in 0…1, and the class.
  var points: [[Double]] = []
  var noise = 0.1
  var seed = 1
  /// The widths of the hidden layers.
  var hidden = [8, 8]
  var activation = Activation.tanh
  var optimizer = Rule.adam
  var learningRate = 0.03
  var penalty = Penalty.none
  var strength = 0.001
  var batchSize = 32
  /// Whether it runs on the learner's code; nil for Fledge's own.
  var isMine: Bool?
  /// Nil for layers of tensors; others only where ``isMine``, and with ``Rule/sgd``.
  var network: Network?

  /// Points that are learned, and as many that are held out, of a generated set.
  static let count = 200
  /// The most of everything that a page can ask for.
  enum Limit {
    static let layers = 6
    static let width = 16
    static let points = 1000
  }

  /// Throws where a value is none that the playground can train with.
  /// - Throws: ``PlayError``
  func check() throws(PlayError) {
    guard dataset == "points" || PlaneDataset(rawValue: dataset) != nil else {
      throw .unknownSet(dataset)
    }
    func within<V: Comparable>(
      _ name: String, _ value: V, _ range: ClosedRange<V>
    ) throws(PlayError) {
      if !range.contains(value) {
        throw .outside(name, "\(value)", "\(range.lowerBound)…\(range.upperBound)")
      }
    }
    if let network {
      guard isMine == true else { throw .noLearner }
      guard optimizer == .sgd else { throw .plainDescent(network) }
    }
    try within("noise", noise, 0...0.5)
    try within("seed", seed, 0...Int(Int32.max))
    try within("hidden layers", hidden.count, 0...Limit.layers)
    for width in hidden { try within("width", width, 1...Limit.width) }
    try within("learning rate", learningRate, 1e-6...10)
    try within("strength", strength, 0...1)
    try within("batch size", batchSize, 1...Limit.points)
    guard dataset == "points" else { return }
    try within("number of points", points.count, 2...Limit.points)
    for point in points {
      guard point.count == 3, point.allSatisfy(\.isFinite) else { throw .malformedPoint }
      try within("coordinate", point[0], 0...1)
      try within("coordinate", point[1], 0...1)
      guard point[2] == 0 || point[2] == 1 else { throw .malformedPoint }
    }
  }

  /// The points to learn.
  var train: LabelledPoints {
    guard let plane = PlaneDataset(rawValue: dataset) else {
      return LabelledPoints(
        points: points.map { SIMD2($0[0], $0[1]) }, labels: points.map { Int($0[2]) })
    }
    return plane.points(count: Self.count, seed: UInt64(seed), noise: scaledNoise)
  }

  /// The points held out; nil for clicked ones.
  var heldOut: LabelledPoints? {
    PlaneDataset(rawValue: dataset)?
      .points(count: Self.count, seed: UInt64(seed) + 1_000_000, noise: scaledNoise)
  }

  /// The moons are about three times as large as the other sets; the arms of the spiral are closer to
  /// each other than anything else.
  var scaledNoise: Double {
    switch dataset {
    case "moons": noise
    case "spiral": noise / 12
    default: noise / 3
    }
  }

  /// The layers of the model, new.
  func layers(_ parts: PlayParts) -> Sequential {
    let sizes = [2] + hidden
    return Sequential {
      for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
        parts.linear(inputs, outputs)
        activation.layer
      }
      parts.linear(sizes.last!, 1)
    }
  }

  /// The loss of a batch: binary cross-entropy, and the penalty on the weights.
  func loss(_ model: Sequential, _ batch: LabelledPoints) -> Tensor {
    let fit = Self.fit(model, batch)
    if penalty == .none { return fit }
    let weights = model.layers.compactMap { ($0 as? any PlayLinear)?.weight }
    let sum = weights.map { penalty == .l1 ? $0.abs().sum() : $0.square().sum() }.reduce(
      Tensor(0.0), +)
    return fit + sum * (penalty == .l1 ? strength : strength / 2)
  }

  /// The mean binary cross-entropy of a batch.
  static func fit(_ model: Sequential, _ batch: LabelledPoints) -> Tensor {
    let inputs = Tensor(
      batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])
    return binaryCrossEntropyWithLogits(
      model(inputs).squeezed(axis: 1), Tensor(batch.labels.map(Float.init)))
  }

  /// Trains ``layers(_:)`` on ``train``.
  func trainer(_ model: Sequential, _ parts: PlayParts) -> Trainer<LabelledPoints> {
    let train = train
    let loader = DataLoader(train, batchSize: min(batchSize, train.count), seed: UInt64(seed))
    let trainer = Trainer(
      model, parts.optimizer(optimizer, model, learningRate), on: TrainingData(loader),
      count: { $0.count }
    ) { loss(model, $0) }
    trainer.handlesInterrupts = false
    return trainer
  }
}

/// Why the playground cannot train what a page asks for.
enum PlayError: Error, Equatable, CustomStringConvertible {
  case unknownSet(String)
  case outside(String, String, String)
  case malformedPoint
  case noLearner
  case plainDescent(PlayConfiguration.Network)

  var description: String {
    switch self {
    case .unknownSet(let name): "there is no set '\(name)'"
    case .outside(let name, let value, let range): "the \(name) must be in \(range), got \(value)"
    case .noLearner: "only `learn studio` brings the code of the course"
    case .plainDescent(let network):
      "a network of \(network.rawValue) learns by plain gradient descent: choose SGD"
    case .malformedPoint: "a point is x, y and the class 0 or 1"
    }
  }
}
