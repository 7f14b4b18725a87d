import FledgeCore
import FledgeData
import FledgeDistributed
import FledgeModels
import FledgeNN
import FledgeOptim
import Foundation
import RankChecks
import Testing

func loss(_ model: MLP, _ points: LabelledPoints) -> Tensor {
  let inputs = Tensor(
    points.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [points.count, 2])
  return binaryCrossEntropyWithLogits(
    model(inputs).squeezed(axis: 1), Tensor(points.labels.map(Float.init)))
}

@Suite struct AcceleratorTests {
  @Test func `a loop for many ranks is one for a single rank with five lines changed`() throws {
    func lines(_ name: String) throws -> [String] {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: name)
      return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    func text(_ change: CollectionDifference<String>.Change) -> String {
      switch change {
      case .insert(_, let line, _), .remove(_, let line, _): line
      }
    }
    let changes = try lines("AcceleratedLoop.swift").difference(from: lines("PlainLoop.swift"))
    #expect(
      changes.insertions.map(text) == [
        "import FledgeDistributed",
        "func train(_ world: Group) throws -> [Tensor] {",
        "  let accelerator = Accelerator(over: world)",
        "  try accelerator.prepare(model, optimizer, loader)",
        "      try accelerator.backward(loss, examples: batch.count)",
      ])
    #expect(
      changes.removals.map(text) == [
        "func train() throws -> [Tensor] {", "      loss.backward()",
      ])
  }

  /// 75 points in batches of 10: the last one has 5, which neither 2 nor 3 nor 4 ranks divide.
  @Test(arguments: [1, 2, 3, 4])
  func `it trains as one rank does`(ranks: Int) throws {
    let expected = try withRank(0, of: 1) { try train() }
    for weights in try launch(ranks: ranks, { try train($0) }) {
      for (a, b) in zip(weights, expected) { #expect(difference(a, b) < 1e-5) }
    }
  }

  @Test func `several batches make one step, and messages are sent for the last`() throws {
    let results = try launch(ranks: 2) { world in
      let model = makeModel()
      let optimizer = SGD(model.parameters(), learningRate: 0.1)
      let accelerator = Accelerator(over: world, accumulating: 3)
      let loader = DataLoader(PlaneDataset.moons.points(count: 8, seed: 1, noise: 0), batchSize: 4)
      try accelerator.prepare(model, optimizer, loader)
      var (due, bytes) = ([Bool](), [Int]())
      for step in 0..<6 {
        let traffic = try world.traffic {
          let loss = Points(12, step: step).loss(model.callAsFunction, world.share(of: 12))!
          try accelerator.backward(loss)
        }
        bytes.append(traffic.values.reduce(0) { $0 + $1.bytes })
        due.append(accelerator.isStepDue)
        if accelerator.isStepDue {
          optimizer.step()
          optimizer.zeroGrad()
        }
      }
      return (due, bytes, values(model))
    }
    let model = makeModel()
    let optimizer = SGD(model.parameters(), learningRate: 0.1)
    for step in 0..<6 {
      (Points(12, step: step).loss(model.callAsFunction, 0..<12)! / 3).backward()
      if step % 3 == 2 {
        optimizer.step()
        optimizer.zeroGrad()
      }
    }
    for (due, bytes, weights) in results {
      #expect(due == [false, false, true, false, false, true])
      #expect(bytes.map { $0 > 0 } == due)
      for (a, b) in zip(weights, values(model)) { #expect(difference(a, b) < 1e-6) }
    }
  }

  @Test func `a metric over shares that are unequal or empty is that of all examples`() throws {
    let numbers: [Double] = [3, 1, 4, 1, 5, 9, 2]
    let means = try launch(ranks: 4) { world in
      let share = numbers[world.rank == 3 ? 7..<7 : world.rank * 2..<min(world.rank * 2 + 3, 7)]
      let own = share.reduce(0, +) / Double(share.count)
      return try Accelerator(over: world).mean(own, examples: share.count)
    }
    let all = [3, 1, 4] + [4, 1, 5] + [5, 9, 2] as [Double]
    for mean in means { #expect(abs(mean - all.reduce(0, +) / 9) < 1e-12) }
  }

  @Test(arguments: [
    "it was prepared before", "a pass before `prepare`", "a batch of 3 examples is too small",
    "the optimizer steps parameters that are not the model's", "a step takes 0 batches",
  ])
  func `a mistake ends with its message`(message: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [message = message as String] in
      _ = try launch(ranks: message.contains("3 examples") ? 4 : 1) { world in
        let model = makeModel()
        let other = message.contains("not the model's") ? makeModel() : model
        let optimizer = SGD(other.parameters(), learningRate: 0.1)
        let accelerator = Accelerator(
          over: world, accumulating: message.contains("0 batches") ? 0 : 1)
        if message.contains("before `prepare`") { try accelerator.backward(Tensor.ones([])) }
        let loader = DataLoader(
          PlaneDataset.moons.points(count: 3, seed: 1, noise: 0), batchSize: 3)
        try accelerator.prepare(model, optimizer, loader)
        accelerator.prepare(loader)
        for _ in loader {}
        try accelerator.prepare(model, optimizer, loader)
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("Fledge: Accelerator: \(message)"), "\(text)")
  }
}
