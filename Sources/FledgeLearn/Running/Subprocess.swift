import Foundation
import Synchronization

/// Runs a program to its end.
package struct Subprocess {
  package var status: Int32
  package var output: String
  package var errors: String
  /// Whether it was stopped because its time was up.
  package var timedOut: Bool
  /// Whether a signal ended it: a trap, most often.
  package var crashed: Bool
  package var seconds: Double

  /// What a program prints goes to files in `scratch`, so that no pipe runs full.
  package static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:],
    seconds limit: Double,
    scratch: URL
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
      try process.run()
      let timedOut = ended.wait(timeout: .now() + limit) == .timedOut
      if timedOut {
        kill(process.processIdentifier, SIGKILL)
        ended.wait()
      }
      return Subprocess(
        status: process.terminationStatus,
        output: (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "",
        errors: (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "",
        timedOut: timedOut,
        crashed: process.terminationReason == .uncaughtSignal && !timedOut,
        seconds: (ContinuousClock.now - start) / .seconds(1))
    } catch {
      throw .noTool(program.path, "\(error.localizedDescription)")
    }
  }

  /// What all programs that were run took of the processor.
  package static var processorSecondsOfAll: Double {
    var usage = rusage()
    getrusage(childrenOfThisProcess, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// The program of that name in the search path.
  package static func find(_ tool: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { URL(filePath: String($0)).appending(path: tool) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

// C libraries give the constant different types.
#if os(Linux)
  private let childrenOfThisProcess = RUSAGE_CHILDREN.rawValue
#else
  private let childrenOfThisProcess = RUSAGE_CHILDREN
#endif
