import Foundation
import Synchronization

/// Runs a program to its end.
package struct Subprocess {
  package var status: Int32
  package var output: String
  package var errors: String
  /// Whether it was stopped because its time was up.
  package var timedOut: Bool
  /// Whether it was stopped because it had stopped using the processor.
  package var stoodStill = false
  /// Whether it was stopped because it used more memory than it may.
  package var usedTooMuchMemory = false
  /// Whether a signal ended it: a trap, most often.
  package var crashed: Bool
  package var seconds: Double

  /// The limits of a program: time and memory.
  package struct Limits {
    /// By the clock.
    package var seconds: Double
    /// The most time of the processor; nil for no limit. There is no limit either where the system
    /// does not tell (``seesProcessorTime``).
    package var processorSeconds: Double?
    /// How long it may go without using the processor; nil for no limit. There is no limit either
    /// where the system does not tell a program's processor time.
    package var idleSeconds: Double?
    /// The most memory that it may use, in megabytes; nil for no limit. There is none either where
    /// the system does not tell.
    package var megabytes: Int?
    /// How long it may take to say where it stands (SIGQUIT), before it is stopped; nil not to ask.
    package var answerSeconds: Double?
  }

  package static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:],
    seconds: Double, scratch: URL
  ) throws(CourseError) -> Subprocess {
    try run(
      program, arguments, environment: environment, limits: Limits(seconds: seconds),
      scratch: scratch)
  }

  /// The program's output goes to files in `scratch`, so that no pipe fills up. `whileRunning` is
  /// called several times a second.
  package static func run(
    _ program: URL, _ arguments: [String], environment: [String: String], limits: Limits,
    scratch: URL, whileRunning: () -> Void = {}
  ) throws(CourseError) -> Subprocess {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let outputFile = scratch.appending(path: "stdout-\(UUID().uuidString)")
    let errorFile = scratch.appending(path: "stderr-\(UUID().uuidString)")
    defer {
      try? FileManager.default.removeItem(at: outputFile)
      try? FileManager.default.removeItem(at: errorFile)
    }
    do {
      try Data().write(to: outputFile)
      try Data().write(to: errorFile)
      process.standardOutput = try FileHandle(forWritingTo: outputFile)
      process.standardError = try FileHandle(forWritingTo: errorFile)
      let start = ContinuousClock.now
      let ended = DispatchSemaphore(value: 0)
      process.terminationHandler = { _ in ended.signal() }
      RunningPrograms.endWithThisProgram()
      try Self.withNoSignalBlocked { try process.run() }
      let slot = RunningPrograms.add(process.processIdentifier)
      defer { RunningPrograms.remove(slot) }
      var patience = Patience(limits, process.processIdentifier)
      var timedOut = false
      while ended.wait(timeout: .now() + 0.2) == .timedOut {
        whileRunning()
        guard patience.isOver else { continue }
        timedOut = !patience.hasOutgrown
        if let most = limits.answerSeconds,
          answers(process.processIdentifier, in: errorFile, before: ended, seconds: most)
        {
          break
        }
        RunningPrograms.end(process.processIdentifier)
        ended.wait()
        break
      }
      return Subprocess(
        status: process.terminationStatus,
        output: text(of: outputFile), errors: text(of: errorFile),
        timedOut: timedOut, stoodStill: patience.hasStoodStill,
        usedTooMuchMemory: patience.hasOutgrown,
        crashed: process.terminationReason == .uncaughtSignal && !timedOut
          && !patience.hasOutgrown,
        seconds: (ContinuousClock.now - start) / .seconds(1))
    } catch {
      throw .noTool(program.path, "\(error.localizedDescription)")
    }
  }

  /// Asks a program where it stands, and waits until it has written that: on an idle machine for a
  /// fraction of a second. The runtime lets the program go on then.
  ///
  /// - Returns: whether it has ended, which others than Swift programs do.
  private static func answers(
    _ process: pid_t, in errors: URL, before ended: DispatchSemaphore, seconds: Double
  ) -> Bool {
    kill(process, SIGQUIT)
    let start = ContinuousClock.now
    while ended.wait(timeout: .now() + 0.05) == .timedOut {
      if text(of: errors).contains("\nBacktrace took ") { return false }
      if ContinuousClock.now - start > .seconds(seconds) { return false }
    }
    return true
  }

  /// A program inherits blocked signals, and on the threads of a queue most are blocked: it would
  /// not get the signal that ends it.
  private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &usual)
    defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
    try body()
  }

  /// The beginning and the end of the output: an endless loop may print.
  private static func text(of file: URL) -> String {
    let half = 1 << 19
    guard let handle = try? FileHandle(forReadingFrom: file),
      let size = try? handle.seekToEnd(), (try? handle.seek(toOffset: 0)) != nil
    else { return "" }
    func next(_ count: Int) -> String {
      String(decoding: (try? handle.read(upToCount: count)) ?? Data(), as: UTF8.self)
    }
    if size <= 2 * half { return next(2 * half) }
    let beginning = next(half)
    try? handle.seek(toOffset: size - UInt64(half))
    return "\(beginning)\n…\n\(next(half))"
  }

  /// The processor time of all programs that were run.
  package static var processorSecondsOfAll: Double {
    var usage = rusage()
    getrusage(childrenOfThisProcess, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// Whether the system tells the processor time of a running program.
  #if os(Linux)
    package static let seesProcessorTime = true
  #else
    package static let seesProcessorTime = false
  #endif

  /// The program of that name in the search path.
  package static func find(_ tool: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { URL(filePath: String($0)).appending(path: tool) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

/// Decides when to stop waiting.
private struct Patience {
  private let limits: Subprocess.Limits
  private let process: pid_t
  private let start = ContinuousClock.now
  private var ticks = 0
  private var lastWork = ContinuousClock.now
  private(set) var hasStoodStill = false
  private(set) var hasOutgrown = false

  init(_ limits: Subprocess.Limits, _ process: pid_t) {
    self.limits = limits
    self.process = process
  }

  var isOver: Bool {
    mutating get {
      let now = ContinuousClock.now
      if (now - start) / .seconds(1) > limits.seconds { return true }
      if let most = limits.megabytes, let size = Self.megabytes(of: process), size > most {
        hasOutgrown = true
        return true
      }
      guard let ticks = Self.ticks(of: process) else { return false }
      if ticks != self.ticks { (self.ticks, lastWork) = (ticks, now) }
      if let most = limits.processorSeconds, Double(ticks) / Self.ticksPerSecond > most {
        return true
      }
      guard let idle = limits.idleSeconds else { return false }
      hasStoodStill = (now - lastWork) / .seconds(1) > idle
      return hasStoodStill
    }
  }

  private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

  /// The memory that a program uses now; nil if unknown.
  private static func megabytes(of process: pid_t) -> Int? {
    #if os(Linux)
      let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
      let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      return pages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) / 1_000_000 }
    #else
      return nil
    #endif
  }

  /// The processor time of a program, in the system's ticks; nil if unknown.
  private static func ticks(of process: pid_t) -> Int? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        let name = text.lastIndex(of: ")")
      else { return nil }
      // After the name, which may hold anything: the state, and eleven fields on, two times.
      let fields = text[name...].split(separator: " ").dropFirst()
      return fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +)
    #else
      return nil
    #endif
  }
}

/// The running programs. They have their own process groups, so Ctrl-C does not reach them; they
/// must be ended when this program ends.
enum RunningPrograms {
  private static let most = 256
  /// Plain memory, which a signal handler may read.
  nonisolated(unsafe) private static let processes = {
    let processes = UnsafeMutablePointer<pid_t>.allocate(capacity: most)
    processes.initialize(repeating: 0, count: most)
    return processes
  }()
  private static let door = Mutex(())

  static func add(_ process: pid_t) -> Int? {
    door.withLock { _ in
      let slot = (0..<most).first { processes[$0] == 0 }
      if let slot { processes[slot] = process }
      return slot
    }
  }

  static func remove(_ slot: Int?) {
    guard let slot else { return }
    door.withLock { _ in processes[slot] = 0 }
  }

  /// Ends a program and what it started.
  static func end(_ process: pid_t) {
    if kill(-process, SIGKILL) != 0 { kill(process, SIGKILL) }
  }

  /// From here on a signal that ends this program also ends the running ones, and the terminal is
  /// restored.
  static func endWithThisProgram() { _ = handlers }

  private static let handlers: Void = {
    // Initialized here, not for the first time in a handler.
    _ = processes
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var before = sigaction()
      sigaction(number, nil, &before)
      // A signal that is ignored, as under `nohup`, stays ignored.
      let isIgnored = withUnsafeBytes(of: &before) { $0.load(as: Int.self) == 1 }
      if !isIgnored { signal(number) { RunningPrograms.endTidily($0) } }
    }
  }()

  /// Only calls that a signal handler may make.
  private static func endTidily(_ number: Int32) -> Never {
    for slot in 0..<most where processes[slot] > 0 { end(processes[slot]) }
    Screen.restoreTerminal()
    _exit(128 + number)
  }
}

// C libraries give the constant different types.
#if os(Linux)
  private let childrenOfThisProcess = RUSAGE_CHILDREN.rawValue
#else
  private let childrenOfThisProcess = RUSAGE_CHILDREN
#endif
