import Fledge

extension PlayConfiguration {
  /// The program that trains the same as ``trainer(_:_:)`` for `steps` steps: the same bits.
  func swift(steps: Int) -> String {
    let sizes = [2] + hidden
    var lines = ["import Fledge", "", "Fledge.seed(\(seed))"]
    if dataset == "points" {
      let places = points.map { "[\($0[0]), \($0[1])]" }.joined(separator: ", ")
      let labels = points.map { "\(Int($0[2]))" }.joined(separator: ", ")
      lines += [
        "let train = LabelledPoints(", "  points: [\(places)],", "  labels: [\(labels)])",
      ]
    } else {
      lines.append(
        "let train = PlaneDataset.\(dataset).points("
          + "count: \(Self.count), seed: \(seed), noise: \(scaledNoise))")
    }
    lines += ["", "let model = Sequential {"]
    for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
      lines += ["  Linear(\(inputs), \(outputs))", "  \(activation.swift)"]
    }
    lines += [
      "  Linear(\(sizes.last!), 1)", "}",
      "let loader = DataLoader(train, batchSize: \(min(batchSize, train.count)), seed: \(seed))",
      "let optimizer = \(optimizer.swift(learningRate))", "",
      "let trainer = Trainer(model, optimizer, on: TrainingData(loader), count: { $0.count }) { batch in",
      "  let inputs = Tensor(",
      "    batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])",
      "  let fit = binaryCrossEntropyWithLogits(",
      "    model(inputs).squeezed(axis: 1), Tensor(batch.labels.map(Float.init)))",
    ]
    if penalty == .none {
      lines.append("  return fit")
    } else {
      let term = penalty == .l1 ? "$0.abs().sum()" : "$0.square().sum()"
      lines += [
        "  let weights = model.layers.compactMap { ($0 as? Linear)?.weight }",
        "  return fit + weights.map { \(term) }.reduce(Tensor(0.0), +) * "
          + "\(penalty == .l1 ? strength : strength / 2)",
      ]
    }
    lines += [
      "}", "trainer.progress = .standardError",
      "try trainer.train(until: .steps(\(max(steps, 1))))",
      "try model.save(to: \"playground.safetensors\")", "",
    ]
    return lines.joined(separator: "\n")
  }
}
