import FledgeCore
import Foundation

/// Makes the items of a range on its own threads, a bounded number ahead, and returns them in
/// order. When it is released, it stops its threads and waits for each to finish its current item.
///
///     let files = Prefetcher(0..<paths.count, ahead: 4, workers: 2) { index throws(IDXError) in
///       try IDXFile(contentsOf: paths[index])
///     }
///     while let file = try files.next() { … }
///
/// Use it from one thread. Its threads run in the ``/FledgeCore/ExecutionContext`` of the one that
/// made it, without its transformations: on the same backend, as the same rank, in the same ledger.
public final class Prefetcher<Item: Sendable, Failure: Error> {
  private let shelf: Shelf<Result<Item, Failure>>

  /// - Parameters:
  ///   - ahead: how many items may be made ahead of the one taken
  ///   - workers: how many threads make them
  ///   - make: the item of an index; runs on those threads
  /// - Precondition: `ahead` and `workers` are positive.
  public init(
    _ indices: Range<Int>, ahead: Int, workers: Int = 1,
    make: @escaping @Sendable (Int) throws(Failure) -> Item
  ) {
    require(
      ahead > 0 && workers > 0, "Prefetcher",
      "needs at least one item ahead and one worker, got \(ahead) and \(workers)")
    shelf = Shelf(indices, ahead: ahead)
    for _ in 0..<min(workers, ahead, indices.count) {
      shelf.startThread { index in
        Result { () throws(Failure) in try make(index) }
      }
    }
  }

  deinit { shelf.close() }

  /// The next item, or `nil` after the last. If making an item threw an error, it is thrown in the
  /// item's place; the items after it can still be taken.
  public func next() throws(Failure) -> Item? { try shelf.take()?.get() }
}

/// What the threads and the consumer share. Every property is read and written under `condition`.
private final class Shelf<Item: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let end: Int
  private let ahead: Int
  /// The next index to return, and the next that no thread has started.
  private var nextTaken: Int
  private var nextBegun: Int
  private var ready: [Int: Item] = [:]
  private var isClosed = false
  private var runningThreads = 0

  init(_ indices: Range<Int>, ahead: Int) {
    (nextTaken, nextBegun, end) = (indices.lowerBound, indices.lowerBound, indices.upperBound)
    self.ahead = ahead
  }

  func startThread(_ make: @escaping @Sendable (Int) -> Item) {
    condition.withLock { runningThreads += 1 }
    // Items made here belong to the rank and the ledger of the thread that asked for them.
    // Transformations are left out: they apply to one thread's code, and would see this thread's
    // operations among its own.
    let context = ExecutionContext.current.changing(transformations: [])
    let thread = Thread { [self] in
      context.run {
        while let index = begin() { put(make(index), at: index) }
      }
      condition.withLock {
        runningThreads -= 1
        condition.broadcast()
      }
    }
    thread.name = "fledge.prefetch"
    thread.start()
  }

  /// The next index to make, as soon as there is room for it; `nil` when there is none.
  private func begin() -> Int? {
    condition.withLock {
      while !isClosed && nextBegun < end && nextBegun >= nextTaken + ahead { condition.wait() }
      guard !isClosed && nextBegun < end else { return nil }
      nextBegun += 1
      return nextBegun - 1
    }
  }

  private func put(_ item: Item, at index: Int) {
    condition.withLock {
      ready[index] = item
      condition.broadcast()
    }
  }

  func take() -> Item? {
    condition.withLock {
      guard nextTaken < end else { return nil }
      while true {
        if let item = ready.removeValue(forKey: nextTaken) {
          nextTaken += 1
          condition.broadcast()
          return item
        }
        condition.wait()
      }
    }
  }

  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
      while runningThreads > 0 { condition.wait() }
    }
  }
}
