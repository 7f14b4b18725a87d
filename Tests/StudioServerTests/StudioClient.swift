import FledgeStudio
import Foundation

@testable import StudioServer

/// A browser that sends exactly what a test says.
struct StudioClient {
  let port: UInt16

  func connect() -> StudioSocket {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let client = StudioSocket(descriptor: socket(AF_INET, kind, 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(client.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    client.setTimeout(seconds: 120)
    return client
  }

  /// The whole answer to `text`, until the server closes.
  func send(_ text: String) -> String {
    let socket = connect()
    _ = socket.write(Data(text.utf8))
    var answer = Data()
    while true {
      let more = socket.read(atMost: 1 << 16)
      if more.isEmpty { break }
      answer.append(more)
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// The status and the body of an answer.
  func request(
    _ method: String, _ path: String, _ body: String = "", headers: [String] = []
  ) -> (status: Int, body: String, head: String) {
    let lines =
      ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
      + (body.isEmpty
        ? [] : ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]) + headers
    let answer = send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    let parts = answer.components(separatedBy: "\r\n\r\n")
    let status = Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
    return (status, parts.dropFirst().joined(separator: "\r\n\r\n"), parts[0])
  }
}
