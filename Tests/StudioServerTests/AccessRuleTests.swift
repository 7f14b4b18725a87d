import Foundation
import Testing

@testable import StudioServer

@Suite struct AccessRuleTests {
  private let rule = AccessRule(port: 7323, token: "0123456789abcdef0123456789abcdef")

  private func request(
    _ path: String, _ headers: [String: String] = [:]
  ) throws -> HTTPRequest {
    var request = try HTTPRequest(head: Data("GET \(path) HTTP/1.1".utf8))
    request.headers = ["host": "127.0.0.1:7323"].merging(headers) { $1 }
    return request
  }

  private func refusal(
    _ path: String, _ headers: [String: String] = [:]
  ) throws -> AccessRule.Refusal? {
    if case .failure(let refusal) = rule.path(of: try request(path, headers)) {
      return refusal
    }
    return nil
  }

  @Test func `The page's own requests pass, with the path below the token`() throws {
    let path = "/\(rule.token)/api/runs"
    #expect(try rule.path(of: request(path)) == .success("api/runs"))
    #expect(try refusal(path, ["host": "localhost:7323"]) == nil)
    #expect(try refusal(path, ["origin": "http://127.0.0.1:7323"]) == nil)
    #expect(try refusal(path, ["sec-fetch-site": "same-origin"]) == nil)
    // Typed into the address bar.
    #expect(try refusal(path, ["sec-fetch-site": "none"]) == nil)
    #expect(try rule.path(of: request("/\(rule.token)/")) == .success(""))
  }

  @Test(arguments: [
    "evil.example", "evil.example:7323", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:7323",
    "",
  ])
  func `A name that was bound to this machine is refused`(host: String) throws {
    #expect(try refusal("/\(rule.token)/", ["host": host]) == .host)
  }

  @Test func `A request without a host is refused`() throws {
    var request = try request("/\(rule.token)/")
    request.headers["host"] = nil
    #expect(rule.path(of: request) == .failure(.host))
  }

  @Test(arguments: [
    "http://evil.example", "null", "http://127.0.0.1:8080", "https://127.0.0.1:7323",
    "http://localhost:7323",
  ])
  func `A page of another origin is refused`(origin: String) throws {
    #expect(try refusal("/\(rule.token)/", ["origin": origin]) == .origin)
  }

  @Test(arguments: ["cross-site", "same-site"])
  func `A request across sites is refused`(site: String) throws {
    #expect(try refusal("/\(rule.token)/", ["sec-fetch-site": site]) == .origin)
  }

  @Test(arguments: [
    "/", "/index.html", "/0123456789abcdef0123456789abcdee/", "/0123456789abcdef/",
    "/0123456789ABCDEF0123456789ABCDEF/", "//0123456789abcdef0123456789abcdef/",
    "/0123456789abcdef0123456789abcdef",
  ])
  func `Without the token nothing is answered`(path: String) throws {
    #expect(try refusal(path) == .token)
  }

  @Test func `A token has 128 bits and is never the same`() {
    let tokens = (0..<100).map { _ in AccessRule.newToken() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
  }
}
