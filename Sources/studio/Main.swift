import ArgumentParser
import FledgeStudio
import Foundation
import StudioServer

/// The studio's command line.
@main
struct StudioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "studio",
    abstract: "Watch trainings, play with small networks and look inside of them, in the browser.",
    discussion: """
      The page is served to this machine and this user alone: the address has a secret in it.

        studio                  the playground, and every training that runs with --live
        studio runs/            and the runs in this folder that have ended
        train-mlp --live        a training of which the page shows everything (starts the studio)
      """)

  @Argument(help: "Folders with runs that have ended (metrics.jsonl).", completion: .directory)
  var runs: [String] = []
  @Option(help: "The port; where it is taken, one of the twenty after it.")
  var port: UInt16 = Studio.port
  @Option(help: .hidden) var mine: String?
  @Flag(help: .hidden) var background = false
  @Flag(help: .hidden) var milestone = false

  func validate() throws {
    for path in runs where !FileManager.default.fileExists(atPath: path) {
      throw ValidationError("there is no folder '\(path)'.")
    }
  }

  func run() throws {
    if milestone { return try relay() }
    let directory = try StudioDirectory()
    // A session of its own: Ctrl-C for the training that started it is not for the studio.
    if background { setsid() }
    guard let studio = try makeStudio(directory) else { return }
    for fault in studio.loadRuns() {
      FileHandle.standardError.write(Data("studio: \(fault)\n".utf8))
    }
    if !runs.isEmpty && studio.runCount == 0 {
      throw ValidationError(
        "there is no metrics.jsonl in \(runs.joined(separator: ", ")) or the folders in it.")
    }
    studio.start()
    if !background {
      print("\n  \(studio.address)\(mine == nil ? "" : "#/play?isMine=true")\n")
      print("Open this address in a browser on this machine. Ctrl-C ends the studio.")
      fflush(nil)
    }
    try wait(for: studio)
    studio.stop()
  }

  /// Passes on what `learn milestone --live` writes, until it ends.
  private func relay() throws {
    // Ctrl-C ends the runner, and with it the input.
    signal(SIGINT, SIG_IGN)
    var relay = MilestoneRelay()
    var isTold = false
    while let line = readLine() {
      try relay.take(Data(line.utf8))
      if !isTold, let address = relay.address {
        FileHandle.standardError.write(Data("watch it at \(address)\n".utf8))
        isTold = true
      }
    }
  }

  /// Nil for a second studio in the background. One in the foreground has a page of its own, and the
  /// trainings go to the one that was first.
  private func makeStudio(_ directory: StudioDirectory) throws -> Studio? {
    let learner = try mine.map { try LearnerProgram(in: URL(filePath: $0)) }
    do {
      return try Studio(port: port, socket: directory.socket, runs: runs, learner: learner)
    } catch {
      guard error.code == EADDRINUSE && error.path == directory.socket else { throw error }
    }
    if background { return nil }
    print("Another studio runs, and shows the trainings; this one has a page without them.")
    return try Studio(port: port, socket: nil, runs: runs, learner: learner)
  }

  /// Until Ctrl-C; in the background, until nobody has looked for a minute.
  private func wait(for studio: Studio) throws {
    let end = DispatchSemaphore(value: 0)
    let queue = DispatchQueue(label: "studio.signals")
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { end.signal() }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    while end.wait(timeout: .now() + 1) == .timedOut {
      if background && studio.idleSeconds > 60 { return }
    }
  }
}
