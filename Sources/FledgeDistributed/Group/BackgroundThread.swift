import FledgeCore
import Foundation
import Synchronization

/// Runs a rank's collectives one after another while its own thread computes. It starts with the
/// first one.
final class BackgroundThread: @unchecked Sendable {
  private let condition = NSCondition()
  private var work: [@Sendable () -> Void] = []
  private var (hasStarted, hasEnded) = (false, false)

  func run(_ body: @escaping @Sendable () -> Void) {
    condition.lock()
    defer { condition.unlock() }
    work.append(body)
    condition.signal()
    if hasStarted { return }
    hasStarted = true
    Thread { [self] in
      while let next = next() { next() }
    }.start()
  }

  private func next() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while work.isEmpty && !hasEnded { condition.wait() }
    return work.isEmpty ? nil : work.removeFirst()
  }

  /// Lets the thread go once its work is done.
  func end() {
    condition.lock()
    hasEnded = true
    condition.signal()
    condition.unlock()
  }
}

/// The result of a collective that runs in the background.
public final class Pending<Value: Sendable>: Sendable {
  private let state: Mutex<Result<Value, any Error>?> = Mutex(nil)
  private let done = DispatchSemaphore(value: 0)

  /// Runs `body` after what `group`'s rank has begun before, in the present context.
  init(_ group: Group, _ body: @escaping @Sendable () throws -> Value) {
    let context = ExecutionContext.current
    group.world.background.run { [self] in
      context.run {
        let result = Result { try body() }
        state.withLock { $0 = result }
      }
      done.signal()
    }
  }

  /// Waits for the result, once or again. It keeps none: the second call has the same value.
  public func wait() throws -> Value {
    done.wait()
    done.signal()
    return try state.withLock { $0! }.get()
  }

  /// Waits for the result and gives it up, so that the caller is its only holder; once.
  func take() throws -> Value {
    done.wait()
    return try state.withLock { $0.take()! }.get()
  }

  /// Whether it is there.
  public var isDone: Bool { state.withLock { $0 != nil } }
}
