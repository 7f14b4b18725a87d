import FledgeCore
import FledgeCourse
import FledgeData
import FledgeNN
import FledgeOptim

/// Drawn digits, read by a network of your layers, norms, dropout and weights; your loss says how well,
/// and Fledge's AdamW trains it.
func milestone5(_ run: MilestoneRun) {
  let training = DigitRows(count: 2500, seed: 1, shufflesLabels: run.control == "shuffled-labels")
  let held = DigitRows(count: 500, seed: 2)
  let generator = Generator(seed: 3)
  let model = digitReader(width: 48, using: generator)
  let tree = ModuleTree(model)
  if run.control == "frozen-layers" {
    // All but the last layer keep the weights that they were drawn with.
    for layer in 0..<model.layers.count - 1 { tree.freeze(under: "layers.\(layer)") }
  }
  let optimizer = AdamW(groups(of: tree, learningRate: 4e-3, weightDecay: 0.05))
  var trainingLoss = 0.0
  withGenerator(generator) {
    for epoch in 1...8 {
      var losses: [Double] = []
      let order = generator.permutation(training.count)
      for start in stride(from: 0, to: training.count, by: 50) {
        let batch = training.rows(Array(order[start..<start + 50]))
        let loss = crossEntropyLoss(model(batch.images), batch.labels)
        loss.backward()
        if run.control == "zeroed-gradient" { model.zeroGrad() }
        optimizer.step()
        optimizer.zeroGrad()
        losses.append(loss.item())
        let step = (epoch - 1) * (training.count / 50) + losses.count
        run.record("loss", losses.last!, at: step, of: 8 * (training.count / 50))
      }
      trainingLoss = losses.reduce(0, +) / Double(losses.count)
      run.progress("epoch \(epoch): mean loss \(trainingLoss)")
    }
  }
  model.eval()
  let logits = withoutGradients { model(held.images) }
  let right = logits.argmax(axis: 1) .== held.labels
  run.report("accuracy", right.cast(to: .float32).mean().item())
  run.report("loss", crossEntropyLoss(logits, held.labels).item())
  run.report("loss in training", trainingLoss)
  run.report("parameters", Double(model.parameterCount))
}

/// 784 → width, two residual blocks, → 10.
private func digitReader(width: Int, using generator: Generator) -> MySequential {
  func linear(_ inputs: Int, _ outputs: Int) -> MyLinear {
    let layer = MyLinear(inputs, outputs, using: generator)
    layer.weight = heNormal([outputs, inputs], using: generator)
    return layer
  }
  // Residual blocks add up: a smaller last layer brings the first loss near ln 10.
  let output = MyLinear(width, 10, using: generator)
  output.weight = glorotNormal([10, width], gain: 0.3, using: generator)
  func block(_ norm: any Layer) -> MyResidual {
    MyResidual(MySequential([norm, linear(width, width), ReLU(), linear(width, width)]))
  }
  return MySequential([
    MyFlatten(), linear(784, width), MyBatchNorm(width), ReLU(), MyDropout(0.1),
    block(MyLayerNorm(width)), block(MyRMSNorm(width)), output,
  ])
}

/// What decays and what does not, each a group of the optimizer's.
private func groups(
  of tree: ModuleTree, learningRate: Double, weightDecay: Double
) -> [ParameterGroup] {
  let parameters = Dictionary(
    uniqueKeysWithValues: tree.parameters.map { ($0.path, $0.parameter) })
  let names = tree.decayGroups
  return [(names.decayed, weightDecay), (names.others, 0)].map { names, decay in
    ParameterGroup(
      names.map { parameters[$0]! }, learningRate: learningRate, weightDecay: decay)
  }
}

/// Images [N, 1, 28, 28] in 0…1 and their classes.
private struct DigitRows {
  let images: Tensor
  let labels: Tensor
  var count: Int { labels.count }

  init(count: Int, seed: UInt64, shufflesLabels: Bool = false) {
    let digits = DrawnDigits.images(count: count, seed: seed)
    images = digits.normalized()
    let classes = digits.labels.map { Int($0) }
    labels = Tensor(
      shufflesLabels ? Generator(seed: 9).permutation(count).map { classes[$0] } : classes)
  }

  private init(images: Tensor, labels: Tensor) {
    self.images = images
    self.labels = labels
  }

  func rows(_ indices: [Int]) -> DigitRows {
    let indices = Tensor(indices)
    return DigitRows(images: images.take(indices), labels: labels.take(indices))
  }
}
