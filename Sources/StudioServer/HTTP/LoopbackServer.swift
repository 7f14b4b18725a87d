import FledgeIO
import FledgeStudio
import Foundation

/// A web server for one user: HTTP/1.1 on 127.0.0.1, a thread for each connection, everything that a
/// stranger sends bounded in size and time.
final class LoopbackServer: Sendable {
  /// What a server allows.
  struct Limits {
    /// Connections at a time; more are closed at once.
    var connections = 64
    /// Seconds in which a request must have arrived, and an idle connection may stay open.
    var seconds = 15
  }

  /// The port that it has got.
  let port: UInt16
  private let listener: StudioSocket
  private let limits: Limits
  private let connections = Signalled<[ObjectIdentifier: StudioSocket]>([:])

  /// Takes `port`, or the next free one of the twenty after it; 0 takes any.
  /// - Throws: ``/FledgeIO/FileSystemError`` where none is free
  init(port: UInt16, limits: Limits = Limits()) throws(FileSystemError) {
    self.limits = limits
    let candidates = port == 0 ? [0] : Array(port...UInt16(min(Int(port) + 20, 65535)))
    var code = EADDRINUSE
    for candidate in candidates {
      if let socket = Self.listen(on: candidate) {
        listener = socket
        self.port = Self.port(of: socket)
        return
      }
      code = errno
      if code != EADDRINUSE { break }
    }
    throw FileSystemError(.create, "127.0.0.1:\(port)", code: code)
  }

  /// Answers requests by `handler`, each on the thread of its connection, until ``stop()``.
  func run(_ handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
    while let socket = listener.accept() {
      let isTaken = connections.update { open in
        guard open.count < limits.connections else { return false }
        open[ObjectIdentifier(socket)] = socket
        return true
      }
      guard isTaken else { continue }
      Thread.detachNewThread { [self] in
        serve(socket, handler)
        connections.update { $0[ObjectIdentifier(socket)] = nil }
      }
    }
  }

  /// Ends all connections and ``run(_:)``.
  func stop() {
    listener.shut()
    connections.update { open in
      for socket in open.values { socket.shut() }
    }
  }

  private func serve(_ socket: StudioSocket, _ handler: (HTTPRequest) -> HTTPResponse) {
    socket.setTimeout(seconds: limits.seconds)
    var buffer = Data()
    do throws(HTTPFault) {
      while true {
        let request = try read(socket, &buffer)
        let response = handler(request)
        let head = response.head(keepsAlive: request.keepsAlive)
        switch response.content {
        case .data(let data):
          // In one piece: a second one would wait until the first has been acknowledged, 40 ms on
          // Linux (Nagle's algorithm and delayed acknowledgements).
          guard socket.write(request.method == "HEAD" ? head : head + data) else { return }
        case .events(let body):
          guard socket.write(head) else { return }
          return body { socket.write(Data("data: ".utf8) + $0 + Data("\n\n".utf8)) }
        }
        if !request.keepsAlive { return }
      }
    } catch {
      guard let response = error.response, case .data(let data) = response.content else { return }
      _ = socket.write(response.head(keepsAlive: false) + data)
    }
  }

  private func read(_ socket: StudioSocket, _ buffer: inout Data) throws(HTTPFault) -> HTTPRequest {
    let end = Date(timeIntervalSinceNow: Double(limits.seconds))
    func receive() throws(HTTPFault) {
      let more = Date() < end ? socket.read(atMost: 16 << 10) : Data()
      if more.isEmpty { throw .gone }
      buffer.append(more)
    }
    let blank = Data("\r\n\r\n".utf8)
    var range = buffer.range(of: blank)
    while range == nil {
      guard buffer.count < HTTPRequest.Limit.head else { throw .tooLarge }
      try receive()
      range = buffer.range(of: blank)
    }
    guard let range, range.lowerBound - buffer.startIndex <= HTTPRequest.Limit.head else {
      throw .tooLarge
    }
    var request = try HTTPRequest(head: Data(buffer[..<range.lowerBound]))
    let length = try request.bodyLength()
    buffer = Data(buffer[range.upperBound...])
    while buffer.count < length { try receive() }
    request.body = Data(buffer.prefix(length))
    buffer = Data(buffer.dropFirst(length))
    return request
  }

  private static func listen(on port: UInt16) -> StudioSocket? {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, kind, 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let socket = StudioSocket(descriptor: descriptor)
    // Without it a port stays taken for a minute after a server has ended.
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    return isBound && Foundation.listen(descriptor, 64) == 0 ? socket : nil
  }

  private static func port(of socket: StudioSocket) -> UInt16 {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(socket.descriptor, $0, &size)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }
}
