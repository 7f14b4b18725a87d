import FledgeCore
import Foundation

/// Many mistakes in one process: each runs on a thread of its own, which its trap ends. What the
/// thread held is not freed, so this belongs into a child process (`#expect(processExitsWith:)`).
public enum TrapCatching {
  private final class Attempt: @unchecked Sendable {
    var message: String?
    let ended = DispatchSemaphore(value: 0)
  }

  // One attempt after the other, so that a trap is that of the current one.
  nonisolated(unsafe) private static var current = Attempt()

  /// The message that `body` traps with; nil if it returns.
  public static func message(of body: @escaping @Sendable () -> Void) -> String? {
    let attempt = Attempt()
    current = attempt
    trapHandler = { message in
      current.message = message
      current.ended.signal()
      pthread_exit(nil)
    }
    Thread {
      body()
      attempt.ended.signal()
    }.start()
    attempt.ended.wait()
    return attempt.message
  }
}
