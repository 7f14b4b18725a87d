import Foundation

/// The terminal as a screen with keys. Its changes to the terminal are undone when it is released
/// and when a signal ends the program.
package final class Screen {
  package enum Key: Sendable, Equatable {
    case character(Character)
    case space
    case enter
    case escape
  }

  /// Whether a screen and a keyboard are available.
  package static var isPossible: Bool {
    isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
      && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  package static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Keys come one by one and are not shown; Ctrl-C goes on to end the program.
  package init() {
    tcgetattr(STDIN_FILENO, &usual)
    raw = usual
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    isRaw = true
    RunningPrograms.endWithThisProgram()
    // After a stop (Ctrl-Z), the shell has reset the terminal.
    continuing = Foundation.signal(SIGCONT) { _ in tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) }
  }

  deinit {
    Self.restoreTerminal()
    isRaw = false
    Foundation.signal(SIGCONT, continuing)
  }

  /// What SIGCONT did before.
  private let continuing: (@convention(c) (Int32) -> Void)?

  /// Only calls that a signal handler may make.
  static func restoreTerminal() {
    if isRaw { tcsetattr(STDIN_FILENO, TCSADRAIN, &usual) }
  }

  /// The next key; nil if none comes within `milliseconds`, or if the terminal is gone.
  package func key(within milliseconds: Int32) -> Key? {
    guard hasInput(within: milliseconds), let byte = byte() else { return nil }
    switch byte {
    case UInt8(ascii: " "): return .space
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return .enter
    case 0x1B:
      // An arrow key is an escape and more bytes, which are not keys of the runner.
      while hasInput(within: 0), self.byte() != nil {}
      return .escape
    case 0x21..<0x7F: return .character(Character(Unicode.Scalar(byte)))
    default: return nil
    }
  }

  /// Whether the input has ended because the window was closed.
  package private(set) var isClosed = false

  private func hasInput(within milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, milliseconds) > 0
  }

  private func byte() -> UInt8? {
    var byte: UInt8 = 0
    let count = read(STDIN_FILENO, &byte, 1)
    if count == 0 || (count < 0 && errno != EINTR) { isClosed = true }
    return count == 1 ? byte : nil
  }

  /// Clears the screen.
  package func clear() { write("\u{1B}[H\u{1B}[2J\u{1B}[3J") }

  package func write(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }

  /// Shows lines a screenful at a time.
  package func page(_ lines: [String], _ ink: Ink) {
    var rest = lines[...]
    while !rest.isEmpty {
      clear()
      let rows = max(5, (Self.size(STDOUT_FILENO)?.rows ?? 24) - 2)
      let shown = rest.prefix(rows)
      rest = rest.dropFirst(rows)
      write(shown.joined(separator: "\n") + "\n")
      write(ink.dim(rest.isEmpty ? "any key goes back" : "space goes on, q goes back"))
      var key: Key?
      while key == nil && !isClosed { key = self.key(within: 500) }
      if key == .character("q") || key == .escape { return }
    }
  }
}

/// Outside the class, where signal handlers can reach them.
nonisolated(unsafe) private var usual = termios()
nonisolated(unsafe) private var raw = termios()
nonisolated(unsafe) private var isRaw = false
