import Foundation
import Testing

@testable import StudioServer

@Suite struct HTTPRequestTests {
  private func read(_ text: String) throws(HTTPFault) -> HTTPRequest {
    try HTTPRequest(head: Data(text.utf8))
  }

  @Test func `A request of a browser is read`() throws {
    let request = try read(
      "POST /token/api/play?x=1 HTTP/1.1\r\nHost: 127.0.0.1:7323\r\nContent-Length: 12\r\n"
        + "X-Empty:")
    #expect(request.method == "POST" && request.path == "/token/api/play")
    #expect(request.headers == ["host": "127.0.0.1:7323", "content-length": "12", "x-empty": ""])
    #expect(try request.bodyLength() == 12)
    #expect(request.keepsAlive)
  }

  @Test func `HTTP 1.0 and close end the connection`() throws {
    #expect(try read("GET / HTTP/1.0").keepsAlive == false)
    #expect(try read("GET / HTTP/1.1\r\nConnection: Close").keepsAlive == false)
  }

  @Test(arguments: [
    "", "GET", "GET /", "GET / HTTP/2.0", "GET  / HTTP/1.1", "GET x HTTP/1.1", "get / HTTP/1.1",
    "GET / HTTP/1.1\r\nno colon", "GET / HTTP/1.1\r\n: empty", "GET / HTTP/1.1\r\nHost : x",
    "GET / HTTP/1.1\r\n folded: x", "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
    "GET / HTTP/1.1\r\nA: 1\nB: 2 ",
  ])
  func `What no browser sends is refused`(text: String) {
    if text.contains("B: 2") {
      // A bare line feed ends no line: it stays in the value, and no header B appears.
      #expect((try? read(text))?.headers["b"] == nil)
    } else {
      #expect(throws: HTTPFault.malformed) { try read(text) }
    }
  }

  @Test func `Bytes that are no text are refused`() {
    #expect(throws: HTTPFault.malformed) { try HTTPRequest(head: Data([0xFF, 0xFE, 0x00])) }
  }

  @Test func `Too many headers, and bodies that are too long or of unknown length, are refused`()
    throws
  {
    let many = (0...HTTPRequest.Limit.headers).map { "A\($0): 1" }.joined(separator: "\r\n")
    #expect(throws: HTTPFault.tooLarge) { try read("GET / HTTP/1.1\r\n" + many) }
    func length(_ header: String) throws(HTTPFault) -> Int {
      try read("POST / HTTP/1.1\r\n" + header).bodyLength()
    }
    #expect(throws: HTTPFault.tooLarge) { try length("Content-Length: 262145") }
    #expect(try length("Content-Length: 262144") == HTTPRequest.Limit.body)
    #expect(throws: HTTPFault.tooLarge) { try length("Content-Length: 99999999999999999999") }
    #expect(throws: HTTPFault.malformed) { try length("Content-Length: -1") }
    #expect(throws: HTTPFault.malformed) { try length("Content-Length: 1, 2") }
    #expect(throws: HTTPFault.malformed) { try length("Transfer-Encoding: chunked") }
  }
}
