import Foundation
import Synchronization

/// Makes Ctrl-C a request that a training loop follows at its next step, not a sudden end:
///
///     let interruption = Interruption()
///     while step < steps && !interruption.isRequested { … }
///
/// A second Ctrl-C goes to the handler that the program had before, and without one ends the process at
/// once. When the last instance is gone, the signal does what it did before the first one came.
public final class Interruption {
  /// Handles the signal until this object is released.
  public init() {
    living.withLock { count in
      if count == 0 {
        requests.store(0, ordering: .relaxed)
        replaced = SignalAction(of: SIGINT)
        signal(SIGINT, noteRequest)
        ownHandler = SignalAction(of: SIGINT).handler
      }
      count += 1
    }
  }

  /// Whether Ctrl-C was pressed.
  public var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  deinit {
    living.withLock { count in
      count -= 1
      // A handler that came meanwhile stays.
      if count == 0 && SignalAction(of: SIGINT).handler == ownHandler {
        replaced.install(for: SIGINT)
      }
    }
  }
}

private let living = Mutex(0)
/// What the signal did before. Written under the lock of `living`, before the handler can read it.
private nonisolated(unsafe) var replaced = SignalAction(of: SIGINT)
private nonisolated(unsafe) var ownHandler = 0
/// Since the first of those living began.
private let requests = Atomic<Int>(0)

/// Does only what is allowed in a signal handler. A Dispatch source made on any thread but the
/// first would leave the signal ignored, and so lost.
private func noteRequest(_ number: Int32) {
  if requests.add(1, ordering: .relaxed).oldValue > 0 {
    // A program that ignored the signal gave Ctrl-C to the one in front; here it was asked for twice.
    if replaced.isIgnored { signal(number, SIG_DFL) } else { replaced.install(for: number) }
    raise(number)
  }
}
