import Foundation

/// Who may use the studio: pages that came from its own address, which holds a secret.
///
/// The server listens on the loopback interface alone, but other users of the machine reach that, and
/// so do pages of other sites in the same browser. The first lack the token. Of the second, those
/// that send requests across sites give themselves away by `Origin` and `Sec-Fetch-Site`, and those
/// whose name was bound to 127.0.0.1 after they were loaded (DNS rebinding) by `Host`.
struct AccessRule: Sendable {
  let port: UInt16
  /// 128 random bits in hexadecimal.
  let token: String

  /// A new token, from the system's random numbers.
  static func newToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(UInt64.random(in: 0...(.max), using: &generator), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Where the page is.
  var address: String { "http://127.0.0.1:\(port)/\(token)/" }

  /// The path of the request below the token, without a leading slash; or why it is refused.
  func path(of request: HTTPRequest) -> Result<String, Refusal> {
    let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    guard let host = request.headers["host"]?.lowercased(), hosts.contains(host) else {
      return .failure(.host)
    }
    if let origin = request.headers["origin"], origin.lowercased() != "http://\(host)" {
      return .failure(.origin)
    }
    if let site = request.headers["sec-fetch-site"], site != "same-origin" && site != "none" {
      return .failure(.origin)
    }
    let parts = request.path.dropFirst().split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isEqual(String(parts[0]), token) else { return .failure(.token) }
    return .success(String(parts[1]))
  }

  enum Refusal: Error, Equatable {
    case host, origin, token

    var response: HTTPResponse {
      switch self {
      case .host, .origin: .text(403, "the studio answers only pages of its own address\n")
      case .token: .text(403, "use the whole address that the studio printed, with its token\n")
      }
    }
  }

  /// Looks at all bytes, whatever they are, so that the time does not tell how many are right.
  private static func isEqual(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
