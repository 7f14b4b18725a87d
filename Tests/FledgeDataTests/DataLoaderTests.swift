import FledgeData
import FledgeTestSupport
import Foundation
import Testing

@Suite struct DataLoaderTests {
  @Test("without a seed, batches come in the dataset's order, the last one short")
  func inOrder() {
    let loader = DataLoader(Numbers(10), batchSize: 4)
    #expect(Array(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    #expect(loader.batchesPerEpoch == 3)
    #expect(Array(DataLoader(Numbers(8), batchSize: 4)) == [[0, 1, 2, 3], [4, 5, 6, 7]])
  }

  @Test("dropLast leaves out what fills no batch")
  func dropLast() {
    let loader = DataLoader(Numbers(10), batchSize: 4, dropLast: true)
    #expect(Array(loader) == [[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(loader.batchesPerEpoch == 2)
    #expect(loader.position == DataPosition(epoch: 1, batch: 0))
  }

  @Test("a seed shuffles: each epoch holds every example once, in an order of its own")
  func shuffling() {
    let first = epochs(3, of: DataLoader(Numbers(50), batchSize: 8, seed: 1))
    for epoch in first {
      #expect(epoch.flatMap { $0 }.sorted() == Array(0..<50))
      #expect(epoch.flatMap { $0 } != Array(0..<50))
    }
    #expect(Set(first).count == 3)
    #expect(first == epochs(3, of: DataLoader(Numbers(50), batchSize: 8, seed: 1)))
    #expect(first != epochs(3, of: DataLoader(Numbers(50), batchSize: 8, seed: 2)))
  }

  @Test("prefetching, with any number of threads of any slowness, changes nothing")
  func prefetchKeepsOrder() {
    let expected = epochs(2, of: DataLoader(Numbers(90), batchSize: 4, seed: 3, prefetch: 0))
    for (prefetch, workers) in [(1, 1), (2, 1), (3, 4), (8, 3), (100, 2)] {
      let loader = DataLoader(
        Numbers(90, delays: true), batchSize: 4, seed: 3, prefetch: prefetch, workers: workers)
      #expect(epochs(2, of: loader) == expected, "\(prefetch) ahead, \(workers) workers")
    }
  }

  @Test("a loader that restores a state goes on with the very same batches, through JSON")
  func resuming() throws {
    let whole = epochs(3, of: DataLoader(Numbers(22), batchSize: 4, seed: 5)).flatMap { $0 }
    for taken in 0..<whole.count {
      let interrupted = DataLoader(Numbers(22), batchSize: 4, seed: 5)
      _ = batches(taken, of: interrupted)
      let saved = try JSONEncoder().encode(interrupted.state)
      let resumed = DataLoader(Numbers(22), batchSize: 4, seed: 5)
      try resumed.restore(JSONDecoder().decode(DataLoaderState.self, from: saved))
      #expect(batches(whole.count - taken, of: resumed) == Array(whole[taken...]), "after \(taken)")
      #expect(resumed.position == DataPosition(epoch: 3, batch: 0))
    }
  }

  @Test("the position counts batches handed out, not batches made ahead")
  func position() {
    let loader = DataLoader(Numbers(20), batchSize: 4, prefetch: 4)
    for (index, _) in loader.enumerated() {
      if index == 1 { break }
    }
    #expect(loader.position == DataPosition(epoch: 0, batch: 2))
    #expect(Array(loader) == [[8, 9, 10, 11], [12, 13, 14, 15], [16, 17, 18, 19]])
    #expect(loader.position == DataPosition(epoch: 1, batch: 0))
  }

  @Test("a state of other data or settings is refused, and so is a damaged one")
  func refusedStates() throws {
    let loader = DataLoader(Numbers(20), batchSize: 4, seed: 1)
    let state = loader.state
    func expect(_ message: String, _ change: (inout DataLoaderState) -> Void) {
      var changed = state
      change(&changed)
      let error = #expect(throws: DataLoaderError.self) { try loader.restore(changed) }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
    expect("size 21 and this run has 20") { $0.examples = 21 }
    expect("batch size 5 and this run has 4") { $0.batchSize = 5 }
    expect("seed 2 and this run has 1") { $0.seed = 2 }
    expect("seed none and this run has 1") { $0.seed = nil }
    expect("dropLast true") { $0.dropLast = true }
    expect("outside") { $0.position.batch = 5 }
    expect("outside") { $0.position.batch = -1 }
    expect("outside") { $0.position.epoch = -1 }
    #expect(loader.state == state)
  }

  @Test("no thread outlives its iterator, whether the epoch is read to its end or left")
  func noLeakedThreads() {
    for taken in [0, 1, 3, 25] {
      let dataset = Numbers(100, delays: true)
      do {
        let loader = DataLoader(dataset, batchSize: 4, prefetch: 3, workers: 2)
        _ = batches(taken, of: loader)
      }
      // The threads were waited for when the iterator went: nothing is being made, or ever will.
      let (begun, made) = (dataset.log.begun, dataset.log.made)
      #expect(begun == made)
      #expect(made <= taken + 3, "\(made) batches made for \(taken) taken")
      Thread.sleep(forTimeInterval: 0.02)
      #expect(dataset.log.begun == begun)
      // They have left our code; the system takes a moment to call them finished.
      #expect(eventually { dataset.log.threads.allSatisfy(\.isFinished) })
    }
  }

  @Test("no more batches are made ahead than asked for")
  func boundedPrefetch() {
    let dataset = Numbers(100)
    var iterator = DataLoader(dataset, batchSize: 1, prefetch: 4, workers: 3).makeIterator()
    for taken in 1...3 {
      _ = iterator.next()
      // Threads take their time to fill the shelf; then they must stay at that.
      #expect(eventually { dataset.log.made >= taken + 4 })
      Thread.sleep(forTimeInterval: 0.02)
      #expect(dataset.log.made == taken + 4)
    }
  }

  @Test("batches are made on threads of the loader, or on the caller's without prefetch")
  func threads() {
    let (ahead, direct) = (Numbers(8), Numbers(8))
    _ = Array(DataLoader(ahead, batchSize: 2))
    _ = Array(DataLoader(direct, batchSize: 2, prefetch: 0))
    #expect(!ahead.log.threads.contains(Thread.current))
    #expect(direct.log.threads == [Thread.current])
  }

  @Test("map transforms each batch")
  func mapped() {
    let doubled = Numbers(5).map { $0.map { $0 * 2 } }
    #expect(doubled.count == 5)
    #expect(Array(DataLoader(doubled, batchSize: 3)) == [[0, 2, 4], [6, 8]])
  }

  // MARK: -

  private func epochs(_ count: Int, of loader: DataLoader<Numbers>) -> [[[Int]]] {
    (0..<count).map { _ in Array(loader) }
  }

  /// The next `count` batches, across epochs.
  private func batches(_ count: Int, of loader: DataLoader<Numbers>) -> [[Int]] {
    var taken: [[Int]] = []
    while taken.count < count {
      for batch in loader {
        taken.append(batch)
        if taken.count == count { break }
      }
    }
    return taken
  }
}

/// The numbers 0..<count, each its own example, with a log of who asked.
private struct Numbers: Dataset {
  let count: Int
  let delays: Bool
  let log = Log()

  init(_ count: Int, delays: Bool = false) {
    self.count = count
    self.delays = delays
  }

  func batch(indices: [Int]) -> [Int] {
    log.begin()
    // Some take longer than others, so threads would overtake each other if they could.
    if delays { Thread.sleep(forTimeInterval: 1e-3 + Double(indices[0] % 7) * 2e-4) }
    log.end()
    return indices
  }
}

/// How many batches were begun and made, and on which threads. Everything is behind `lock`.
private final class Log: @unchecked Sendable {
  private let lock = NSLock()
  private var beginnings: [Thread] = []
  private var ends = 0

  var begun: Int { lock.withLock { beginnings.count } }
  var made: Int { lock.withLock { ends } }
  var threads: Set<Thread> { lock.withLock { Set(beginnings) } }

  func begin() {
    let thread = Thread.current
    lock.withLock { beginnings.append(thread) }
  }

  func end() {
    lock.withLock { ends += 1 }
  }
}
