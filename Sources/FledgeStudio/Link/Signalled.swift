import Foundation

/// A value that several threads share, and can wait for.
package final class Signalled<Value>: @unchecked Sendable {
  private let condition = NSCondition()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  /// Runs `body` alone, and wakes those who wait.
  package func update<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return try body(&value)
  }

  /// Runs `body` alone, and wakes nobody: for changes that can wait to be seen.
  package func change<R>(_ body: (inout Value) -> R) -> R {
    condition.lock()
    defer { condition.unlock() }
    return body(&value)
  }

  /// Waits until `body` returns something, for at most `seconds`; asks again after each ``update(_:)``.
  package func wait<R>(atMost seconds: Double, for body: (inout Value) -> R?) -> R? {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = body(&value) { return result }
      if !condition.wait(until: end) { return body(&value) }
    }
  }
}
