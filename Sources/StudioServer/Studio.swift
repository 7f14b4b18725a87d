import Fledge
import FledgeLearn
import FledgeStudio
import Foundation

/// The studio: a page in the browser, the runs that it watches, and the playground.
package final class Studio: Sendable {
  /// What the page asks of a run.
  private struct CommandBody: Decodable {
    var command: String
    var value: Double?
  }

  /// The first port that is tried.
  package static let port: UInt16 = 7323

  /// The address of the page, with its token.
  package let address: String
  let hub = RunHub()
  let room: PlayRoom
  let digit = InsideDigit()
  /// Made when it is first needed: it writes the stories that it learns.
  let text = Signalled<InsideText?>(nil)
  let rule: AccessRule
  private let server: LoopbackServer
  private let files = PageFiles()
  private let listener: RunListener?
  private let finished: FinishedRuns

  /// - Parameters:
  ///   - port: the first port to try; 0 takes any
  ///   - socket: where trainings find the studio; nil for nowhere
  ///   - runs: folders with runs that have ended
  ///   - learner: the playground on a learner's code
  /// - Throws: ``/FledgeIO/FileSystemError``
  package init(
    port: UInt16 = Studio.port, socket: String?, runs: [String] = [],
    learner: LearnerProgram? = nil
  ) throws(FileSystemError) {
    room = PlayRoom(learner: learner)
    // First the socket: a studio that runs already must be found before a port is taken.
    var listener: RunListener?
    if let socket { listener = try RunListener(at: socket) }
    self.listener = listener
    server = try LoopbackServer(port: port)
    rule = AccessRule(port: server.port, token: AccessRule.newToken())
    address = rule.address
    finished = FinishedRuns(runs)
  }

  /// Reads the runs that have ended; returns what could not be read.
  package func loadRuns() -> [String] { finished.load(into: hub) }

  /// How many runs the page can show.
  package var runCount: Int { hub.runCount }

  /// How long there has been neither a page nor a live run.
  package var idleSeconds: Double { hub.idleSeconds }

  /// Serves on threads of its own until ``stop()``.
  package func start() {
    Thread.detachNewThread { [self] in server.run { self.answer($0) } }
    if let listener {
      Thread.detachNewThread { [self] in listener.run(hub, address: address) }
    }
  }

  package func stop() {
    listener?.stop()
    server.stop()
  }

  // MARK: Routes

  func answer(_ request: HTTPRequest) -> HTTPResponse {
    switch rule.path(of: request) {
    case .failure(let refusal): return refusal.response
    case .success(let path):
      switch request.method {
      case "GET", "HEAD": return get(path)
      case "POST":
        // A form of another site cannot send this type without asking first.
        guard request.headers["content-type"]?.hasPrefix("application/json") == true else {
          return .text(400, "send application/json\n")
        }
        return post(path, request.body)
      default: return .text(405, "the studio answers GET and POST\n")
      }
    }
  }

  private func get(_ path: String) -> HTTPResponse {
    if let file = files.response(path) { return file }
    let parts = path.split(separator: "/").map(String.init)
    switch (parts.first, parts.count) {
    case ("api", 2) where parts[1] == "runs": return runEvents()
    case ("api", 4) where parts[1] == "play" && parts[3] == "pictures":
      return room[parts[2]].map(playEvents) ?? .text(404, "this session has ended\n")
    case ("api", 4) where parts[1] == "play" && parts[3] == "playground.safetensors":
      return room[parts[2]].map(weights) ?? .text(404, "this session has ended\n")
    default: return .text(404, "there is nothing here\n")
    }
  }

  private func post(_ path: String, _ body: Data) -> HTTPResponse {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.first == "api" else { return .text(404, "there is nothing here\n") }
    switch (parts.dropFirst().first, parts.count) {
    case ("inside", 3): return inside(parts[2], body)
    case ("runs", 4) where parts[3] == "command": return command(body, parts[2])
    case ("play", 2): return openPlay(body)
    case ("play", 3) where parts[2] == "swift": return swiftProgram(body)
    case ("play", 4) where parts[3] == "command":
      guard let command = try? JSONDecoder().decode(PlaySession.Command.self, from: body) else {
        return .text(400, "this is no command\n")
      }
      guard let session = room[parts[2]] else { return .text(404, "this session has ended\n") }
      session.send(command)
      return .json(["ok": true])
    default: return .text(404, "there is nothing here\n")
    }
  }

  private func command(_ body: Data, _ run: String) -> HTTPResponse {
    guard let wish = try? JSONDecoder().decode(CommandBody.self, from: body) else {
      return .text(400, "this is no command\n")
    }
    let command: RunCommand
    switch (wish.command, wish.value) {
    case ("pause", _): command = .pause
    case ("resume", _): command = .resume
    case ("step", _): command = .step
    case ("stop", _): command = .stop
    case ("rate", let factor?) where factor >= 0 && factor.isFinite: command = .rateFactor(factor)
    default: return .text(400, "this is no command\n")
    }
    return hub.send(command, to: run)
      ? .json(["ok": true]) : .text(409, "this run has ended\n")
  }

  private func runEvents() -> HTTPResponse {
    .events { [hub, self] send in
      hub.pageOpens(true)
      defer { hub.pageOpens(false) }
      // Runs that ended since the last page was opened.
      _ = loadRuns()
      var version = -1
      var isThere = send(Data("[]".utf8))
      while isThere {
        if let news = hub.news(since: version, atMost: 5) {
          version = news.version
          isThere = send(news.message)
          // Thirty pictures a second.
          Thread.sleep(forTimeInterval: 1 / 30)
        } else {
          isThere = send(Data("[]".utf8))
        }
      }
    }
  }

  private func openPlay(_ body: Data) -> HTTPResponse {
    struct Opened: Encodable {
      let id: String
      let view: PlayView
      /// Whose code the playground can run on beside Fledge's.
      let parts: [Playground.Part]?
    }
    guard let wanted = try? JSONDecoder().decode(PlayConfiguration.self, from: body) else {
      return .text(400, "this is no playground\n")
    }
    do throws(PlayError) {
      let (id, session) = try room.open(wanted)
      return .json(Opened(id: id, view: session.view, parts: room.learner?.parts))
    } catch {
      return .text(422, "\(error)\n")
    }
  }

  private func swiftProgram(_ body: Data) -> HTTPResponse {
    struct Wish: Decodable {
      let configuration: PlayConfiguration
      let steps: Int
    }
    guard let wish = try? JSONDecoder().decode(Wish.self, from: body) else {
      return .text(400, "this is no playground\n")
    }
    do throws(PlayError) {
      try wish.configuration.check()
      return .text(200, wish.configuration.swift(steps: wish.steps))
    } catch {
      return .text(422, "\(error)\n")
    }
  }

  private func playEvents(_ session: PlaySession) -> HTTPResponse {
    .events { send in
      session.pageOpens(true)
      defer { session.pageOpens(false) }
      let encoder = JSONEncoder()
      var isThere = true
      var isTold = false
      while isThere {
        if let fault = session.fault {
          // Said once; then only whether the page is still there.
          let words = isTold ? nil : try? encoder.encode(["fault": fault])
          isThere = send(words ?? Data("null".utf8))
          isTold = true
          Thread.sleep(forTimeInterval: 5)
        } else if let picture = session.nextPicture(atMost: 5),
          let data = try? encoder.encode(picture)
        {
          isThere = send(data)
        } else {
          isThere = send(Data("null".utf8))
        }
      }
    }
  }

  private func weights(_ session: PlaySession) -> HTTPResponse {
    guard let weights = session.weights() else { return .text(503, "try again\n") }
    do {
      let file = try TemporaryWeights(weights)
      return HTTPResponse(
        status: 200, type: "application/octet-stream", content: .data(file.data))
    } catch {
      return .text(500, "\(error)\n")
    }
  }
}

/// The bytes of a safetensors file of some weights.
private struct TemporaryWeights {
  let data: Data

  init(_ weights: [String: Tensor]) throws {
    let path = (NSTemporaryDirectory() as NSString)
      .appendingPathComponent("fledge-\(UUID().uuidString).safetensors")
    defer { unlink(path) }
    try Safetensors.write(weights, to: path)
    data = try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
