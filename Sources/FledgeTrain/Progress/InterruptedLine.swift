import Foundation

/// Ends the line on standard error before SIGINT or SIGTERM ends the program in the usual way.
///
/// Only signals that would do so are taken over: one that the program handles or ignores keeps its
/// handler. ``restore()`` gives them back.
struct InterruptedLine {
  private let signals: [Int32]

  init() {
    signals = [SIGINT, SIGTERM].filter { number in
      let previous = signal(number, endLineAndDie)
      if previous != nil { signal(number, previous) }
      return previous == nil
    }
  }

  func restore() {
    for number in signals { signal(number, SIG_DFL) }
  }
}

/// Makes only calls that POSIX allows in a signal handler. The raised signal waits until the
/// handler returns and then ends the program, so the shell sees the same as without the handler.
private func endLineAndDie(_ number: Int32) {
  var newline: UInt8 = 10
  _ = write(STDERR_FILENO, &newline, 1)
  signal(number, SIG_DFL)
  raise(number)
}
