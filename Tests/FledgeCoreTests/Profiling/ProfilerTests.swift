import FledgeCore
import Foundation
import Testing

@Suite struct ProfilerTests {
  private func profileOfAStep() -> Profile {
    let x = Tensor.ones([4, 3])
    let w = Tensor.ones([3, 2]).requiringGradients()
    return withProfiler { x.matmul(w).transposed().exp().sum().backward() }.profile
  }

  @Test("The rows count calls, operations and bytes, forward and backward apart")
  func rows() throws {
    let rows = profileOfAStep().rows
    let forward = try #require(rows.first { $0.name == "matmul" && !$0.isBackward })
    #expect(forward.calls == 1)
    #expect(forward.operations == 2 * 4 * 3 * 2)
    #expect(forward.bytes == 4 * (12 + 6 + 8))
    // Only w has a gradient: one product goes backward.
    let backward = try #require(rows.first { $0.name == "matmul" && $0.isBackward })
    #expect(backward.calls == 1)
    #expect(backward.operations == 2 * 3 * 4 * 2)
  }

  @Test("A view moves no bytes")
  func views() throws {
    let rows = profileOfAStep().rows
    let view = try #require(rows.first { $0.name == "permute" && !$0.isBackward })
    #expect(view.bytes == 0 && view.operations == 0)
  }

  @Test("Outside the closure nothing is measured, and the result is passed on")
  func scope() {
    let (value, profile) = withProfiler { (Tensor.ones([2]) + 1).sum().item() }
    _ = Tensor.ones([2]).exp()
    #expect(value == 4)
    #expect(profile.events.map(\.name) == ["fill", "fill", "add", "sum"])
    #expect(profile.events.allSatisfy { $0.start + $0.duration <= profile.duration })
  }

  @Test("The table names every operation and the time between them")
  func table() {
    let profile = profileOfAStep()
    let text = profile.description
    for row in profile.rows { #expect(text.contains(row.name)) }
    #expect(text.contains("matmul (backward)"))
    #expect(text.contains("between operations"))
  }

  @Test("The Chrome trace is JSON with one complete event for each operation")
  func chromeTrace() throws {
    struct Trace: Decodable {
      struct Event: Decodable {
        let name: String
        let ph: String
        let tid: Int
        let ts: Double?
        let dur: Double?
      }
      let traceEvents: [Event]
    }
    let profile = profileOfAStep()
    let trace = try JSONDecoder().decode(Trace.self, from: Data(profile.chromeTrace().utf8))
    let complete = trace.traceEvents.filter { $0.ph == "X" }
    #expect(complete.map(\.name) == profile.events.map(\.name))
    #expect(complete.map { $0.tid == 2 } == profile.events.map(\.isBackward))
    #expect(complete.allSatisfy { ($0.ts ?? -1) >= 0 && ($0.dur ?? -1) >= 0 })
  }
}
