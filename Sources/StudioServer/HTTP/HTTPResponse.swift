import Foundation

/// An answer: whole, or a stream of server-sent events (HTML Living Standard, section 9.2).
struct HTTPResponse: Sendable {
  enum Content: Sendable {
    case data(Data)
    /// Called with a function that sends one event and says whether the page is still there.
    case events(@Sendable (_ send: (Data) -> Bool) -> Void)
  }

  var status: Int
  var type: String
  var content: Content

  static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(status: status, type: "text/plain; charset=utf-8", content: .data(Data(text.utf8)))
  }

  static func json(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
    guard let data = try? JSONEncoder().encode(value) else {
      return .text(500, "the answer has a number that JSON has no name for\n")
    }
    return HTTPResponse(status: status, type: "application/json", content: .data(data))
  }

  static func events(
    _ body: @escaping @Sendable (_ send: (Data) -> Bool) -> Void
  ) -> HTTPResponse {
    HTTPResponse(status: 200, type: "text/event-stream", content: .events(body))
  }

  /// What only the page of this address may do with an answer: nothing from elsewhere is loaded,
  /// nobody may frame it, and its address with the token is told to no one. `Cross-Origin-Opener-Policy`
  /// is not among them: who opens this page knows the token, and the rule makes a browser start another
  /// process for each visit, which takes longer than all else together.
  private static let rules = [
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
  ]

  /// The status line and the headers.
  func head(keepsAlive: Bool) -> Data {
    var lines = ["HTTP/1.1 \(status) \(Self.reason(status))", "Content-Type: \(type)"]
    switch content {
    case .data(let data):
      lines.append("Content-Length: \(data.count)")
      lines.append("Connection: \(keepsAlive ? "keep-alive" : "close")")
    case .events: lines.append("Connection: close")
    }
    lines += Self.rules.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 422: "Unprocessable Content"
    case 503: "Service Unavailable"
    default: "Internal Server Error"
    }
  }
}
