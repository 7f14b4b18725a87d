import FledgeCore
import FledgeCourse
import FledgeData
import FledgeNN
import FledgeOptim
import FledgePlots
import Foundation

/// Trains the learner's LeNet on drawn digits, shows its filters, and lets the learner's ResNet9 take a few
/// steps on coloured shapes.
func milestone8(_ run: MilestoneRun) throws {
  let start = ContinuousClock.now
  var train = DrawnDigits.images(count: 1500, seed: 1)
  if run.control == "shuffled-labels" {
    train.labels = Generator(seed: 3).permutation(train.count).map { train.labels[$0] }
  }
  let test = DrawnDigits.images(count: 1000, seed: 2)
  let net = withGenerator(Generator(seed: 4)) { myLeNet() }
  // Four tensors belong to the convolutions: their weights and biases.
  let trained = net.parameters().dropFirst(run.control == "frozen-filters" ? 4 : 0)
  let optimizer = Adam(Array(trained), learningRate: run.control == "zeroed-rate" ? 0 : 2e-3)
  let before = filters(of: net)

  let loader = DataLoader(train, batchSize: 50, seed: 5)
  var steps = 0
  for epoch in 1...3 {
    var last = 0.0
    for batch in loader {
      last = step(net, optimizer, grey(batch), batch.targets)
      steps += 1
      run.record("loss", last, at: steps, of: 3 * train.count / 50)
      if steps % 10 == 0 {
        run.sketch("filters") {
          ImageGrid.filters(filters(of: net), title: "what your first layer looks for")
            .svg(scale: 12)
        }
      }
    }
    run.record("accuracy", accuracy(net, test), at: steps, of: 3 * train.count / 50)
    run.progress(
      String(format: "epoch %d   loss %.4f   ", epoch, last)
        + String(format: "%.1f %% of the test digits", 100 * accuracy(net, test)))
  }
  run.report("accuracy", accuracy(net, test))
  run.report("parameters of LeNet", Double(net.parameterCount))
  let moved = (filters(of: net) - before).square().sum().item().squareRoot()
  run.report("how far the filters moved", moved)

  let grid = ImageGrid.filters(filters(of: net), title: "what your first layer looks for")
  run.draw("filters", svg: grid.svg(scale: 12), lines: grid.terminal(width: 76))

  if run.control == nil { residualSteps(run) }
  run.report("seconds", (ContinuousClock.now - start) / .seconds(1))
}

/// A few steps of ResNet9 on 64 coloured shapes, which it must be able to learn by heart.
private func residualSteps(_ run: MilestoneRun) {
  let shapes = DrawnShapes.images(count: 64, seed: 6)
  let images = shapes.normalized(
    mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
  let net = withGenerator(Generator(seed: 7)) { myResNet9() }
  let optimizer = Adam(net.parameters(), learningRate: 2e-3)
  let losses = (0..<25).map { _ in step(net, optimizer, images, shapes.targets) }
  run.progress(
    String(
      format: "ResNet9 on 64 coloured shapes: loss %.3f, and after 24 steps %.3f", losses[0],
      losses[24]))
  run.report("parameters of ResNet9", Double(net.parameterCount))
  run.report("loss of ResNet9 before", losses[0])
  run.report("loss of ResNet9 after 24 steps", losses[24])
}

/// The loss before the step.
private func step(_ net: Sequential, _ optimizer: Adam, _ x: Tensor, _ labels: Tensor) -> Double {
  optimizer.zeroGrad()
  let loss = crossEntropy(net(x), labels)
  loss.backward()
  optimizer.step()
  return loss.item()
}

/// Grey values around 0, [N, 1, 28, 28].
private func grey(_ digits: LabelledImages) -> Tensor {
  digits.normalized(mean: [0.1307], standardDeviation: [0.3081])
}

private func filters(of net: Sequential) -> Tensor { net.parameters()[0].value!.detached() }

private func accuracy(_ net: Sequential, _ digits: LabelledImages) -> Double {
  withoutGradients {
    (net(grey(digits)).argmax(axis: 1) .== digits.targets).cast(to: .float32).mean().item()
  }
}
