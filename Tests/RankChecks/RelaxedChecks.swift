import FledgeCore
import FledgeDistributed
import FledgeModels
import FledgeNN
import FledgeOptim

extension RankCheck {
  /// Exchanges that are not exact, not among all, or not at the same time.
  package static let relaxed = [
    RankCheck("Codes: a mean is within what two encodings lose, and has the same bits everywhere") {
      world in
      // In units of the largest magnitude: half a step of 255, one level of 127, anything.
      let codecs: [(any GradientCodec, Double)] = [
        (MinMaxCodec(), 2.0 / 255), (StochasticCodec(bits: 8, bucketSize: 4), 4.1 / 127),
        (SignCodec(), 2),
      ]
      for size in [0, 1, 3, 64, 1001] {
        let own = Tensor.normal([size], using: Generator(seed: 5).split(UInt64(world.rank)))
        let exact = try world.allReduce(own, .mean)
        let largest = try size == 0 ? 0 : world.allReduce(own.abs().max(), .max).item()
        for (codec, bound) in codecs {
          let mean = try CompressedMean(codec, over: world)(own)
          try world.checkSame(mean, "\(codec), \(size) numbers")
          let error = size == 0 ? 0 : difference(mean, exact)
          try check(
            error <= bound * largest, "\(codec), \(size) numbers: \(error) of \(largest)")
        }
      }
    },
    RankCheck("DDP with a byte a number: the same bits everywhere, near those without ranks") {
      world in
      let make = { (model: MLP) in SGD(model.parameters(), learningRate: 0.05) }
      try compare(
        try parallel(40, world, compression: MinMaxCodec(), make), serial(40, make), 5e-3, world)
    },
    RankCheck("Local SGD: with a period of 1 it is synchronous SGD") { world in
      let model = makeModel(seed: 3 + UInt64(world.rank))
      let average = try PeriodicAverage(model, over: world, every: 1)
      let optimizer = SGD(model.parameters(), learningRate: 0.05)
      for step in 0..<10 {
        optimizer.zeroGrad()
        let share = world.share(of: 12)
        let weight = Double(share.count * world.count) / 12
        (Points(12, step: step % 5).loss(model.callAsFunction, share)! * weight).backward()
        optimizer.step()
        try average.step()
      }
      try compare(
        values(model), serial(10) { SGD($0.parameters(), learningRate: 0.05) }, 1e-5, world)
    },
    RankCheck("Decentralised: meetings bring ranks together and leave the mean where it was") {
      world in
      let model = makeModel()
      let average = try DecentralizedAverage(model, over: world)
      for parameter in model.parameters() {
        parameter.update { $0 += Tensor(Double(world.rank)).cast(to: .float32) }
      }
      let before = try values(model).map { try world.allReduce($0, .mean) }
      for _ in 0..<40 { try average.step() }
      for (a, b) in zip(values(model), before) {
        try check(difference(a, b) < 1e-3, "after 40 meetings \(difference(a, b)) from the mean")
      }
      try average.finish()
      try compare(values(model), before, 1e-5, world)
    },
    RankCheck("Asynchronous: ranks that take different numbers of steps end with one model") {
      world in
      let model = makeModel(seed: 3 + UInt64(world.rank))
      let average = try AsynchronousAverage(model, over: world)
      let optimizer = SGD(model.parameters(), learningRate: 0.05)
      func loss() -> Tensor { Points(12).loss(model.callAsFunction, 0..<12)! }
      let before = loss().item()
      for _ in 0..<10 + 5 * world.rank {
        optimizer.zeroGrad()
        loss().backward()
        optimizer.step()
        try average.step()
      }
      try average.finish()
      for value in values(model) { try world.checkSame(value, "weights") }
      try check(loss().item() < before, "the loss has not become smaller")
    },
    RankCheck("Parameter server: without staleness it is synchronous SGD") { world in
      if world.count == 1 { return }
      let model = makeModel(seed: 3 + UInt64(world.rank))
      let server = try ParameterServer(model, over: world, staleness: 0)
      if server.isServer {
        try server.serve(SGD(model.parameters(), learningRate: 0.05))
        try check(server.pushes == 10 * (world.count - 1), "\(server.pushes) pushes")
        try check(server.greatestLead == 0, "a lead of \(server.greatestLead)")
      } else {
        for step in 0..<10 {
          model.zeroGrad()
          Points(12, step: step % 5).loss(model.callAsFunction, 0..<12)!.backward()
          try server.push()
        }
        try server.finish()
      }
      try compare(
        values(model), serial(10) { SGD($0.parameters(), learningRate: 0.05) }, 1e-5, world)
    },
    RankCheck("Parameter server: nobody is further ahead than the staleness, and nothing is lost") {
      world in
      if world.count == 1 { return }
      let model = makeModel()
      let server = try ParameterServer(model, over: world, staleness: 2)
      // Each worker pushes as many ones as its rank times 4.
      if server.isServer {
        try server.serve(SGD(model.parameters(), learningRate: 0.25))
        try check(server.greatestLead <= 2, "a lead of \(server.greatestLead)")
      } else {
        for _ in 0..<4 * world.rank {
          for parameter in model.parameters() { parameter.grad = Tensor.ones(parameter.shape!) }
          try server.push()
        }
        try server.finish()
      }
      let workers = world.count - 1
      let total = Double(4 * workers * (workers + 1) / 2) / Double(workers) * 0.25
      let expected = values(makeModel()).map { $0 - total }
      try compare(values(model), expected, 1e-4, world)
    },
  ]
}
