import FledgeCore
import FledgeCourse
import FledgeData

let checks7_1: [Check] = checksOfPlans + checksOfLoaders

private let checksOfPlans: [Check] = [
  Check("a shuffle keeps every number, once") { c in
    for count in [0, 1, 2, 10, 100] {
      let order = BatchPlan.shuffled(count, using: Generator(seed: 5))
      c.trying("\(count) numbers") {
        c.expect(order.sorted(), equals: Array(0..<count), "the numbers, sorted")
      }
    }
    let order = BatchPlan.shuffled(100, using: Generator(seed: 5))
    c.expect(order != Array(0..<100), "a hundred numbers do not stay where they were")
    c.expect(
      order == BatchPlan.shuffled(100, using: Generator(seed: 5)), "the same seed, the same order")
    c.expect(
      order != BatchPlan.shuffled(100, using: Generator(seed: 6)), "another seed, another order")
  },
  Check("each order of three is as likely as any other") { c in
    // Exchanging each place with any place makes 27 equally likely ways, and 27 is no multiple of 6.
    let generator = Generator(seed: 1)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[BatchPlan.shuffled(3, using: generator), default: 0] += 1 }
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    c.picture("how often each of the six orders came, of 12,000:") {
      orders.map { ["\($0)", "\(counts[$0] ?? 0)"] }
    }
    for order in orders {
      // Within 200; the standard deviation is 41.
      c.expect(
        Double(counts[order] ?? 0), near: 2000, tolerance: 0.1,
        "how often the order \(order) comes, to a tenth")
    }
  },
  Check("an epoch is cut into batches") { c in
    for (count, size, drops, expected) in [
      (10, 3, false, [3, 3, 3, 1]), (10, 3, true, [3, 3, 3]), (9, 3, false, [3, 3, 3]),
      (9, 3, true, [3, 3, 3]), (2, 5, false, [2]), (2, 5, true, []), (1, 1, false, [1]),
    ] {
      let plan = BatchPlan(count: count, batchSize: size, seed: 1, dropsLast: drops)
      c.trying("\(count) examples in batches of \(size)\(drops ? ", dropping the last" : "")") {
        guard c.expect(plan.batchesPerEpoch, equals: expected.count, "batches in an epoch") else {
          return
        }
        let sizes = (0..<plan.batchesPerEpoch).map {
          plan.examples(ofBatch: $0, epoch: 0).count
        }
        c.expect(sizes, equals: expected, "their sizes")
      }
    }
  },
  Check("each example comes once in each epoch") { c in
    for (count, size) in [(10, 3), (12, 4), (7, 7), (5, 1)] {
      let plan = BatchPlan(count: count, batchSize: size, seed: 3)
      for epoch in 0..<3 {
        let all = (0..<plan.batchesPerEpoch).flatMap { plan.examples(ofBatch: $0, epoch: epoch) }
        c.trying("\(count) examples in batches of \(size), epoch \(epoch)") {
          c.expect(all.sorted(), equals: Array(0..<count), "all examples, sorted")
          c.expect(all, equals: plan.order(epoch: epoch), "they come in the epoch's order")
        }
      }
    }
  },
  Check("each epoch has an order of its own, whoever asked before") { c in
    let plan = BatchPlan(count: 50, batchSize: 8, seed: 3)
    let orders = (0..<4).map { plan.order(epoch: $0) }
    c.expect(Set(orders).count, equals: 4, "different orders in four epochs")
    c.expect(
      BatchPlan(count: 50, batchSize: 8, seed: 3).order(epoch: 3) == orders[3],
      "epoch 3, asked for first, is the same")
    c.expect(
      BatchPlan(count: 50, batchSize: 5, seed: 3).order(epoch: 3) == orders[3],
      "the batch size does not change it")
    c.expect(
      BatchPlan(count: 50, batchSize: 8, seed: 4).order(epoch: 3) != orders[3],
      "another seed does")
    c.expect(
      orders[0],
      equals: BatchPlan.shuffled(50, using: Generator(seed: 3).split(0)),
      "epoch 0: a shuffle by the epoch's own generator")
  },
  Check("without a seed the examples come in their own order") { c in
    let plan = BatchPlan(count: 5, batchSize: 2)
    for epoch in 0..<2 {
      c.expect(
        (0..<3).map { plan.examples(ofBatch: $0, epoch: epoch) }, equals: [[0, 1], [2, 3], [4]],
        "the batches of epoch \(epoch), for 5 examples in batches of 2")
    }
  },
  Check("workers share the batches, each once") { c in
    let plan = BatchPlan(count: 50, batchSize: 5, seed: 1)
    for workers in [1, 2, 3, 4, 10, 13] {
      let shares = (0..<workers).map { plan.batches(ofWorker: $0, of: workers) }
      c.trying("10 batches, \(workers) workers: \(shares)") {
        c.expect(shares.joined().sorted(), equals: Array(0..<10), "all batches, sorted")
        let counts = shares.map(\.count)
        c.expect(counts.max()! - counts.min()! <= 1, "nobody makes two more than another")
        for (worker, share) in shares.enumerated() {
          c.expect(
            share == share.sorted() && share.allSatisfy { $0 % workers == worker },
            "worker \(worker) makes every \(workers)-th batch, in order")
        }
      }
    }
  },
]

private let checksOfLoaders: [Check] = [
  Check("a loop over the loader is an epoch, and the next loop is the next one") { c in
    let loader = loader()
    for epoch in 0..<3 {
      let batches = Array(loader)
      c.trying("10 examples in batches of 4, epoch \(epoch)") {
        c.expect(batches.map(\.examples.count), equals: [4, 4, 2], "the sizes of the batches")
        c.expect(
          batches.flatMap(\.examples), equals: loader.plan.order(epoch: epoch),
          "the examples, in the epoch's order")
        c.expect(
          loader.position, equals: DataPosition(epoch: epoch + 1, batch: 0),
          "the position afterwards")
      }
    }
  },
  Check("each batch moves the position on, and is counted when it is handed out") { c in
    let loader = loader()
    var iterator = loader.makeIterator()
    c.expect(loader.position, equals: DataPosition(epoch: 0, batch: 0), "the position before any")
    for expected in [(0, 1), (0, 2), (1, 0)] {
      _ = iterator.next()
      c.expect(
        loader.position, equals: DataPosition(epoch: expected.0, batch: expected.1),
        "the position after a batch")
    }
    c.expect(iterator.next() == nil, "after the last batch the iterator ends")
    c.expect(iterator.next() == nil, "and stays at its end")
  },
  Check("a loop that was left is taken up where it was left") { c in
    let loader = loader()
    var seen: [Int] = []
    for batch in loader {
      seen += batch.examples
      break
    }
    for batch in loader { seen += batch.examples }
    c.expect(seen, equals: loader.plan.order(epoch: 0), "one batch, then the rest of the epoch")
  },
  Check("a loader that is set to a saved position goes on as if it had never stopped") { c in
    let whole = loader()
    let expected = (0..<3).flatMap { _ in Array(whole) }
    for stop in 0...expected.count {
      let first = loader()
      var made: [Drawn] = []
      while made.count < stop {
        for batch in first {
          made.append(batch)
          if made.count == stop { break }
        }
      }
      let second = loader()
      second.position = first.position
      while second.position.epoch < 3 { made += Array(second) }
      c.trying("stopped after \(stop) batches, resumed by another loader") {
        c.expect(
          made.map(\.examples), equals: expected.map(\.examples), "the examples of all batches")
        c.expect(
          made.map(\.number), equals: expected.map(\.number), "what the batches drew at random")
      }
    }
  },
  Check("an epoch without a batch ends at once") { c in
    let plan = BatchPlan(count: 2, batchSize: 4, dropsLast: true)
    c.expect(Array(BatchLoader(Numbers(count: 2), plan)).count, equals: 0, "batches")
  },
  Check("what is random in a batch comes from the batch's own generator") { c in
    let loader = loader()
    let numbers = Array(loader).map(\.number)
    let expected = (0..<3).map { loader.plan.generator(ofBatch: $0, epoch: 0).nextUInt32() }
    c.expect(numbers, equals: expected, "the first numbers that the batches of epoch 0 drew")
  },
]

/// Ten examples in batches of four.
private func loader() -> BatchLoader<Numbers> {
  BatchLoader(Numbers(count: 10), BatchPlan(count: 10, batchSize: 4, seed: 7))
}

/// A data set whose examples are their own numbers.
private struct Numbers: Dataset {
  let count: Int

  func batch(indices: [Int]) -> Drawn { Drawn(examples: indices, number: 0) }
  func batch(indices: [Int], generator: Generator) -> Drawn {
    Drawn(examples: indices, number: generator.nextUInt32())
  }
}

/// The examples of a batch, and a number that it drew.
private struct Drawn: Sendable {
  var examples: [Int]
  var number: UInt32
}
