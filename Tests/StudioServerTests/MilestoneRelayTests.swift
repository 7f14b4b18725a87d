import FledgeCourse
import FledgeLearn
import FledgeStudio
import FledgeTestSupport
import Foundation
import Testing

@testable import StudioServer

/// What `learn milestone --live` writes becomes runs of the page.
@Suite struct MilestoneRelayTests {
  private let start =
    #"{"run":{"title":"milestone 5: yours","goal":"accuracy at least 0.9","#
    + #""authorship":[{"exercise":"5.1","author":"learner","hasChanged":false},"#
    + #"{"exercise":"5.2","author":"reference","hasChanged":false}]}}"#

  @Test func `Each run of a milestone is one of the page's, with whose code moves it`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "r\(UInt32.random(in: 0...(.max)))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let socket = folder.appending(path: "socket").path
    let studio = try Studio(port: 0, socket: socket)
    studio.start()
    defer { studio.stop() }
    var relay = MilestoneRelay { description throws(StudioError) in
      guard let end = StudioSocket.connect(to: socket) else { throw .noAnswer }
      return LiveRun(description, over: try StudioLink(end))
    }
    for line in [
      "no JSON", start,
      #"{"event":{"kind":"point","what":"loss","value":2.5,"step":1,"steps":8}}"#,
      #"{"event":{"kind":"progress","what":"epoch 1"}}"#,
      #"{"event":{"kind":"sketch","what":"filters","detail":"<svg/>"}}"#,
      #"{"event":{"kind":"point","what":"loss","value":"nan","step":2,"steps":8}}"#,
      #"{"event":{"kind":"metric","what":"accuracy","value":0.95}}"#,
      #"{"outcome":"reached the goal in 2 s"}"#,
      start.replacing("yours", with: "the reference"), #"{"outcome":"missed the goal in 1 s"}"#,
    ] { try relay.take(Data(line.utf8)) }
    #expect(relay.address?.hasPrefix(studio.address) == true)

    var text = ""
    let isFinished = eventually {
      text =
        studio.hub.news(since: -1, atMost: 0).map { String(decoding: $0.message, as: UTF8.self) }
        ?? ""
      return text.components(separatedBy: #""state":"finished""#).count == 3
    }
    #expect(isFinished)
    let parts = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    let lines = parts.filter { $0["run"] as? String == "run1" }
      .compactMap { $0["line"] as? [String: Any] }
    let begin = try #require(lines.first { $0["event"] as? String == "begin" })
    #expect(begin["name"] as? String == "milestone 5: yours" && begin["total"] as? Int == 8)
    #expect(begin["isControlled"] as? Bool == false)
    #expect(begin["code"] as? [String: [String]] == ["learner": ["5.1"], "reference": ["5.2"]])
    let status = try #require(lines.last { $0["event"] as? String == "status" })
    #expect(status["step"] as? Int == 2 && status["state"] as? String == "finished")
    let curves = try #require(lines.first { $0["event"] as? String == "curves" })
    let loss = try #require((curves["series"] as? [String: [String: [Any]]])?["loss"])
    #expect(loss["y"]?.first as? Double == 2.5 && loss["y"]?.last is NSNull)
    let pictures = lines.filter { $0["event"] as? String == "picture" }.map { "\($0)" }.joined()
    for words in [
      "<svg/>", "goal: accuracy at least 0.9", "reached the goal in 2 s", "accuracy: 0.95",
    ] {
      #expect(pictures.contains(words), "\(words)")
    }
    #expect(text.contains("milestone 5: the reference") && text.contains("missed the goal in 1 s"))
  }
}
