import FledgeCore
import FledgeDistributed
import FledgeNN
import FledgeOptim
import Foundation
import RankChecks
import Testing

@Suite struct AverageTests {
  @Test func `in N − 1 rounds everybody meets everybody once`() {
    for count in 0...9 {
      let rounds = max(count + count % 2 - 1, 0)
      var meetings: [[Int]: Int] = [:]
      for round in 0..<rounds {
        for rank in 0..<count {
          guard let peer = DecentralizedAverage.peer(of: rank, among: count, round: round) else {
            #expect(count % 2 == 1)
            continue
          }
          #expect(peer != rank && (0..<count).contains(peer))
          #expect(DecentralizedAverage.peer(of: peer, among: count, round: round) == rank)
          meetings[[min(rank, peer), max(rank, peer)], default: 0] += 1
        }
      }
      #expect(meetings.count == count * (count - 1) / 2)
      #expect(meetings.values.allSatisfy { $0 == 2 })
    }
    #expect(DecentralizedAverage.peer(of: 0, among: 1, round: 5) == nil)
  }

  @Test func `a decentralised step is one message of all weights`() throws {
    let bytes = 4 * makeModel().parameterCount
    for traffic in try launch(
      ranks: 4,
      { world in
        let average = try DecentralizedAverage(makeModel(), over: world)
        return try world.traffic { for _ in 0..<3 { try average.step() } }
      })
    {
      #expect(traffic == [.send: Traffic(messages: 3, bytes: 3 * bytes)])
    }
  }

  @Test func `local SGD sends 1/H of the messages`() throws {
    func messages(_ period: Int) throws -> Int {
      try launch(ranks: 3) { world in
        let average = try PeriodicAverage(makeModel(), over: world, every: period)
        return try world.traffic { for _ in 0..<12 { try average.step() } }[.allReduce]!.messages
      }[1]
    }
    let each = try messages(1)
    #expect(try messages(4) == each / 4)
    #expect(try messages(12) == each / 12)
  }

  @Test func `local SGD lets ranks part between the means`() throws {
    let results = try launch(ranks: 2) { world in
      let model = makeModel()
      let average = try PeriodicAverage(model, over: world, every: 2)
      var weights: [Tensor] = []
      for _ in 0..<2 {
        model.parameters()[0].update { $0 += Tensor(Float(world.rank)) }
        try average.step()
        weights.append(model.parameters()[0].value!.copied())
      }
      return weights
    }
    #expect(difference(results[0][0], results[1][0]) == 1)
    #expect(results[0][1].isIdentical(to: results[1][1]))
    #expect(abs(difference(results[0][1], results[0][0]) - 1) < 1e-6)
  }

  /// Rank 1 does not take a step before rank 0 has taken all of its own.
  @Test func `a rank that averages in the background waits for nobody`() throws {
    let done = DispatchSemaphore(value: 0)
    let results = try launch(ranks: 2) { world in
      let model = makeModel()
      let average = try AsynchronousAverage(model, over: world)
      if world.rank == 1 { done.wait() }
      for _ in 0..<20 {
        model.parameters()[0].update { $0 += Tensor(Float(1)) }
        try average.step()
      }
      if world.rank == 0 { done.signal() }
      try average.finish()
      return (model.parameters()[0].value!.copied(), average.averages)
    }
    let start = makeModel().parameters()[0].value!
    for (value, averages) in results {
      #expect(value.isIdentical(to: results[0].0))
      // Both have moved by 20: whatever the order of means, nothing is lost and nothing is twice.
      #expect(difference(value, start + 20) < 1e-4)
      #expect(averages >= 2)
    }
  }

  /// Worker 2 does not push before worker 1 has pushed `lead` times.
  private static func push(staleness: Int, lead: Int, deadline: Double) throws -> Int {
    let done = DispatchSemaphore(value: 0)
    return try launch(ranks: 3, deadline: deadline) { world in
      let model = makeModel()
      let server = try ParameterServer(model, over: world, staleness: staleness)
      if server.isServer {
        try server.serve(SGD(model.parameters(), learningRate: 0.1))
        return server.greatestLead
      }
      // Where worker 1 is not let go on, worker 2 is freed by its failure, not by its push.
      if world.rank == 2 { _ = done.wait(timeout: .now() + 2 * deadline) }
      for number in 1...6 {
        try server.push()
        if world.rank == 1 && number == lead { done.signal() }
      }
      try server.finish()
      return 0
    }[0]
  }

  @Test func `a fast worker goes on while a slow one computes, as far as it may`() throws {
    #expect(try Self.push(staleness: 3, lead: 3, deadline: 120) == 3)
    // One further, and it has to wait for the slow one, which waits for it.
    #expect(throws: RankFailure.self) { try Self.push(staleness: 3, lead: 4, deadline: 2) }
  }

  @Test func `a worker that fails ends the server`() throws {
    let failure = failure(ranks: 3) { world in
      let model = makeModel()
      let server = try ParameterServer(model, over: world, staleness: 1)
      if server.isServer { return try server.serve(SGD(model.parameters(), learningRate: 0.1)) }
      if world.rank == 2 { throw Broken(description: "no more data") }
      for _ in 0..<5 { try server.push() }
      try server.finish()
    }
    #expect(failure?.description.contains("rank 2 has failed: no more data") == true)
  }

  @Test func `what makes no sense is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = try launch(ranks: 1) { _ = try PeriodicAverage(makeModel(), over: $0, every: 0) }
    }
    await #expect(processExitsWith: .failure) {
      _ = try launch(ranks: 1) { _ = try $0.exchange(Tensor.ones([1]), with: 1) }
    }
    await #expect(processExitsWith: .failure) {
      _ = try launch(ranks: 1) { _ = try ParameterServer(makeModel(), over: $0, staleness: 0) }
    }
  }
}
