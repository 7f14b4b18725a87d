import FledgeCore
import FledgeDistributed
import FledgeModels
import FledgeNN
import FledgeOptim

extension RankCheck {
  /// The weights after some steps without ranks, each of so many batches.
  static func serial(
    _ steps: Int, batches: Int = 1, _ make: (MLP) -> Optimizer
  ) -> [Tensor] {
    let model = makeModel()
    let optimizer = make(model)
    for step in 0..<steps {
      optimizer.zeroGrad()
      for batch in 0..<batches {
        let points = Points(12, step: (step * batches + batch) % 5)
        (points.loss(model.callAsFunction, 0..<12)! / Double(batches)).backward()
      }
      optimizer.step()
    }
    return values(model)
  }

  /// The weights after so many steps of DDP, from other weights on each rank.
  static func parallel(
    _ steps: Int, _ world: Group, compression: (any GradientCodec)? = nil,
    _ make: (MLP) -> Optimizer
  ) throws -> [Tensor] {
    let model = makeModel(seed: 3 + UInt64(world.rank))
    let parallel = try DistributedDataParallel(
      model, over: world, bucketBytes: 1000, compression: compression)
    let optimizer = make(model)
    for step in 0..<steps {
      optimizer.zeroGrad()
      let share = world.share(of: 12)
      try parallel.backward(
        Points(12, step: step % 5).loss(model.callAsFunction, share), examples: share.count)
      optimizer.step()
    }
    return values(model)
  }

  static func compare(
    _ found: [Tensor], _ expected: [Tensor], _ tolerance: Double, _ world: Group
  ) throws {
    for (place, (a, b)) in zip(found, expected).enumerated() {
      let error = difference(a, b)
      try check(error <= tolerance, "parameter \(place) differs by \(error)")
      try world.checkSame(a, "parameter \(place)")
    }
  }

  package static let training =
    [
      RankCheck(
        "DDP: gradients are those of the large batch, also of shares that are unequal or empty"
      ) {
        world in
        for count in [32, 7, 2] {
          let model = makeModel(seed: 3 + UInt64(world.rank))
          let parallel = try DistributedDataParallel(
            model, over: world, bucketBytes: 1000, firstBucketBytes: 100)
          let share = world.share(of: count)
          try parallel.backward(
            Points(count).loss(model.callAsFunction, share), examples: share.count)
          let reference = makeModel()
          Points(count).loss(reference.callAsFunction, 0..<count)!.backward()
          try compare(
            model.parameters().map { $0.grad! }, reference.parameters().map { $0.grad! }, 1e-6,
            world)
        }
      },
      RankCheck("DDP: after 200 steps all ranks have the same bits, near those without ranks") {
        world in
        let make = { (model: MLP) in SGD(model.parameters(), learningRate: 0.05, momentum: 0.9) }
        try compare(try parallel(200, world, make), serial(200, make), 1e-3, world)
      },
      RankCheck("DDP: noSync sends no gradients, and the sum is the same") { world in
        let model = makeModel()
        let parallel = try DistributedDataParallel(model, over: world)
        let share = world.share(of: 12)
        func loss(_ step: Int) -> Tensor? {
          Points(12, step: step).loss(model.callAsFunction, share).map { $0 * 0.25 }
        }
        for step in 0..<4 { try parallel.backward(loss(step), examples: share.count) }
        let expected = model.parameters().map { $0.grad! }
        model.zeroGrad()
        let silent = try world.traffic {
          try parallel.noSync {
            for step in 0..<3 { try parallel.backward(loss(step), examples: share.count) }
          }
        }
        // How many examples each rank had is said in 8 bytes.
        let sizes = silent.values.map { $0.bytes - 8 * $0.messages }
        try check(sizes.allSatisfy { $0 == 0 }, "\(silent)")
        try parallel.backward(loss(3), examples: share.count)
        try compare(model.parameters().map { $0.grad! }, expected, 1e-6, world)
      },
      RankCheck("Horovod: ranks that run layers in other orders agree on one") { world in
        let model = makeModel()
        let optimizer = try DistributedOptimizer(
          SGD(model.parameters(), learningRate: 0.05), over: world)
        // Every second rank goes through the layers by another loss first.
        for step in 0..<5 {
          optimizer.zeroGrad()
          let share = world.share(of: 12)
          let loss = Points(12, step: step).loss(model.callAsFunction, share)
          try optimizer.backward(loss ?? Tensor.zeros([]))
          optimizer.step()
        }
        for value in values(model) { try world.checkSame(value, "weights") }
      },
    ]
    + ZeroStage.allCases.map { stage in
      RankCheck("ZeRO: a stage trains as one rank would: \(stage)") { world in
        for batches in [1, 3] {
          let model = makeModel(seed: 3 + UInt64(world.rank))
          let optimizer = try ZeroRedundancyOptimizer(
            stage, decaying(model), over: world, unitBytes: 700
          ) { AdamW($0) }
          for step in 0..<10 {
            optimizer.zeroGrad()
            for batch in 0..<batches {
              let share = world.share(of: 12)
              let points = Points(12, step: (step * batches + batch) % 5)
              // Shares may differ by one example: the mean of means is weighted.
              let weight = Double(share.count * world.count) / Double(12 * batches)
              try optimizer.backward(
                points.loss(model.callAsFunction, share)! * weight, isLast: batch == batches - 1)
            }
            optimizer.step()
          }
          let expected = serial(10, batches: batches) { AdamW(decaying($0)) }
          try compare(values(model), expected, 1e-5, world)
        }
      }
    }

  private static func decaying(_ model: Module) -> [ParameterGroup] {
    model.parameterGroups(learningRate: 0.01, decayingMatricesBy: 0.1)
  }
}
