import FledgeCore
import FledgeCourse
import FledgeData
import FledgePlots
import Foundation

/// Trains micrograd's network on micrograd's task: 100 points of two moons, a 2-16-16-1 network of
/// 337 parameters, hinge loss with a penalty of 10⁻⁴, 100 steps at a rate that falls from 1 to 0.1.
func milestone1(_ run: MilestoneRun) {
  let steps = 100
  var moons = PlaneDataset.moons.points(count: 100, seed: 1337, noise: 0.1)
  if run.control == "shuffled-labels" {
    moons.labels = Generator(seed: 1).permutation(moons.count).map { moons.labels[$0] }
  }
  let network = ScalarMLP(run.control == "no-hidden-layer" ? [2, 1] : [2, 16, 16, 1], seed: 1337)
  let start = ContinuousClock.now
  for step in 0..<steps {
    let rate = 1 - 0.9 * Double(step) / Double(steps)
    let loss = train(network, on: moons, rate, breaking: run.control)
    run.record("loss", loss, at: step + 1, of: steps)
    run.record("learning_rate", rate, at: step + 1, of: steps)
    if step % 10 == 0 {
      let accuracy = 100 * network.accuracy(on: moons)
      run.record("accuracy", accuracy / 100, at: step + 1, of: steps)
      run.sketch("boundary") { boundary(of: network, moons).svg() }
      run.progress(
        String(format: "step %3d   loss %.4f   %3.0f %% of the points right", step, loss, accuracy))
    }
  }
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  let picture = boundary(of: network, moons)
  run.draw("boundary", svg: picture.svg(), lines: picture.terminal())
  run.report("accuracy", network.accuracy(on: moons))
  run.report("loss", network.loss(on: moons).value)
  run.report("parameters", Double(network.parameters.count))
  run.report("numbers in a loss", Double(network.loss(on: moons).topologicalOrder().count))
  run.report("seconds", seconds)
}

/// One step, or a broken one; returns the loss before it.
private func train(
  _ network: ScalarMLP, on data: LabelledPoints, _ rate: Double, breaking control: String?
) -> Double {
  guard control == "zeroed-gradient" || control == "no-accumulation" else {
    return network.trainStep(on: data, learningRate: rate)
  }
  let loss = network.loss(on: data)
  network.parameters.zeroGradients()
  if control == "no-accumulation" {
    loss.gradient = 1
    for number in loss.topologicalOrder() {
      for (input, part) in number.chainRule(number.gradient) { input.gradient = part }
    }
  }
  for parameter in network.parameters { parameter.value -= rate * parameter.gradient }
  return loss.value
}

private func boundary(of network: ScalarMLP, _ data: LabelledPoints) -> DecisionBoundary {
  let (x, y) = (-1.6...2.6, -1.2...1.7)
  let grid = DecisionBoundary.grid(x: x, y: y, rows: 30, columns: 50)
  let probabilities = stride(from: 0, to: grid.count, by: 2).map { i in
    let score = network.score(SIMD2(Double(grid[i]), Double(grid[i + 1]))).value
    return Float(1 / (1 + exp(-4 * score)))
  }
  let points = zip(data.points, data.labels).map {
    DecisionBoundary.Point(x: $0.x, y: $0.y, label: $1)
  }
  return DecisionBoundary(
    title: "what the network says", probabilities: probabilities, rows: 30, columns: 50, x: x, y: y,
    points: points)
}
