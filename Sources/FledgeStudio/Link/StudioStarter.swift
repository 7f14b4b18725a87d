import FledgeTrain
import Foundation

/// Finds the studio that runs, or starts it.
enum StudioStarter {
  /// - Throws: ``StudioError``
  static func connect(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = currentExecutable
  ) throws(StudioError) -> StudioLink {
    let directory = try StudioDirectory(environment: environment)
    if let socket = StudioSocket.connect(to: directory.socket) { return try StudioLink(socket) }
    let program =
      environment["FLEDGE_STUDIO"]
      ?? ((executable as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("studio")
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw .notBuilt(looked: program)
    }
    try start(program, directory)
    for _ in 0..<100 {
      if let socket = StudioSocket.connect(to: directory.socket) { return try StudioLink(socket) }
      usleep(100_000)
    }
    throw .notStarted(program: program)
  }

  /// In the background: it outlives the training, so that the page does, and ends by itself when
  /// nobody looks any more.
  private static func start(_ program: String, _ directory: StudioDirectory) throws(StudioError) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--background"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw .notStarted(program: program) }
  }

  private static var currentExecutable: String {
    Bundle.main.executablePath ?? CommandLine.arguments[0]
  }
}
