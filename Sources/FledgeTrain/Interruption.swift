import Dispatch
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
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  private let flag = Flag()
  private let source: any DispatchSourceSignal

  /// Takes the signal over until this object goes away.
  public init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [flag] in
      if flag.isSet.exchange(true, ordering: .relaxed) {
        signal(SIGINT, SIG_DFL)
        raise(SIGINT)
      }
    }
    source.resume()
  }

  /// Whether Ctrl-C was pressed.
  public var isRequested: Bool { flag.isSet.load(ordering: .relaxed) }

  deinit {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
