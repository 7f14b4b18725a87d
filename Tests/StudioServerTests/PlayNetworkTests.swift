import Fledge
import Foundation
import Testing

@testable import Exercises
@testable import StudioServer

extension ScalarPlayground: PlayNetwork {}
extension OperationPlayground: PlayNetwork {}

/// The networks of the course's chapters 1 and 4 in the playground, on the reference's exercises.
@Suite struct PlayNetworkTests {
  private func configuration(_ activation: PlayConfiguration.Activation) -> PlayConfiguration {
    var result = PlayConfiguration()
    (result.hidden, result.activation, result.optimizer) = ([4, 3], activation, .sgd)
    (result.penalty, result.strength, result.learningRate) = (.l2, 0.01, 0.2)
    return result
  }

  private func networks(_ configuration: PlayConfiguration) -> [any PlayNetwork] {
    let (sizes, name) = ([2] + configuration.hidden + [1], configuration.activation.rawValue)
    return [
      ScalarPlayground(sizes, activation: name, seed: 7),
      OperationPlayground(sizes, activation: name, seed: 7),
    ]
  }

  /// Fledge's layers with the weights of `network`.
  private func twin(_ network: any PlayNetwork, _ configuration: PlayConfiguration) -> Sequential {
    let model = configuration.layers(PlayParts())
    let linears = model.layers.compactMap { $0 as? Linear }
    for (index, linear) in linears.enumerated() {
      let rows = network.weights[index]
      linear.weight = Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
      linear.bias = Tensor(network.biases[index])
    }
    return model
  }

  private func difference(_ a: [[Float]], _ b: [[Float]]) -> Float {
    zip(a, b).flatMap { zip($0, $1).map { abs($0 - $1) } }.max() ?? .infinity
  }

  @Test(arguments: PlayConfiguration.Activation.allCases)
  func `A step of numbers or operations is one of Fledge's layers`(
    activation: PlayConfiguration.Activation
  ) {
    for penalty in PlayConfiguration.Penalty.allCases {
      var configuration = configuration(activation)
      configuration.penalty = penalty
      let batch = PlaneDataset.moons.points(count: 12, seed: 3, noise: 0.1)
      for network in networks(configuration) {
        let model = twin(network, configuration)
        let logits = model(
          Tensor(batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [12, 2]))
        #expect(difference([logits.array()], [network.answers(to: batch.points).last![0]]) < 1e-5)

        let optimizer = SGD(model.parameters(), learningRate: configuration.learningRate)
        configuration.loss(model, batch).backward()
        optimizer.step()
        network.step(
          on: batch, rate: configuration.learningRate, l1: penalty == .l1 ? 0.01 : 0,
          l2: penalty == .l2 ? 0.01 : 0)
        let linears = model.layers.compactMap { $0 as? Linear }
        for (index, linear) in linears.enumerated() {
          #expect(
            difference([network.weights[index].flatMap { $0 }], [linear.weight.array()]) < 1e-5)
          #expect(difference([network.biases[index]], [linear.bias!.array()]) < 1e-5)
        }
      }
    }
  }

  @Test func `A session of such a network counts, learns and hands out its weights`() throws {
    let configuration = configuration(.tanh)
    for network in networks(configuration) {
      let training = PlayNetworkTraining(configuration, PlayParts(), network)
      let first = try #require(training.answer(PlayRequest(wantsPicture: true)).picture)
      #expect(
        first.step == 0 && first.answer.count == 64 * 64 && first.units.map(\.count) == [4, 3])
      // 200 points in batches of 32 are seven steps an epoch.
      let reply = training.answer(PlayRequest(steps: 40, wantsPicture: true, wantsWeights: true))
      let later = try #require(reply.picture)
      #expect(later.step == 40 && later.epoch == 5)
      #expect(try #require(later.train.loss) < #require(first.train.loss))
      #expect(later.heldOut != nil && later.curve.steps == [0, 40])
      #expect(
        reply.weights?.map(\.name) == [
          "0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias",
        ])
      #expect(reply.weights?.first?.values == network.weights[0].flatMap { $0 })
    }
  }

  @Test func `A network of the learner's needs their program and plain descent`() {
    var wish = PlayConfiguration()
    wish.network = .scalars
    #expect(throws: PlayError.noLearner) { try wish.check() }
    wish.isMine = true
    #expect(throws: PlayError.plainDescent(.scalars)) { try wish.check() }
    wish.optimizer = .sgd
    #expect(throws: Never.self) { try wish.check() }
  }
}
