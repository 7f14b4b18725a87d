// C's `stdout` is a variable, to which Swift 6 allows no access otherwise.
@preconcurrency import Foundation

#if canImport(Runtime)
  import Runtime
#endif

/// Stops the program with one clear message about a programmer's mistake.
///
/// Swift's `precondition` prints no message in release builds, so every trap of Fledge goes through
/// here: the operation, what it got, the rule it broke, and the first line of the caller's own code
/// go to standard error before the program ends.
///
///     Fledge: matmul: inner dimensions differ: [32, 784] × [256, 10] (784 ≠ 256)
///       at main.swift:12
///
/// With `SWIFT_BACKTRACE=enable=yes` in the environment the runtime's dump of all threads follows.
public func fledgeTrap(_ operation: String, _ message: String) -> Never {
  if let trapHandler { trapHandler("\(operation): \(message)") }
  TrapAttempt.current?.end(with: "\(operation): \(message)")
  var text = "Fledge: \(operation): \(message)\n"
  if let place = callersPlace() { text += "  at \(place)\n" }
  // What the program has printed still waits in memory if standard output is a pipe or a file. A
  // reader that has gone must not keep the message from being written.
  signal(SIGPIPE, SIG_IGN)
  fflush(stdout)
  text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  // `fatalError` would print the text again, and the runtime some sixty lines of registers after
  // it; a plain abort leaves the message the last thing on the screen. A debugger stops here too.
  if ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] == nil { signal(SIGABRT, SIG_DFL) }
  abort()
}

/// What a trap does instead of ending the program: set once by a test that makes many mistakes in
/// one process, each on a thread of its own, which this ends.
package nonisolated(unsafe) var trapHandler: ((_ message: String) -> Never)?

/// Traps with `message` unless `condition` holds; checked in release builds too.
@inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ operation: @autoclosure () -> String,
  _ message: @autoclosure () -> String
) {
  if !condition() { fledgeTrap(operation(), message()) }
}

/// The message that `body` traps with; nil if it returns.
///
/// For rules that trap, asked about what comes from outside, such as a graph from a file. `body` runs
/// on a thread of its own, which a trap ends; what the thread held then is not freed, so `body` must be
/// a computation that holds no locks and no more than a few types.
package func messageOfTrap(_ body: @escaping @Sendable () -> Void) -> String? {
  let attempt = TrapAttempt()
  let thread = Thread {
    Thread.current.threadDictionary[TrapAttempt.key] = attempt
    body()
    attempt.ended.signal()
  }
  thread.start()
  attempt.ended.wait()
  return attempt.message
}

/// A thread that a trap may end.
private final class TrapAttempt: @unchecked Sendable {
  static let key = "FledgeTrapAttempt"
  let ended = DispatchSemaphore(value: 0)
  /// Written before `ended` is signalled.
  private(set) var message: String?

  static var current: TrapAttempt? { Thread.current.threadDictionary[key] as? TrapAttempt }

  func end(with message: String) -> Never {
    self.message = message
    ended.signal()
    pthread_exit(nil)
  }
}

/// The folder of Fledge's targets: …/Sources/.
private let sources = String(#filePath.dropLast("FledgeCore/Trap.swift".count))

/// File and line of the innermost frame outside Fledge's own targets.
///
/// The place is read from the debug information at the moment of the trap, so operations (an
/// operator cannot take `#file`) pay nothing for it.
private func callersPlace() -> String? {
  #if canImport(Runtime)
    guard let trace = try? Backtrace.capture(limit: 40, top: 0), let symbols = trace.symbolicated()
    else {
      return nil
    }
    for frame in symbols.frames {
      guard let location = frame.symbol?.sourceLocation, location.line > 0 else { continue }
      let isOurs =
        location.path.hasPrefix(sources) || location.path.contains("<compiler-generated>")
        || !location.path.hasSuffix(".swift")
      if !isOurs {
        return "\((location.path as NSString).lastPathComponent):\(location.line)"
      }
    }
    return nil
  #else
    return nil
  #endif
}
