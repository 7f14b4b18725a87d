import Foundation
import Synchronization

/// Makes Ctrl-C a request that a training loop follows at its next step, not a sudden end:
///
///     let interruption = Interruption()
///     while step < steps && !interruption.isRequested { … }
///
/// A second Ctrl-C ends the process at once. While an instance exists, the signal has no other
/// effect.
public final class Interruption {
  /// Handles the signal until this object is released.
  public init() {
    living.withLock { count in
      if count == 0 {
        requests.store(0, ordering: .relaxed)
        signal(SIGINT, noteRequest)
      }
      count += 1
    }
  }

  /// Whether Ctrl-C was pressed.
  public var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  deinit {
    living.withLock { count in
      count -= 1
      if count == 0 { signal(SIGINT, SIG_DFL) }
    }
  }
}

private let living = Mutex(0)
/// Since the first of those living began.
private let requests = Atomic<Int>(0)

/// Does only what is allowed in a signal handler. A Dispatch source made on any thread but the
/// first would leave the signal ignored, and so lost.
private func noteRequest(_ number: Int32) {
  if requests.add(1, ordering: .relaxed).oldValue > 0 {
    signal(number, SIG_DFL)
    raise(number)
  }
}
