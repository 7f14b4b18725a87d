import FledgeCore
import FledgeCourse
import FledgeData
import FledgePlots
import Foundation

/// Two spiral arms, told apart by a network of your operations that your reverse mode trains.
func milestone4(_ run: MilestoneRun) {
  let training = Spiral(count: 300, seed: 1, shufflesLabels: run.control == "shuffled-labels")
  let held = Spiral(count: 300, seed: 2)
  var network = SpiralNetwork(hidden: 24, using: Generator(seed: 3))
  var running = RunningLoss()
  var names: [String] = []
  var liveNodes: [Int] = []
  for step in 1...1200 {
    var (loss, slopes) = (Tensor(0), [Tensor]())
    ((loss, slopes), names) = operationNames {
      let loss = network.loss(training)
      return (loss, My.gradients(of: loss, withRespectTo: network.parameters))
    }
    switch run.control {
    case "zeroed-gradient": slopes = slopes.map { Tensor.zeros(like: $0) }
    case "frozen-layers":
      slopes = slopes.prefix(4).map { Tensor.zeros(like: $0) } + slopes.suffix(2)
    default: break
    }
    running.add(loss)
    run.record("loss", loss.item(), at: step, of: 1200)
    if step.isMultiple(of: 50) { run.sketch("boundary") { held.boundary(network).svg() } }
    network.parameters = descended(network.parameters, along: slopes, learningRate: 0.5)
    liveNodes.append(GraphNode.liveCount)
    if step.isMultiple(of: 200) {
      run.progress("steps \(step - 199) to \(step): mean loss \(running.mean)")
      running = RunningLoss()
    }
  }
  let logits = withoutGradients { network.logits(held.points) }
  run.report("accuracy", held.accuracy(logits))
  run.report("loss", evaluate({ _ in network.loss(held) }, over: [held.points]))
  run.report("operations in a step", Double(names.count))
  run.report("of them Fledge's own", Double(names.count { !$0.hasPrefix("my.") }))
  run.report("growth of live nodes", Double(liveNodes.last! - liveNodes.first!))
  let boundary = held.boundary(network)
  run.draw("boundary", svg: boundary.svg(), lines: boundary.terminal())
}

/// Points of two arms and their classes.
private struct Spiral {
  /// [N, 2], about 0.
  let points: Tensor
  let labels: [Int]
  /// One-hot, [N, 2].
  let targets: Tensor

  init(count: Int, seed: UInt64, shufflesLabels: Bool = false) {
    let data = PlaneDataset.spiral.points(count: count, seed: seed, noise: 0.01)
    points = Tensor(
      data.points.flatMap { [Float($0.x - 0.5) * 4, Float($0.y - 0.5) * 4] }, shape: [count, 2])
    labels =
      shufflesLabels ? Generator(seed: 9).permutation(count).map { data.labels[$0] } : data.labels
    targets = Tensor.oneHot(Tensor(labels), classes: 2)
  }

  /// What the network says of the whole square around the points.
  func boundary(_ network: SpiralNetwork) -> DecisionBoundary {
    let grid = Tensor(DecisionBoundary.grid(x: -2.2...2.2, y: -2.2...2.2), shape: [10_000, 2])
    let logits = withoutGradients { network.logits(grid).array() }
    let places = points.array(of: Double.self)
    return DecisionBoundary(
      title: "what your engine has learned",
      probabilities: stride(from: 0, to: logits.count, by: 2).map {
        1 / (1 + exp(logits[$0] - logits[$0 + 1]))
      }, x: -2.2...2.2, y: -2.2...2.2,
      points: labels.indices.map {
        DecisionBoundary.Point(x: places[2 * $0], y: places[2 * $0 + 1], label: labels[$0])
      })
  }

  /// The share of rows whose largest logit is the right one.
  func accuracy(_ logits: Tensor) -> Double {
    let found = logits.argmax(axis: 1).array(of: Int.self)
    return Double(zip(found, labels).count { $0 == $1 }) / Double(labels.count)
  }
}

/// 2 → hidden → hidden → 2, with tanh between.
private struct SpiralNetwork {
  /// Weight and bias of each layer.
  var parameters: [Tensor]

  init(hidden: Int, using generator: Generator) {
    let sizes = [2, hidden, hidden, 2]
    parameters = zip(sizes, sizes.dropFirst()).flatMap { inputs, outputs in
      let deviation = 1 / Double(inputs).squareRoot()
      return [[inputs, outputs], [outputs]].map { shape in
        Tensor.normal(Shape(shape), standardDeviation: deviation, using: generator)
          .requiringGradients()
      }
    }
  }

  /// [N, 2] → [N, 2]
  func logits(_ x: Tensor) -> Tensor {
    let p = parameters
    let first = My.tanh(My.add(My.matmul(x, p[0]), p[1]))
    let second = My.tanh(My.add(My.matmul(first, p[2]), p[3]))
    return My.add(My.matmul(second, p[4]), p[5])
  }

  /// The mean cross-entropy: log Σ eˣ less x of the right class.
  func loss(_ data: Spiral) -> Tensor {
    let x = logits(data.points)
    let right = My.sum(My.multiply(x, data.targets), axes: [1])
    return My.mean(My.subtract(My.logSumExp(x, axis: 1), right))
  }
}
