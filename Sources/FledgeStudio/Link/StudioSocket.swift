import FledgeIO
import Foundation

/// A stream socket between two processes of one user, and the few calls that lines over it need.
package final class StudioSocket: Sendable {
  /// The descriptor; it is closed with the object.
  package let descriptor: Int32

  package init(descriptor: Int32) {
    self.descriptor = descriptor
    #if canImport(Darwin)
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
  }

  deinit { close(descriptor) }

  /// Connects to the socket at `path`; nil where nobody listens.
  package static func connect(to path: String) -> StudioSocket? {
    guard let socket = make(), withAddress(path, { Foundation.connect(socket.descriptor, $0, $1) })
    else { return nil }
    return socket
  }

  /// Listens at `path`, in place of a socket that a program which has ended left there.
  /// - Throws: ``/FledgeIO/FileSystemError``; `EADDRINUSE` where another program listens
  package static func listen(at path: String) throws(FileSystemError) -> StudioSocket {
    guard connect(to: path) == nil else {
      throw FileSystemError(.create, path, code: EADDRINUSE)
    }
    unlink(path)
    guard let socket = make(), withAddress(path, { bind(socket.descriptor, $0, $1) }),
      chmod(path, 0o600) == 0, Foundation.listen(socket.descriptor, 16) == 0
    else { throw FileSystemError(.create, path, code: errno) }
    return socket
  }

  /// Waits for the next connection; nil when the socket is shut.
  package func accept() -> StudioSocket? {
    while true {
      let connection = Foundation.accept(descriptor, nil, nil)
      if connection >= 0 {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return StudioSocket(descriptor: connection)
      }
      if errno != EINTR && errno != ECONNABORTED { return nil }
    }
  }

  /// Writes all of `data`; false where the other side is gone.
  package func write(_ data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        #if canImport(Darwin)
          let flags: Int32 = 0
        #else
          let flags = Int32(MSG_NOSIGNAL)
        #endif
        let count = send(descriptor, bytes.baseAddress! + done, bytes.count - done, flags)
        if count > 0 {
          done += count
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  /// Up to `count` bytes; empty at the end, or when ``setTimeout(_:)`` has passed.
  package func read(atMost count: Int) -> Data {
    var buffer = Data(count: count)
    let got = buffer.withUnsafeMutableBytes { bytes in
      while true {
        let got = recv(descriptor, bytes.baseAddress!, count, 0)
        if got >= 0 || errno != EINTR { return max(got, 0) }
      }
    }
    return buffer.prefix(got)
  }

  /// How long a read or a write waits.
  package func setTimeout(seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
  }

  /// Wakes everyone who waits in a call on this socket.
  package func shut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private static func make() -> StudioSocket? {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return StudioSocket(descriptor: descriptor)
  }

  private static func withAddress(
    _ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8CString)
    guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else {
      errno = ENAMETOOLONG
      return false
    }
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call($0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}

/// Cuts what a socket brings into lines; a line longer than `limit` ends the stream.
package struct LineReader {
  private let socket: StudioSocket
  private let limit: Int
  private var buffer = Data()

  package init(_ socket: StudioSocket, limit: Int = 8 << 20) {
    self.socket = socket
    self.limit = limit
  }

  /// The next line without its end; nil at the end of the stream.
  package mutating func next() -> Data? {
    var searched = buffer.startIndex
    while true {
      if let end = buffer[searched...].firstIndex(of: 10) {
        let line = Data(buffer[..<end])
        buffer = Data(buffer[(end + 1)...])
        return line
      }
      guard buffer.count < limit else { return nil }
      searched = buffer.endIndex
      let more = socket.read(atMost: 64 << 10)
      if more.isEmpty { return nil }
      buffer.append(more)
    }
  }
}
