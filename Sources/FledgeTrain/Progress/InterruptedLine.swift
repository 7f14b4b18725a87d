import Foundation

/// Ends the line on standard error before SIGINT or SIGTERM ends the program in the usual way.
///
/// Only signals that would do so are taken over: one that the program handles or ignores keeps its
/// handler. ``restore()`` gives them back, unless another handler has come meanwhile.
struct InterruptedLine {
  private let replaced: [(number: Int32, action: SignalAction, ownHandler: Int)]

  init() {
    replaced = [SIGINT, SIGTERM].compactMap { number in
      let action = SignalAction(of: number)
      guard action.isDefault else { return nil }
      signal(number, endLineAndDie)
      return (number, action, SignalAction(of: number).handler)
    }
  }

  func restore() {
    for (number, action, ownHandler) in replaced
    where SignalAction(of: number).handler == ownHandler {
      action.install(for: number)
    }
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
