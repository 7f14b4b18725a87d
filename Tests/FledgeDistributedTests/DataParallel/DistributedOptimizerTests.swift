import FledgeCore
import FledgeDistributed
import FledgeNN
import FledgeOptim
import RankChecks
import Testing

@Suite struct DistributedOptimizerTests {
  /// Two towers over one layer, which ranks run in an order of their own, or only one of them.
  private final class Towers: Module {
    let shared = Linear(6, 5)
    let left = Linear(5, 4)
    let right = Linear(5, 4)
    let never = Linear(2, 2)
    func loss(_ points: Points, _ sides: [Bool]) -> Tensor {
      var sum = Tensor.zeros([])
      for isLeft in sides {
        sum = sum + crossEntropy((isLeft ? left : right)(shared(points.inputs)), points.targets)
      }
      return sum
    }
  }

  private static func makeTowers() -> Towers {
    withGenerator(Generator(seed: 8)) { Towers() }
  }

  @Test(arguments: [1, 1 << 20])
  func `ranks agree on an order, though each has gradients in another one`(fusionBytes: Int) throws
  {
    let sides = [[true, false], [false, true], [true], [false, true, false]]
    let results = try launch(ranks: 4) { world in
      let model = Self.makeTowers()
      let optimizer = try DistributedOptimizer(
        SGD(model.parameters(), learningRate: 0.1), over: world, fusionBytes: fusionBytes)
      var gradients: [[Tensor?]] = []
      for _ in 0..<5 {
        optimizer.zeroGrad()
        try optimizer.backward(model.loss(Points(6), sides[world.rank]))
        gradients.append(model.parameters().map(\.grad))
      }
      return (gradients, optimizer.fusedBuffers)
    }
    let model = Self.makeTowers()
    for chosen in sides { (model.loss(Points(6), chosen) / 4).backward() }
    for (gradients, buffers) in results {
      #expect(buffers >= 1 && buffers <= 6 && (fusionBytes > 1 || buffers == 6))
      for (pass, first) in zip(gradients, results[0].0) {
        for (place, parameter) in model.parameters().enumerated() {
          #expect((pass[place] == nil) == (parameter.grad == nil))
          guard let gradient = pass[place] else { continue }
          #expect(difference(gradient, parameter.grad!) <= 1e-6)
          let isIdentical = gradient.isIdentical(to: first[place]!)
          #expect(isIdentical)
        }
      }
    }
  }

  @Test func `fusion divides the messages: 2 (N − 1) a buffer from each rank, not a tensor`() throws
  {
    func reduce(_ fusionBytes: Int) throws -> (traffic: Traffic, buffers: Int) {
      try launch(ranks: 4) { world in
        let model = makeModel()
        let optimizer = try DistributedOptimizer(
          SGD(model.parameters(), learningRate: 0.1), over: world, fusionBytes: fusionBytes)
        Points(8).loss(model.callAsFunction, world.share(of: 8))!.backward()
        let traffic = try world.traffic { try optimizer.reduce() }[.allReduce]!
        return (traffic, optimizer.fusedBuffers)
      }[0]
    }
    let (alone, together, some) = try (reduce(1), reduce(1 << 20), reduce(1700))
    #expect(alone.buffers == 6 && alone.traffic.messages == 2 * 3 * 6)
    #expect(together.buffers == 1 && together.traffic.messages == 2 * 3)
    // 576 + 96, 1632 + 68 and 272 + 16 bytes.
    #expect(some.buffers == 3 && some.traffic.messages == 2 * 3 * 3)
    // 2 (N − 1)/N · 4 P, up to the alignment of six tensors to 64 bytes.
    let bytes = 2 * 3 * 4 * makeModel().parameterCount / 4
    #expect(together.traffic.bytes >= bytes && together.traffic.bytes <= bytes + 6 * 64 * 2)
  }

  @Test func `training goes as with one rank`() throws {
    let results = try launch(ranks: 3) { world in
      let model = makeModel(seed: UInt64(world.rank))
      try world.broadcastParameters(of: model)
      let optimizer = try DistributedOptimizer(
        SGD(model.parameters(), learningRate: 0.1, momentum: 0.9), over: world)
      for step in 0..<20 {
        optimizer.zeroGrad()
        try optimizer.backward(
          Points(9, step: step).loss(model.callAsFunction, world.share(of: 9)))
        optimizer.step()
      }
      return values(model)
    }
    let model = makeModel(seed: 0)
    let optimizer = SGD(model.parameters(), learningRate: 0.1, momentum: 0.9)
    for step in 0..<20 {
      optimizer.zeroGrad()
      Points(9, step: step).loss(model.callAsFunction, 0..<9)!.backward()
      optimizer.step()
    }
    for result in results {
      for (a, b) in zip(result, values(model)) { #expect(difference(a, b) < 1e-5) }
    }
  }
}
