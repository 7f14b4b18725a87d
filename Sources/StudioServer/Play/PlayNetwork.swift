import Fledge
import Foundation

/// A network that is made without Fledge's layers and optimizers: of a learner's own numbers, or of
/// their own operations. Like its neighbours, this file is compiled into `learn studio` as well.
protocol PlayNetwork: AnyObject {
  /// What each layer answers to each point: [layer][unit][point]; the last is the logit.
  func answers(to points: [SIMD2<Double>]) -> [[[Float]]]
  /// [layer][output][input]
  var weights: [[[Float]]] { get }
  /// [layer][output]
  var biases: [[Float]] { get }
  /// One step of gradient descent on the mean binary cross-entropy, `l1` · Σ |w| and `l2` / 2 · Σ w².
  func step(on batch: LabelledPoints, rate: Double, l1: Double, l2: Double)
}

/// What answers the requests of a session.
protocol PlayEngine {
  func answer(_ request: PlayRequest) -> PlayReply
}

/// Trains a ``PlayNetwork`` on the batches that Fledge's trainer would take.
final class PlayNetworkTraining: PlayEngine {
  private let network: any PlayNetwork
  private let configuration: PlayConfiguration
  private let parts: PlayParts
  private let loader: DataLoader<LabelledPoints>
  private let view: PlayView
  private var batches: [LabelledPoints] = []
  private var curve = PlayCurve()
  private var (step, epoch) = (0, 0)
  private var rate: Double

  init(_ configuration: PlayConfiguration, _ parts: PlayParts, _ network: any PlayNetwork) {
    self.configuration = configuration
    self.parts = parts
    self.network = network
    let train = configuration.train
    loader = DataLoader(
      train, batchSize: min(configuration.batchSize, train.count), seed: UInt64(configuration.seed))
    view = PlayView(configuration)
    rate = configuration.learningRate
  }

  func answer(_ request: PlayRequest) -> PlayReply {
    guard let backend = parts.backend else { return answerHere(request) }
    return withBackend(backend) { answerHere(request) }
  }

  private func answerHere(_ request: PlayRequest) -> PlayReply {
    rate = request.learningRate ?? rate
    for _ in 0..<request.steps { takeStep() }
    var reply = PlayReply()
    if request.wantsPicture {
      reply.picture = view.picture(
        of: network, step: step, epoch: epoch, learningRate: rate, &curve,
        isRunning: request.isRunning)
    }
    if request.wantsWeights {
      reply.weights = zip(network.weights, network.biases).enumerated().flatMap {
        index, layer -> [PlayReply.Weight] in
        let (weight, bias) = layer
        let inputs = weight.first?.count ?? 0
        return [
          .init(
            name: "\(index).weight", shape: [weight.count, inputs], values: weight.flatMap { $0 }),
          .init(name: "\(index).bias", shape: [bias.count], values: bias),
        ]
      }
    }
    return reply
  }

  private func takeStep() {
    if batches.isEmpty { batches = loader.reversed() }
    let penalty = configuration.penalty
    network.step(
      on: batches.removeLast(), rate: rate, l1: penalty == .l1 ? configuration.strength : 0,
      l2: penalty == .l2 ? configuration.strength : 0)
    step += 1
    if batches.isEmpty { epoch += 1 }
  }
}

extension PlayView {
  func picture(
    of network: any PlayNetwork, step: Int, epoch: Int, learningRate: Double,
    _ curve: inout PlayCurve, isRunning: Bool
  ) -> PlayPicture {
    let logits = network.answers(to: points(side: Self.answerSide)).last?.first ?? []
    let hidden = network.answers(to: points(side: Self.unitSide)).dropLast()
    let scales = hidden.map { layer in
      layer.joined().reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    }
    let units = zip(hidden, scales).map { layer, largest in
      layer.map { unit in Data(unit.map { Self.signed($0, largest) }) }
    }
    let train = measure(train, by: network)
    let heldOut = heldOut.isEmpty ? nil : measure(heldOut, by: network)
    curve.add(step, train.loss, heldOut?.loss)
    return PlayPicture(
      step: step, epoch: epoch, isRunning: isRunning,
      answer: Data(logits.map { Self.probability(1 / (1 + exp(-$0))) }), units: units,
      scales: scales.map(Double.init), weights: finite(network.weights),
      biases: finite([network.biases])[0], train: train, heldOut: heldOut, curve: curve,
      learningRate: learningRate)
  }

  /// The points of ``grid(side:)``.
  private func points(side: Int) -> [SIMD2<Double>] {
    let places = DecisionBoundary.grid(
      x: x[0]...x[1], y: y[0]...y[1], rows: side, columns: side)
    return stride(from: 0, to: places.count, by: 2).map {
      SIMD2(Double(places[$0]), Double(places[$0 + 1]))
    }
  }

  private func measure(_ places: [[Double]], by network: any PlayNetwork) -> PlayMeasure {
    let logits = network.answers(to: places.map { SIMD2($0[0], $0[1]) }).last?.first ?? []
    let losses = zip(logits, places).map { logit, place -> Double in
      let s = Double(logit)
      return max(s, 0) - s * place[2] + log(1 + exp(-abs(s)))
    }
    let loss = losses.reduce(0, +) / Double(places.count)
    let right = zip(logits, places).count { ($0 > 0) == ($1[2] > 0.5) }
    return PlayMeasure(
      loss: loss.isFinite ? loss : nil, accuracy: Double(right) / Double(places.count))
  }
}
