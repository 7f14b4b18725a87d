import FledgeCore
import Testing

/// The counters belong to the whole process, so the test has one of its own.
@Suite struct MemoryTimelineTests {
  @Test func `Forward rises, backward falls, and gradients stay`() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.ones([64, 32])
      let weights = (0..<4).map { _ in Tensor.ones([32, 32]).requiringGradients() }
      let (_, timeline) = withMemoryTimeline {
        let y = withMemoryTag(.activation) {
          weights.reduce(x) { $0.matmul($1).tanh() }.sum()
        }
        y.backward()
      }
      let moments = timeline.moments
      #expect(moments.first?.name == "start")
      let forward = moments.filter { $0.phase == .forward }
      let backward = moments.filter { $0.phase == .backward }
      #expect(forward.count == 1 + 9 && !backward.isEmpty)
      func activations(_ moment: MemoryTimeline.Moment?) -> Int {
        moment?.liveBytesByTag[.activation] ?? -1
      }
      // What tanh puts out is kept for its gradient: 8 KiB for each layer.
      #expect(activations(forward.last) - activations(forward.first) >= 4 * 8192)
      #expect(activations(backward.last) < activations(forward.last) / 2)
      let gradients = moments.map { $0.liveBytesByTag[.gradient] ?? 0 }
      #expect(gradients.first == 0 && gradients.last! >= 4 * 4096)
      #expect(timeline.peak.liveBytes == moments.map(\.liveBytes).max())
    }
  }
}
