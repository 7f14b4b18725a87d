import FledgeIO
import FledgeStudio
import FledgeTestSupport
import Foundation
import Testing

@testable import StudioServer

@Suite struct LoopbackServerTests {
  private func serve(
    _ limits: LoopbackServer.Limits = .init(),
    _ handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse = { .text(200, $0.path) }
  ) throws -> (LoopbackServer, StudioClient) {
    let server = try LoopbackServer(port: 0, limits: limits)
    Thread.detachNewThread { server.run(handler) }
    return (server, StudioClient(port: server.port))
  }

  @Test func `Requests on one connection are answered one after another`() throws {
    let (server, client) = try serve()
    defer { server.stop() }
    let answer = client.send(
      "GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz"
        + "HEAD /c HTTP/1.1\r\nConnection: close\r\n\r\n")
    #expect(answer.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
    #expect(answer.contains("\r\n\r\n/aHTTP/1.1") && answer.contains("\r\n\r\n/bHTTP/1.1"))
    #expect(answer.hasSuffix("\r\n\r\n"))
  }

  @Test func `A taken port means the next one`() throws {
    let first = try LoopbackServer(port: 0)
    let second = try LoopbackServer(port: first.port)
    #expect(second.port > first.port && second.port <= first.port + 20)
    first.stop()
    second.stop()
  }

  @Test(arguments: [65535, 65530] as [UInt16])
  func `There are no ports behind the last one`(port: UInt16) throws {
    // Whether it is free is not this test's matter.
    guard let server = try? LoopbackServer(port: port) else { return }
    defer { server.stop() }
    #expect(server.port >= port)
  }

  @Test func `It listens on the loopback interface alone`() throws {
    let (server, _) = try serve()
    defer { server.stop() }
    let table = try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
    guard let table else { return }
    let port = String(server.port, radix: 16, uppercase: true)
    let padded = String(repeating: "0", count: 4 - port.count) + port
    let listening = table.split(separator: "\n").filter {
      $0.contains(":\(padded) 00000000:0000 0A")
    }
    #expect(listening.count == 1)
    #expect(listening.allSatisfy { $0.contains("0100007F:\(padded) ") })
  }

  @Test func `A head without an end, and a body that is too long, are refused`() throws {
    let (server, client) = try serve()
    defer { server.stop() }
    let long = client.send("GET /" + String(repeating: "x", count: HTTPRequest.Limit.head))
    #expect(long.hasPrefix("HTTP/1.1 413"))
    #expect(client.send("POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n").contains(" 413 "))
    #expect(client.send("nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400"))
  }

  @Test func `A connection that says nothing is closed`() throws {
    let (server, client) = try serve(.init(connections: 8, seconds: 1))
    defer { server.stop() }
    #expect(client.send("GET / HT").isEmpty)
  }

  @Test func `More connections than allowed are closed, and later ones served again`() throws {
    let (server, client) = try serve(.init(connections: 2, seconds: 600))
    defer { server.stop() }
    let held = Signalled([client.connect(), client.connect()])
    func third() -> String { client.send("GET /third HTTP/1.1\r\nConnection: close\r\n\r\n") }
    // The server may still be taking them in.
    #expect(eventually { third().isEmpty })
    held.update { $0 = [] }
    #expect(eventually { third().hasSuffix("/third") })
  }

  @Test func `Events flow until the page goes away`() throws {
    let gone = Signalled(false)
    let (server, client) = try serve { _ in
      .events { send in
        while send(Data("[1]".utf8)) { usleep(1000) }
        gone.update { $0 = true }
      }
    }
    defer { server.stop() }
    do {
      let page = client.connect()
      _ = page.write(Data("GET / HTTP/1.1\r\n\r\n".utf8))
      var text = ""
      while !text.contains("data: [1]\n\ndata: [1]\n\n") {
        text += String(decoding: page.read(atMost: 1000), as: UTF8.self)
      }
      #expect(text.contains("Content-Type: text/event-stream"))
    }
    #expect(gone.wait(atMost: 120) { $0 ? true : nil } == true)
  }
}
