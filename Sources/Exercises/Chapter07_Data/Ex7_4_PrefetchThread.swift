import FledgeCourse
import Foundation

/// Makes items on a thread of its own while the one that takes them is busy with something else.
///
///     let batches = PrefetchThread(count: 100, ahead: 3) { try loadBatch($0) }
///     while let batch = try batches.next() { train(on: batch) }
///
/// - Items come in order, 0, 1, 2, …, each once.
/// - At most `ahead` items lie ready while one more is being made: a fast thread must not fill the
///   memory.
/// - When the last reference to it goes, its thread ends after the item that it is at, whether or not
///   all items were taken.
/// - An error of `make` comes out of `next()` in the item's place. It is the last thing that comes out.
final class PrefetchThread<Item: Sendable> {
  private let shelf: ItemShelf<Item>

  init(count: Int, ahead: Int, make: @escaping @Sendable (Int) throws -> Item) {
    let shelf = ItemShelf<Item>(ahead: ahead)
    self.shelf = shelf
    // The thread holds the shelf and not this object, which could otherwise never go.
    Thread.detachNewThread { Self.work(count, make, shelf) }
  }

  /// What the thread does: makes item after item and puts it on the shelf, as long as the shelf wants
  /// more and nothing went wrong; in the end it closes the shelf.
  ///
  /// `Result { try make(0) }` is the item, or the error in its place: `.success(item)` or
  /// `.failure(error)`.
  private static func work(
    _ count: Int, _ make: @Sendable (Int) throws -> Item, _ shelf: ItemShelf<Item>
  ) {
    // solution
    for number in 0..<count {
      let result = Result { try make(number) }
      guard shelf.put(result), case .success = result else { break }
    }
    shelf.close()
    // end solution
  }

  /// The next item, or nil after the last. Waits for it if it is not ready.
  func next() throws -> Item? { try shelf.take()?.get() }

  deinit { shelf.stop() }
}

/// What the thread and the one who takes share. All of it is read and changed with the door locked.
///
/// An `NSCondition` is a lock that one can wait at. `lock()` waits until nobody else has it, `unlock()`
/// lets the next one in; `wait()`, with the lock in hand, gives it back, sleeps, and has it again when
/// somebody has called `broadcast()`. What one waited for may be gone again by then, or never have
/// come: so one waits in a loop that looks each time.
final class ItemShelf<Item: Sendable>: @unchecked Sendable {
  private let door = NSCondition()
  private let ahead: Int
  private var items: [Result<Item, any Error>] = []
  /// Whether nothing more will be put.
  private var isClosed = false
  /// Whether nothing more will be taken.
  private var isStopped = false

  init(ahead: Int) { self.ahead = ahead }

  /// Puts an item at the end. Waits while `ahead` items lie there, unless the shelf is stopped.
  ///
  /// - Returns: whether more items are wanted: false once the shelf is stopped.
  func put(_ item: Result<Item, any Error>) -> Bool {
    // solution
    door.lock()
    defer { door.unlock() }
    while items.count >= ahead && !isStopped { door.wait() }
    if isStopped { return false }
    items.append(item)
    door.broadcast()
    return true
    // end solution
  }

  /// Takes the first item. Waits while there is none, unless the shelf is closed; nil when it is closed
  /// and empty.
  func take() -> Result<Item, any Error>? {
    // solution
    door.lock()
    defer { door.unlock() }
    while items.isEmpty && !isClosed { door.wait() }
    if items.isEmpty { return nil }
    door.broadcast()
    return items.removeFirst()
    // end solution
  }

  /// Says that nothing more will be put.
  func close() {
    // solution
    door.lock()
    defer { door.unlock() }
    isClosed = true
    door.broadcast()
    // end solution
  }

  /// Says that nothing more will be taken: who waits to put something need not wait any longer.
  func stop() {
    // solution
    door.lock()
    defer { door.unlock() }
    isStopped = true
    door.broadcast()
    // end solution
  }
}
