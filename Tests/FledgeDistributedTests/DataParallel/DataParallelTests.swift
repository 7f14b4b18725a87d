import FledgeCore
import FledgeDistributed
import FledgeNN
import FledgeOptim
import RankChecks
import Testing

@Suite struct DataParallelTests {
  private static func train(_ ranks: Int) throws -> [(
    values: [Tensor], losses: [Double?], bytes: Int
  )] {
    try launch(ranks: ranks) { world in
      let model = makeModel(seed: UInt64(10 + world.rank))
      let parallel = DataParallel(model, over: world)
      let optimizer = SGD(model.parameters(), learningRate: 0.1)
      var losses: [Double?] = []
      for step in 0..<4 {
        optimizer.zeroGrad()
        let batch = Points(10, step: step)
        losses.append(
          try parallel.backward(world.rank == 0 ? (batch.inputs, batch.targets) : nil) {
            crossEntropy(model($0), $1)
          })
        if world.rank == 0 { optimizer.step() }
      }
      return (values(model), losses, world.traffic.values.reduce(0) { $0 + $1.bytes })
    }
  }

  @Test(arguments: [1, 2, 4])
  func `the controller trains as one rank would`(ranks: Int) throws {
    let results = try Self.train(ranks)
    let model = makeModel(seed: 10)
    let optimizer = SGD(model.parameters(), learningRate: 0.1)
    for step in 0..<4 {
      optimizer.zeroGrad()
      let loss = Points(10, step: step).loss(model.callAsFunction, 0..<10)!
      loss.backward()
      optimizer.step()
      #expect(abs(results[0].losses[step]! - loss.item()) < 1e-6)
    }
    for (found, expected) in zip(results[0].values, values(model)) {
      #expect(difference(found, expected) < 1e-6)
    }
    for result in results.dropFirst() { #expect(result.losses.allSatisfy { $0 == nil }) }
  }

  @Test func `what the controller sends grows with the ranks, what a replica sends does not`()
    throws
  {
    let bytes = try [2, 4, 8].map { ranks in
      let results = try Self.train(ranks)
      return (results[0].bytes, results[1].bytes)
    }
    let model = 4 * makeModel().parameterCount
    for (ranks, (controller, _)) in zip([2, 4, 8], bytes) {
      #expect(controller >= 4 * (ranks - 1) * model)
    }
    #expect(bytes[2].0 > 5 * bytes[0].0)
    #expect(bytes[2].1 < bytes[0].1 + 1000)
  }
}
