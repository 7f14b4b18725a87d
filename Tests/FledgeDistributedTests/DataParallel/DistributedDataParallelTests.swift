import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import RankChecks
import Testing

@testable import FledgeDistributed

@Suite struct DistributedDataParallelTests {
  /// The gradients of one large batch without ranks.
  private static func serial(_ count: Int, _ model: MLP = makeModel()) -> [Tensor] {
    Points(count).loss(model.callAsFunction, 0..<count)!.backward()
    return model.parameters().map { $0.grad! }
  }

  @Test func `a mean of means is another gradient, where shares are unequal`() throws {
    let gradients = try launch(ranks: 3) { world in
      let model = makeModel()
      let parallel = try DistributedDataParallel(model, over: world)
      try parallel.backward(Points(7).loss(model.callAsFunction, world.share(of: 7)))
      return model.parameters().map { $0.grad! }
    }
    #expect(difference(gradients[0][0], Self.serial(7)[0]) > 1e-4)
  }

  @Test(arguments: 2...5)
  func `a pass sends 2 (N − 1)/N of the buckets, in 2 (N − 1) messages each`(ranks: Int) throws {
    let results = try launch(ranks: ranks) { world in
      let model = makeModel()
      let parallel = try DistributedDataParallel(
        model, over: world, bucketBytes: 1000, by: .ring)
      let loss = Points(10).loss(model.callAsFunction, world.share(of: 10))
      let traffic = try world.traffic { try parallel.backward(loss) }[.allReduce]!
      return (traffic, parallel.bucketCount, parallel.bucketByteCount, model.parameterCount)
    }
    let sums = results.map(\.0).reduce(Traffic(), +)
    let (_, buckets, bytes, parameters) = results[0]
    #expect(sums.bytes == 2 * (ranks - 1) * bytes)
    #expect(sums.messages == 2 * ranks * (ranks - 1) * buckets)
    #expect(buckets > 1)
    // Six parameters, each up to 15 elements of padding, and as many again for the numbers of uses.
    #expect(bytes >= 4 * parameters && bytes <= 4 * parameters + 6 * 60 + buckets * 64)
  }

  @Test func `noSync divides the messages by the number of batches in a step`() throws {
    let results = try launch(ranks: 3) { world in
      let model = makeModel()
      let parallel = try DistributedDataParallel(model, over: world)
      let share = world.share(of: 9)
      func loss(_ step: Int) -> Tensor {
        Points(9, step: step).loss(model.callAsFunction, share)! * 0.25
      }
      let every = try world.traffic {
        for step in 0..<4 { try parallel.backward(loss(step)) }
      }
      let expected = model.parameters().map { $0.grad! }
      model.zeroGrad()
      let last = try world.traffic {
        try parallel.noSync { for step in 0..<3 { try parallel.backward(loss(step)) } }
        try parallel.backward(loss(3))
      }
      let error = zip(model.parameters(), expected).map { difference($0.grad!, $1) }.max()!
      return (every[.allReduce]!.messages, last[.allReduce]!.messages, error)
    }
    for (every, last, error) in results { #expect(every == 4 * last && error < 1e-6) }
  }

  /// Two towers, of which a pass uses one or both, and a layer that both share.
  private final class Towers: Module {
    let shared = Linear(6, 5)
    let left = Linear(5, 4)
    let right = Linear(5, 4)
    let never = Linear(2, 2)
    func loss(_ x: Tensor, _ y: Tensor, _ sides: [Bool]) -> Tensor {
      let towers = sides.map { crossEntropy(($0 ? left : right)(shared(x)), y) }
      return towers.dropFirst().reduce(towers[0]) { $0 + $1 }
    }
  }

  @Test func `parameters that some ranks or none use hang nobody`() throws {
    let sides = [[true], [false], [true, false]]
    @Sendable func makeTowers() -> Towers {
      withGenerator(Generator(seed: 8)) { Towers() }
    }
    let results = try launch(ranks: 3) { world in
      let model = makeTowers()
      let parallel = try DistributedDataParallel(
        model, over: world, bucketBytes: 150, firstBucketBytes: 1)
      let points = Points(6)
      try parallel.backward(model.loss(points.inputs, points.targets, sides[world.rank]))
      return model.namedParameters().map { ($0.name, $0.parameter.grad) }
    }
    let model = makeTowers()
    let points = Points(6)
    for chosen in sides { (model.loss(points.inputs, points.targets, chosen) / 3).backward() }
    for (place, (name, parameter)) in model.namedParameters().enumerated() {
      for result in results {
        #expect(result[place].0 == name)
        #expect((result[place].1 == nil) == name.hasPrefix("never"), "\(name)")
        if let gradient = result[place].1 { #expect(difference(gradient, parameter.grad!) <= 1e-6) }
      }
    }
  }

  @Test func `buckets leave while the backward pass still runs`() throws {
    let overlapped = try launch(ranks: 2) { world in
      let model = makeModel()
      let parallel = try DistributedDataParallel(
        model, over: world, bucketBytes: 1000, firstBucketBytes: 100)
      try parallel.backward(Points(4).loss(model.callAsFunction, 0..<4))
      return (parallel.overlappedBuckets, parallel.bucketCount)
    }
    for (overlapped, buckets) in overlapped { #expect(overlapped == buckets && buckets >= 3) }
  }

  @Test func `buckets are in the reverse order of the parameters and no larger than they may be`() {
    let parameters = makeModel().parameters()
    let buckets = Bucket.of(parameters, capacity: 1000, first: 100)
    let order = buckets.flatMap(\.parameters).map(ObjectIdentifier.init)
    #expect(order == parameters.reversed().map(ObjectIdentifier.init))
    for (i, bucket) in buckets.enumerated() {
      let bytes = bucket.shapes.reduce(0) { $0 + 4 * $1.count }
      #expect(bucket.parameters.count == 1 || bytes <= (i == 0 ? 100 : 1000))
    }
  }

  @Test func `buffers become those of rank 0`() throws {
    let results = try launch(ranks: 3) { world in
      world.seed(4)
      let model = Sequential {
        Linear(6, 8)
        BatchNorm1d(8)
        Linear(8, 4)
      }
      let parallel = try DistributedDataParallel(model, over: world)
      let points = Points(12)
      try parallel.backward(points.loss({ model($0) }, world.share(of: 12)))
      return model.stateDict().filter { $0.name.contains("running") }.map { $0.value.array() }
    }
    #expect(results[0].count == 2 && results[1] == results[0] && results[2] == results[0])
    #expect(results[0][0].contains { $0 != 0 })
  }
}
