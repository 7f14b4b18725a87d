import FledgeStudio
import Foundation
import Testing

@testable import StudioServer

@Suite struct FinishedRunsTests {
  private func folder(_ files: [String: String]) throws -> String {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(
      "runs-\(UUID().uuidString)")
    for (name, text) in files {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return root.path
  }

  private func curves(_ text: String) throws -> [String: Curve] {
    let root = try folder(["metrics.jsonl": text])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let messages = try FinishedRuns.messages(name: "a", file: root + "/metrics.jsonl")
    return try #require(messages[1] as? RunCurves).series
  }

  @Test func `Every number of every event is a point`() throws {
    let found = try curves(
      """
      {"event":"step","step":1,"loss":2.5}
      {"event":"step","step":2,"loss":null}
      {"event":"validation","step":2,"val_loss":1.5}
      {"event":"epoch","epoch":1,"step":2,"loss":2.0,"test_accuracy":0.5}
      {"event":"final","test_accuracy":0.5,"seconds":3}

      """)
    #expect(found["loss"]?.x == [1, 2] && found["loss"]?.y == [2.5, nil])
    #expect(found["val_loss"]?.x == [2])
    #expect(found["epoch_loss"]?.y == [2])
    #expect(found["test_accuracy"]?.x == [2])
    #expect(found.count == 4)
  }

  @Test func `Models and phases of one file make curves of their own`() throws {
    let found = try curves(
      """
      {"event":"step","model":"rnn","step":1,"loss":2}
      {"event":"step","model":"mlp","step":1,"loss":3}

      """)
    #expect(found.keys.sorted() == ["mlp/loss", "rnn/loss"])
  }

  @Test func `Runs are found in folders, in folders of folders, and by themselves`() throws {
    let root = try folder([
      "a/metrics.jsonl": "", "b/c/metrics.jsonl": "", "b/other.txt": "", ".d/metrics.jsonl": "",
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(FinishedRuns.find(in: [root]).map(\.name) == ["a", "b/c"])
    #expect(FinishedRuns.find(in: [root + "/a/"]).map(\.name) == ["a"])
    #expect(FinishedRuns.find(in: [root + "/b/c/metrics.jsonl"]).map(\.name) == ["c"])
    #expect(FinishedRuns.find(in: [root + "/nowhere"]).isEmpty)
  }

  @Test func `A damaged file is named, and the others are shown`() throws {
    let root = try folder([
      "bad/metrics.jsonl": "no json\n",
      "good/metrics.jsonl": "{\"event\":\"step\",\"step\":1,\"loss\":1}\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let hub = RunHub()
    let runs = FinishedRuns([root])
    let faults = runs.load(into: hub)
    #expect(faults.count == 1 && faults[0].contains("bad/metrics.jsonl"))
    #expect(hub.runCount == 1)
    // Unchanged files are not read again.
    #expect(runs.load(into: hub).isEmpty && hub.runCount == 1)
  }
}
