import FledgeLearn
import FledgeStudio
import Foundation

/// The playground on a learner's code, as `learn studio` has built it.
package struct LearnerProgram: Sendable {
  let program: URL
  /// Whose code is in it, part by part.
  let parts: [Playground.Part]

  /// - Parameter folder: what `learn studio` has written
  /// - Throws: `CocoaError` and `DecodingError` where it is none
  package init(in folder: URL) throws {
    program = folder.appending(path: "run")
    parts = try Playground.read(in: folder)
  }
}

/// A running ``LearnerProgram``: it trains for one session, and can fail without harm to the studio.
final class LearnerProcess {
  /// How long an answer may take.
  private static let patience = 30.0

  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  /// What the program writes beside its answers.
  private let notes = FileManager.default.temporaryDirectory
    .appending(path: "playground-\(UUID().uuidString)")
  private var buffer = Data()

  /// - Throws: `CocoaError` where the program cannot be started
  init(_ learner: LearnerProgram, _ configuration: PlayConfiguration) throws {
    try Data().write(to: notes)
    process.executableURL = learner.program
    process.standardInput = requests
    process.standardOutput = answers
    process.standardError = try FileHandle(forWritingTo: notes)
    try process.run()
    // The program must see the end of its input when this end is closed.
    try? requests.fileHandleForReading.close()
    try? answers.fileHandleForWriting.close()
    try send(configuration)
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    // Foundation traps where it was never started.
    if process.isRunning { process.terminate() }
    try? FileManager.default.removeItem(at: notes)
  }

  private func send(_ value: some Encodable) throws {
    let line = try JSONEncoder().encode(value) + Data("\n".utf8)
    try requests.fileHandleForWriting.write(contentsOf: line)
  }

  func answer(_ request: PlayRequest) -> PlayReply {
    // A program that has ended gets the question of why below.
    try? send(request)
    guard let line = nextLine() else { return PlayReply(fault: fault()) }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "∞", negativeInfinity: "-∞", nan: "NaN")
    do {
      return try decoder.decode(PlayReply.self, from: line)
    } catch {
      return PlayReply(fault: "your code's program answered something else")
    }
  }

  /// Nil where the program has ended, or was ended because it took too long.
  private func nextLine() -> Data? {
    let descriptor = answers.fileHandleForReading.fileDescriptor
    let end = ContinuousClock.now + .seconds(Self.patience)
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      if let newline = buffer.firstIndex(of: 10) {
        defer { buffer = Data(buffer[(newline + 1)...]) }
        return Data(buffer[..<newline])
      }
      let left = (end - .now).seconds
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&wait, 1, Int32(left * 1000)) > 0 else {
        if process.isRunning { process.terminate() }
        return nil
      }
      let count = read(descriptor, &chunk, chunk.count)
      if count <= 0 { return nil }
      buffer.append(contentsOf: chunk[..<count])
    }
  }

  private func fault() -> String {
    process.waitUntilExit()
    let text = (try? String(contentsOf: notes, encoding: .utf8)) ?? ""
    if process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGTERM {
      return "your code did not answer in \(Int(Self.patience)) seconds"
    }
    let message = Crash.parse(text).message ?? text.split(separator: "\n").last.map(String.init)
    return "your code ended the training: \(message ?? "it said nothing")"
  }
}
