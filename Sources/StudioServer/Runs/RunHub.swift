import FledgeStudio
import Foundation

/// All runs that the pages can see, live ones and those read from files, with what a page that opens
/// late needs: descriptions, curves thinned to ``pointsKept``, the newest pictures.
///
/// Every change gets a number. A page asks for what is newer than the last that it has seen, so a slow
/// page gets fewer and newer pictures, and no one waits for it.
final class RunHub: Sendable {
  /// Points of a curve that are kept.
  static let pointsKept = 2048
  /// Lines of curves that a page may be behind before it gets all curves anew.
  static let linesKept = 300
  /// Runs that are kept; the oldest that have ended go first.
  static let runsKept = 64

  struct Run {
    let id: String
    var begin: (version: Int, line: Data)?
    var status: (version: Int, line: Data)?
    var state = RunStatus.State.running
    var pictures: [String: (version: Int, line: Data)] = [:]
    var curves: [String: Curve] = [:]
    var recent: [(version: Int, line: Data)] = []
    /// What a page had to have seen last to be content with `recent`.
    var recentSince: Int
    var socket: StudioSocket?
  }

  private struct State {
    var version = 0
    var runs: [Run] = []
    var pages = 0
    var counter = 0
    /// When something last happened that is a reason to stay.
    var lastUse = Date()
  }

  private let state = Signalled(State())

  // MARK: From trainings

  /// A new run; commands for it go to `socket`.
  func add(socket: StudioSocket?, id: String? = nil) -> String {
    state.update { state in
      state.counter += 1
      let id = id ?? "run\(state.counter)"
      if let old = state.runs.firstIndex(where: { $0.id == id }) { state.runs.remove(at: old) }
      // A page that saw an older run of this name takes all curves anew.
      state.runs.append(Run(id: id, recentSince: state.version, socket: socket))
      while state.runs.count > Self.runsKept,
        let ended = state.runs.firstIndex(where: { $0.socket == nil })
      {
        state.runs.remove(at: ended)
      }
      return id
    }
  }

  /// Takes a line of a run: a message of `StudioMessage.swift`; others are ignored.
  func receive(_ line: Data, of id: String) {
    struct Envelope: Decodable {
      var event: String
      var name: String?
    }
    let decoder = JSONDecoder()
    guard let envelope = try? decoder.decode(Envelope.self, from: line) else { return }
    let curves =
      envelope.event == "curves" ? try? decoder.decode(RunCurves.self, from: line) : nil
    let status = envelope.event == "status" ? try? decoder.decode(RunStatus.self, from: line) : nil
    state.update { state in
      guard let index = state.runs.firstIndex(where: { $0.id == id }) else { return }
      state.version += 1
      let entry = (version: state.version, line: line)
      switch envelope.event {
      case "begin": state.runs[index].begin = entry
      case "status":
        guard let status else { return }
        state.runs[index].status = entry
        state.runs[index].state = status.state
      case "picture": state.runs[index].pictures[envelope.name ?? ""] = entry
      case "curves":
        guard let curves else { return }
        state.runs[index].add(curves, entry)
      default: return
      }
    }
  }

  /// The run's program has gone.
  func end(_ id: String) {
    let isLost = state.update { state -> Bool in
      state.lastUse = Date()
      guard let index = state.runs.firstIndex(where: { $0.id == id }) else { return false }
      state.runs[index].socket = nil
      return state.runs[index].state == .running || state.runs[index].state == .paused
    }
    guard isLost else { return }
    var status = lastStatus(of: id) ?? RunStatus()
    status.state = .lost
    if let line = try? JSONEncoder().encode(status) { receive(line, of: id) }
  }

  private func lastStatus(of id: String) -> RunStatus? {
    let line = state.change { $0.runs.first { $0.id == id }?.status?.line }
    return line.flatMap { try? JSONDecoder().decode(RunStatus.self, from: $0) }
  }

  // MARK: From pages

  /// Sends a command to a run; false where no such run listens.
  func send(_ command: RunCommand, to id: String) -> Bool {
    let socket = state.change { $0.runs.first { $0.id == id }?.socket }
    guard let socket, let line = try? JSONEncoder().encode(command) else { return false }
    return socket.write(line + Data([10]))
  }

  /// Notes that a page looks, or looks no more.
  func pageOpens(_ opens: Bool) {
    let (pages, sockets) = state.update { state in
      state.pages += opens ? 1 : -1
      state.lastUse = Date()
      return (state.pages, state.runs.compactMap(\.socket))
    }
    guard let line = try? JSONEncoder().encode(RunCommand.pages(pages)) else { return }
    for socket in sockets { _ = socket.write(line + Data([10])) }
  }

  /// How many pages look.
  var pages: Int { state.change { $0.pages } }

  /// How many runs there are.
  var runCount: Int { state.change { $0.runs.count } }

  /// How long there has been neither a page nor a live run.
  var idleSeconds: Double {
    state.change { state in
      guard state.pages == 0, !state.runs.contains(where: { $0.socket != nil }) else { return 0 }
      return -state.lastUse.timeIntervalSinceNow
    }
  }

  /// What is newer than `version`, as a JSON array of `{"run", "line"}`; waits for it for at most
  /// `seconds`. Nil where nothing came.
  func news(since version: Int, atMost seconds: Double) -> (version: Int, message: Data)? {
    state.wait(atMost: seconds) { state in
      guard state.version > version else { return nil }
      var parts: [Data] = []
      for run in state.runs {
        for line in run.lines(since: version) {
          parts.append(Data("{\"run\":\"\(run.id)\",\"line\":".utf8) + line + Data("}".utf8))
        }
      }
      return (state.version, Data("[".utf8) + Data(parts.joined(separator: [44])) + Data("]".utf8))
    }
  }
}

extension RunHub.Run {
  mutating func add(_ new: RunCurves, _ entry: (version: Int, line: Data)) {
    for (name, points) in new.series where points.x.count == points.y.count {
      curves[name, default: Curve()].x += points.x
      curves[name]!.y += points.y
      _ = curves[name]!.thin(to: RunHub.pointsKept)
    }
    recent.append(entry)
    if recent.count > RunHub.linesKept {
      let gone = recent.count - RunHub.linesKept / 2
      recentSince = recent[gone - 1].version
      recent.removeFirst(gone)
    }
  }

  /// The lines that a page needs that has seen everything up to `version`.
  func lines(since version: Int) -> [Data] {
    var lines: [Data] = []
    if let begin, begin.version > version { lines.append(begin.line) }
    if version <= recentSince && !curves.isEmpty {
      // JSON objects have no order to add a key to.
      if let all = try? JSONEncoder().encode(AllCurves(series: curves)) { lines.append(all) }
    } else {
      lines += recent.filter { $0.version > version }.map(\.line)
    }
    for (_, picture) in pictures.sorted(by: { $0.key < $1.key }) where picture.version > version {
      lines.append(picture.line)
    }
    if let status, status.version > version { lines.append(status.line) }
    return lines
  }

  /// All curves of a run, in place of those that a page has.
  private struct AllCurves: Encodable {
    let event = "curves"
    let replaces = true
    let series: [String: Curve]
  }
}
