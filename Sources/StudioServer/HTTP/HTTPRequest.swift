import Foundation

/// A request of HTTP/1.1 (RFC 9112), as far as a page of this studio sends them.
struct HTTPRequest: Sendable, Equatable {
  var method: String
  /// The path with its leading slash, not decoded: none of the studio's paths needs it.
  var path: String
  /// By names in lower case.
  var headers: [String: String]
  var body = Data()

  /// What a request may not exceed.
  enum Limit {
    /// Bytes of the request line and the headers together.
    static let head = 16 << 10
    /// Headers of a request.
    static let headers = 64
    /// Bytes of a body.
    static let body = 256 << 10
  }

  /// Whether the connection may be used again.
  var keepsAlive: Bool { headers["connection"]?.lowercased() != "close" }

  /// Reads the line and the headers of a request; `head` ends before the empty line.
  /// - Throws: ``HTTPFault``
  init(head: Data) throws(HTTPFault) {
    guard let text = String(data: head, encoding: .utf8) else { throw .malformed }
    let lines = text.components(separatedBy: "\r\n")
    let parts = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0",
      parts[1].hasPrefix("/"), !parts[0].isEmpty, parts[0].allSatisfy({ $0.isUppercase })
    else { throw .malformed }
    method = String(parts[0])
    path = String(parts[1].prefix { $0 != "?" })
    guard lines.count <= Limit.headers + 1 else { throw .tooLarge }
    headers = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { throw .malformed }
      let name = line[..<colon]
      // A space before the colon and folded lines have fooled servers before.
      guard name.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else { throw .malformed }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      guard headers.updateValue(value, forKey: name.lowercased()) == nil else { throw .malformed }
    }
    if parts[2] == "HTTP/1.0" { headers["connection"] = "close" }
  }

  /// The length that the headers announce.
  /// - Throws: ``HTTPFault`` where it is too large, or in a form that the studio does not read
  func bodyLength() throws(HTTPFault) -> Int {
    guard headers["transfer-encoding"] == nil else { throw .malformed }
    guard let text = headers["content-length"] else { return 0 }
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let length = Int(text) else {
      throw text.count > 18 ? .tooLarge : .malformed
    }
    guard length <= Limit.body else { throw .tooLarge }
    return length
  }
}

/// A request that is not answered but refused, with the connection closed.
enum HTTPFault: Error, Equatable {
  /// Not HTTP, or not the part of it that is read here.
  case malformed
  /// More than ``HTTPRequest/Limit`` allows.
  case tooLarge
  /// The other side has gone, or was silent for too long.
  case gone

  var response: HTTPResponse? {
    switch self {
    case .malformed: .text(400, "this request is not one of a browser\n")
    case .tooLarge: .text(413, "this request is too large\n")
    case .gone: nil
    }
  }
}
