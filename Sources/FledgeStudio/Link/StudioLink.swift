import FledgeTrain
import Foundation
import Synchronization

/// The connection of a training to the studio. The training leaves what it has to say and goes on;
/// another thread sends it ten times a second. A newer picture takes the place of one that has not
/// been sent, and curves that nobody fetches are thinned out: memory is bounded, and a studio that
/// hangs holds up nothing.
package final class StudioLink: Sendable {
  /// What the page wants.
  struct Wishes {
    var isPaused = false
    /// Steps to take while paused.
    var steps = 0
    var isStopRequested = false
    var rateFactor = 1.0
    var pages = 0
  }

  private struct Outgoing {
    var begin: RunDescription?
    var curves: [String: Curve] = [:]
    var pictures: [String: NamedPicture] = [:]
    var status: RunStatus?
    var dropped = 0
    var isEnding = false
    var isConnected = true
    var isWriterDone = false
    var wishes = Wishes()
  }

  /// The most points of a curve that wait to be sent.
  static let waitingPoints = 4096

  /// What the studio said first.
  package let greeting: StudioGreeting
  private let socket: StudioSocket
  private let outgoing = Signalled(Outgoing())
  private let commands = Atomic(0)
  private let interval: Double

  /// Greets the studio on `socket`.
  /// - Throws: ``StudioError/noAnswer`` where it does not answer within five seconds
  package init(_ socket: StudioSocket, interval: Double = 0.1) throws(StudioError) {
    self.socket = socket
    self.interval = interval
    socket.setTimeout(seconds: 5)
    var reader = LineReader(socket)
    guard let line = reader.next(),
      let greeting = try? JSONDecoder().decode(StudioGreeting.self, from: line)
    else { throw .noAnswer }
    self.greeting = greeting
    socket.setTimeout(seconds: 0)
    let readerAfterGreeting = reader
    Thread.detachNewThread { [self] in readCommands(readerAfterGreeting) }
    Thread.detachNewThread { [self] in sendMessages() }
  }

  // MARK: What the training says

  func begin(_ description: RunDescription) { outgoing.update { $0.begin = description } }

  func add(_ curves: [String: Curve]) {
    outgoing.change { state in
      guard state.isConnected else { return }
      for (name, curve) in curves {
        state.curves[name, default: Curve()].append(curve)
        if state.curves[name]!.x.count > Self.waitingPoints {
          state.dropped += state.curves[name]!.thin(to: Self.waitingPoints / 2)
        }
      }
    }
  }

  func add(_ picture: NamedPicture) {
    outgoing.change { state in
      guard state.isConnected else { return }
      if state.pictures.updateValue(picture, forKey: picture.name) != nil { state.dropped += 1 }
    }
  }

  func set(_ status: RunStatus) { outgoing.change { $0.status = status } }

  /// Sends what is left, for at most five seconds.
  func end(_ status: RunStatus) {
    outgoing.update { state in
      state.status = status
      state.isEnding = true
    }
    _ = outgoing.wait(atMost: 5) { $0.isWriterDone ? true : nil }
    socket.shut()
  }

  /// Pictures that newer ones replaced, and points thinned out.
  var droppedCount: Int { outgoing.change { $0.dropped } }

  /// The most points of one curve that wait.
  var waitingPointCount: Int { outgoing.change { $0.curves.values.map(\.x.count).max() ?? 0 } }

  // MARK: What the page wants

  /// How many commands have come, the end of the connection included. A training looks at this
  /// number in each step, and only where it has grown at ``wishes``, for which it must wait its turn.
  var commandCount: Int { commands.load(ordering: .acquiring) }

  var wishes: Wishes { outgoing.change { $0.wishes } }

  /// Waits while the run is paused, for at most `seconds`; whether it may go on.
  func mayGoOn(waitingAtMost seconds: Double) -> Bool {
    outgoing.wait(atMost: seconds) { state -> Bool? in
      if !state.wishes.isPaused || state.wishes.isStopRequested || !state.isConnected {
        return true
      }
      guard state.wishes.steps > 0 else { return nil }
      state.wishes.steps -= 1
      return true
    } ?? false
  }

  private func readCommands(_ reader: LineReader) {
    var reader = reader
    let decoder = JSONDecoder()
    while let line = reader.next() {
      guard let command = try? decoder.decode(RunCommand.self, from: line) else { continue }
      outgoing.update { state in
        commands.add(1, ordering: .releasing)
        switch command {
        case .pause: state.wishes.isPaused = true
        case .resume: (state.wishes.isPaused, state.wishes.steps) = (false, 0)
        case .step:
          state.wishes.isPaused = true
          state.wishes.steps += 1
        case .stop: state.wishes.isStopRequested = true
        case .rateFactor(let factor):
          if factor >= 0 && factor.isFinite { state.wishes.rateFactor = factor }
        case .pages(let count): state.wishes.pages = count
        }
      }
    }
    outgoing.update { state in
      commands.add(1, ordering: .releasing)
      state.isConnected = false
    }
  }

  /// Waits until something should be sent; whether it is the last. While no page looks, the studio is
  /// told what it must keep for one that opens late, and that seldom.
  private func waitForNextMessage() -> Bool {
    let isWatched = wishes.pages > 0
    return outgoing.wait(atMost: isWatched ? interval : 10 * interval) { state -> Bool? in
      if state.isEnding { return true }
      return (state.wishes.pages > 0) == isWatched ? nil : false
    } ?? false
  }

  private func sendMessages() {
    let encoder = JSONEncoder()
    while true {
      let isEnding = waitForNextMessage()
      let taken = outgoing.change { state -> Outgoing in
        let taken = state
        state.begin = nil
        state.curves = [:]
        state.pictures = [:]
        state.status = nil
        return taken
      }
      guard taken.isConnected, send(taken, encoder) else { break }
      if isEnding { break }
    }
    outgoing.update { state in
      state.isConnected = state.isConnected && state.isEnding
      state.isWriterDone = true
      (state.curves, state.pictures) = ([:], [:])
    }
  }

  private func send(_ taken: Outgoing, _ encoder: JSONEncoder) -> Bool {
    var lines = Data()
    func add(_ message: some Encodable) {
      guard let line = try? encoder.encode(message) else { return }
      lines += line
      lines.append(10)
    }
    if let begin = taken.begin { add(begin) }
    if !taken.curves.isEmpty { add(RunCurves(series: taken.curves)) }
    for picture in taken.pictures.values { add(picture) }
    if var status = taken.status {
      status.dropped = taken.dropped
      add(status)
    }
    return lines.isEmpty || socket.write(lines)
  }
}
