import FledgeStudio
import Foundation
import Testing

@testable import StudioServer

@Suite struct RunHubTests {
  private func line(_ message: some Encodable) throws -> Data { try JSONEncoder().encode(message) }

  private func curves(_ steps: ClosedRange<Int>) throws -> Data {
    var curve = Curve()
    for step in steps { curve.append(Double(step), 1 / Double(step)) }
    return try line(RunCurves(series: ["loss": curve]))
  }

  private func news(_ hub: RunHub, since version: Int) throws -> [[String: Any]] {
    guard let news = hub.news(since: version, atMost: 0) else { return [] }
    let parts = try JSONSerialization.jsonObject(with: news.message) as? [[String: Any]]
    return try #require(parts).compactMap { $0["line"] as? [String: Any] }
  }

  private func points(_ line: [String: Any]) -> [Double]? {
    let series = line["series"] as? [String: [String: [Double]]]
    return series?["loss"]?["x"]
  }

  @Test func `A page that opens late gets the whole history`() throws {
    let hub = RunHub()
    let id = hub.add(socket: nil)
    hub.receive(try line(RunDescription(name: "a")), of: id)
    for i in 0..<50 { hub.receive(try curves(i * 10 + 1...i * 10 + 10), of: id) }
    let lines = try news(hub, since: -1)
    #expect(lines.map { $0["event"] as? String } == ["begin", "curves"])
    #expect(lines[1]["replaces"] as? Bool == true)
    #expect(points(lines[1]) == (1...500).map(Double.init))
  }

  @Test func `A page that keeps up gets what is new, and nothing twice`() throws {
    let hub = RunHub()
    let id = hub.add(socket: nil)
    hub.receive(try curves(1...5), of: id)
    let version = try #require(hub.news(since: -1, atMost: 0)).version
    #expect(hub.news(since: version, atMost: 0) == nil)
    hub.receive(try curves(6...7), of: id)
    let lines = try news(hub, since: version)
    #expect(lines.count == 1 && lines[0]["replaces"] == nil)
    #expect(points(lines[0]) == [6, 7])
  }

  @Test func `A page that fell far behind takes all curves anew, and the newest picture alone`()
    throws
  {
    struct Picture: Encodable {
      let event = "picture"
      let name: String
      let step: Int
    }
    let hub = RunHub()
    let id = hub.add(socket: nil)
    hub.receive(try curves(1...1), of: id)
    let version = try #require(hub.news(since: -1, atMost: 0)).version
    for step in 2...1000 {
      hub.receive(try curves(step...step), of: id)
      hub.receive(try line(Picture(name: "sample", step: step)), of: id)
    }
    let lines = try news(hub, since: version)
    #expect(lines.count == 2)
    #expect(lines[0]["replaces"] as? Bool == true && points(lines[0])?.count == 1000)
    #expect(lines[1]["step"] as? Int == 1000)
  }

  @Test func `Long curves are thinned, and keep their ends`() throws {
    let hub = RunHub()
    let id = hub.add(socket: nil)
    for i in 0..<100 { hub.receive(try curves(i * 100 + 1...i * 100 + 100), of: id) }
    let kept = try #require(points(try news(hub, since: -1)[0]))
    #expect(kept.count <= RunHub.pointsKept && kept.count > RunHub.pointsKept / 4)
    #expect(kept.last == 10_000)
    #expect(kept == kept.sorted())
  }

  @Test func `A run whose program has gone is lost, unless it had ended`() throws {
    let hub = RunHub()
    let (lost, ended) = (hub.add(socket: nil), hub.add(socket: nil))
    var status = RunStatus()
    status.step = 7
    hub.receive(try line(status), of: lost)
    status.state = .finished
    hub.receive(try line(status), of: ended)
    hub.end(lost)
    hub.end(ended)
    let states = try news(hub, since: -1).map { ($0["state"] as? String, $0["step"] as? Int) }
    #expect(states.map(\.0) == ["lost", "finished"])
    #expect(states.map(\.1) == [7, 7])
  }

  @Test func `Lines that are no messages are ignored`() throws {
    let hub = RunHub()
    let id = hub.add(socket: nil)
    for text in ["", "x", "{}", "[1]", #"{"event":"other"}"#, #"{"event":"curves","series":1}"#] {
      hub.receive(Data(text.utf8), of: id)
    }
    #expect(try news(hub, since: -1).isEmpty)
  }

  @Test func `Runs that have ended make room`() throws {
    let hub = RunHub()
    for _ in 0..<RunHub.runsKept + 10 { _ = hub.add(socket: nil) }
    #expect(hub.runCount == RunHub.runsKept)
  }
}
