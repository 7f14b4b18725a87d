import FledgeCore
import Foundation

/// For a child process that makes many mistakes by ``TrapCatching``: a signal, such as that of an
/// overflow or of foreign memory, becomes a message too, and a call that does not end is named.
package enum SignalWatch {
  /// What the message of a signal begins with.
  package static let mark = "signal number "
  private nonisolated(unsafe) static var text = ""

  /// Writes a line to standard error.
  package static func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Names the call that runs from here on.
  package static func now(_ call: String) { text = call }

  /// Begins to watch this process, which gives up after so many seconds.
  package static func begin(seconds: UInt32) {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      signal(number) { number in
        trapHandler?(SignalWatch.mark + "\(number)")
        SignalWatch.giveUp(SignalWatch.mark + "\(number)")
      }
    }
    signal(SIGALRM) { _ in SignalWatch.giveUp("stands still") }
    // An exit test begins with most signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    alarm(seconds)
  }

  /// Names the call and ends the process with status 0, without the line "faults: 0": of a process
  /// that fails the test library keeps no output, and nobody would learn which call it was.
  private static func giveUp(_ reason: String) -> Never {
    say("\(reason): \(text)")
    _exit(0)
  }

  /// Ends the process, whose last line on standard error is then "faults: 0" or another number.
  package static func end(_ faults: Int) -> Never {
    say("faults: \(faults)")
    exit(0)
  }

  /// The calls that are not refused by a sentence, each with what it did instead; printed as well.
  package static func accepted(_ calls: [(name: String, make: @Sendable () -> Void)]) -> [String] {
    calls.compactMap { name, make in
      now(name)
      let message = TrapCatching.message(of: make)
      if let message, !message.contains(mark) { return nil }
      let fault = "\(name): \(message ?? "accepted")"
      say(fault)
      return fault
    }
  }
}
