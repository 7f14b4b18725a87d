import FledgePlots
import Foundation

/// The output of a ``ProgressBar``, and what it can show.
public struct ProgressOutput {
  /// Whether one line can be drawn again and again. Otherwise lines are written now and then,
  /// without escape sequences or carriage returns.
  public var isTerminal: Bool
  /// Colours and characters.
  public var style: TerminalStyle
  /// The columns of the terminal, asked for at each drawing: windows change their size.
  public var columns: () -> Int
  /// Writes a text; it has no line break if the line will be drawn again.
  public var write: (String) -> Void
  /// Whether an interrupt (SIGINT) or SIGTERM that would end the program at once first ends the
  /// line on standard error, so that the shell's prompt does not follow the bar. A handler that the
  /// program has installed is left alone.
  public var endsLineWhenInterrupted: Bool

  /// A place of one's own, such as a log or a test.
  public init(
    isTerminal: Bool, style: TerminalStyle = .plain, columns: @escaping () -> Int = { 80 },
    endsLineWhenInterrupted: Bool = false, write: @escaping (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.style = style
    self.columns = columns
    self.endsLineWhenInterrupted = endsLineWhenInterrupted
    self.write = write
  }

  /// Standard error. `TERM=dumb` counts as no terminal, `NO_COLOR` disables colours.
  public static var standardError: ProgressOutput { descriptor(STDERR_FILENO) }

  /// Standard output, for pictures that are drawn again and again; otherwise like
  /// ``standardError``.
  public static var standardOutput: ProgressOutput { descriptor(STDOUT_FILENO) }

  private static func descriptor(_ descriptor: Int32) -> ProgressOutput {
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
    return ProgressOutput(
      isTerminal: isTerminal,
      style: .detected(environment: environment, isTerminal: isTerminal),
      columns: { terminalColumns(descriptor, environment) },
      endsLineWhenInterrupted: isTerminal && descriptor == STDERR_FILENO,
      write: { text in
        // A program whose results nobody reads ends, but not one whose progress nobody sees.
        if descriptor == STDERR_FILENO {
          withoutBrokenPipes { write(text, to: descriptor) }
        } else {
          write(text, to: descriptor)
        }
      })
  }

  /// One call for each line: parts would flicker.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { _ = Foundation.write(descriptor, $0.baseAddress, $0.count) }
  }

  /// Runs `body` and takes back the SIGPIPE that it may have caused on this thread; others, and the
  /// program's own handler, keep theirs.
  private static func withoutBrokenPipes(_ body: () -> Void) {
    func isPending() -> Bool {
      var signals = sigset_t()
      sigpending(&signals)
      return sigismember(&signals, SIGPIPE) == 1
    }
    let wasPending = isPending()
    var (pipe, before) = (sigset_t(), sigset_t())
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    body()
    if !wasPending && isPending() {
      var number: Int32 = 0
      sigwait(&pipe, &number)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}

/// The width of the terminal behind a file descriptor, else what `COLUMNS` says, else 80.
private func terminalColumns(_ descriptor: Int32, _ environment: [String: String]) -> Int {
  var size = winsize()
  if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 { return Int(size.ws_col) }
  return environment["COLUMNS"].flatMap(Int.init) ?? 80
}
