import FledgeIO
import FledgeStudio
import Foundation

/// Takes in trainings at the user's socket.
final class RunListener: Sendable {
  private let socket: StudioSocket
  private let path: String

  /// - Throws: ``/FledgeIO/FileSystemError``; `EADDRINUSE` where another studio listens
  init(at path: String) throws(FileSystemError) {
    self.path = path
    socket = try StudioSocket.listen(at: path)
  }

  /// Reads each training on a thread of its own, until ``stop()``.
  func run(_ hub: RunHub, address: String) {
    while let connection = socket.accept() {
      Thread.detachNewThread { Self.read(connection, hub, address) }
    }
  }

  /// Ends ``run(_:address:)`` and removes the socket.
  func stop() {
    socket.shut()
    unlink(path)
  }

  private static func read(_ connection: StudioSocket, _ hub: RunHub, _ address: String) {
    let id = hub.add(socket: connection)
    defer { hub.end(id) }
    guard let greeting = try? JSONEncoder().encode(StudioGreeting(address: address, run: id)),
      connection.write(greeting + Data([10])),
      let pages = try? JSONEncoder().encode(RunCommand.pages(hub.pages)),
      connection.write(pages + Data([10]))
    else { return }
    var reader = LineReader(connection)
    while let line = reader.next() { hub.receive(line, of: id) }
  }
}
