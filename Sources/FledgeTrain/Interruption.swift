import Foundation
import Synchronization

/// Ctrl-C as a wish that a training loop grants at its next step, instead of a sudden end:
///
///     let interruption = Interruption()
///     while step < steps && !interruption.isRequested { … }
///
/// A second Ctrl-C ends the process at once. While one of these lives, the signal has no other
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

/// Only what may be done in a signal handler. A source of Dispatch would leave the signal ignored,
/// and so lost, wherever it is made on another thread than the first.
private func noteRequest(_ number: Int32) {
  if requests.add(1, ordering: .relaxed).oldValue > 0 {
    signal(number, SIG_DFL)
    raise(number)
  }
}
