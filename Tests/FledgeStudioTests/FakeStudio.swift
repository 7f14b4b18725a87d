import FledgeTestSupport
import Foundation

@testable import FledgeStudio

/// A studio that only keeps what it is told, at the other end of a pair of sockets.
final class FakeStudio: Sendable {
  private let socket: StudioSocket
  private let lines = Signalled<[Data]>([])
  /// The training's end.
  let link: StudioLink

  /// - Parameter reads: whether it takes what the training sends
  init(reads: Bool = true) throws {
    var ends: [Int32] = [0, 0]
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    socketpair(AF_UNIX, kind, 0, &ends)
    socket = StudioSocket(descriptor: ends[0])
    let greeting = StudioGreeting(address: "http://127.0.0.1:1/secret/", run: "run1")
    _ = socket.write(try JSONEncoder().encode(greeting) + Data([10]))
    link = try StudioLink(StudioSocket(descriptor: ends[1]), interval: 0.005)
    guard reads else { return }
    Thread.detachNewThread { [socket, lines] in
      var reader = LineReader(socket)
      while let line = reader.next() { lines.update { $0.append(line) } }
    }
  }

  func send(_ command: RunCommand) throws {
    _ = socket.write(try JSONEncoder().encode(command) + Data([10]))
  }

  /// Waits until the training has seen that `count` pages look.
  func open(pages count: Int) throws {
    try send(.pages(count))
    while link.wishes.pages != count { usleep(1000) }
  }

  func hangUp() { socket.shut() }

  /// The messages of a kind so far, as JSON objects.
  func messages(_ event: String) -> [[String: Any]] {
    lines.change { $0 }.compactMap {
      try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
    }.filter { $0["event"] as? String == event }
  }

  /// Waits until a message of a kind fulfils `condition`.
  func waits(for event: String, _ condition: ([String: Any]) -> Bool) -> Bool {
    eventually { messages(event).contains(where: condition) }
  }

  /// All points of a curve.
  func curve(_ name: String) throws -> Curve {
    var result = Curve()
    let decoder = JSONDecoder()
    for line in lines.change({ $0 }) {
      guard let message = try? decoder.decode(RunCurves.self, from: line),
        message.event == "curves", let part = message.series[name]
      else { continue }
      result.x += part.x
      result.y += part.y
    }
    return result
  }
}
