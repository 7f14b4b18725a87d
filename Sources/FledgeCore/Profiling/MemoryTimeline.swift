import Synchronization

/// The memory of tensors over time, by memory tag, during a piece of work; made by
/// ``withMemoryTimeline(_:)``.
public struct MemoryTimeline: Sendable {
  /// Which part of a training step a moment belongs to.
  public enum Phase: Sendable, Hashable {
    /// Operations outside of backward passes.
    case forward
    /// Operations of a backward pass.
    case backward
    /// Work that does not pass the door as an operation, such as an optimizer's step.
    case span
  }

  /// The memory right after an operation.
  public struct Moment: Sendable {
    /// The operation's name; "start" before the first.
    public let name: String
    /// The part of the step that the operation belongs to.
    public let phase: Phase
    /// The name of the span around it, such as "Adam.step"; nil outside of spans.
    public let span: String?
    /// Bytes in the buffers of all tensors alive.
    public let liveBytes: Int
    /// The live bytes by tag.
    public let liveBytesByTag: [MemoryTag: Int]
  }

  /// In the order in which the operations ended.
  public let moments: [Moment]

  /// The moment at which most bytes were alive.
  public var peak: Moment { moments.max { $0.liveBytes < $1.liveBytes }! }
}

/// Runs `body` and notes after every operation in it how many bytes of tensors are alive:
///
///     let (_, timeline) = withMemoryTimeline {
///       let loss = withMemoryTag(.activation) { crossEntropy(model(x), y) }
///       loss.backward()
///       optimizer.step()
///     }
///     print(timeline.peak)
///
/// The count is that of the ``Ledger`` in force, or of the process outside every ledger's scope.
public func withMemoryTimeline<R, E: Error>(
  _ body: () throws(E) -> R
) throws(E) -> (result: R, timeline: MemoryTimeline) {
  let recorder = MemoryRecorder()
  let result = try withTransformation(recorder) { () throws(E) -> R in try body() }
  return (result, recorder.timeline())
}

/// The transformation of the door that looks at the counters.
private final class MemoryRecorder: Transformation {
  private struct State {
    var moments: [MemoryTimeline.Moment] = []
    /// The names of the spans that are open.
    var spans: [String] = []
  }

  private let state = Mutex(State())

  init() { note("start") }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    note(type(of: primitive).name)
    return outputs
  }

  func span(_ name: String, _ body: () -> Void) {
    state.withLock { $0.spans.append(name) }
    body()
    note(name)
    state.withLock { _ = $0.spans.popLast() }
  }

  private func note(_ name: String) {
    let statistics = Ledger.current.statistics
    let isBackward = ExecutionContext.current.isBackward
    state.withLock {
      $0.moments.append(
        MemoryTimeline.Moment(
          name: name, phase: !$0.spans.isEmpty ? .span : isBackward ? .backward : .forward,
          span: $0.spans.first,
          liveBytes: statistics.liveBytes, liveBytesByTag: statistics.liveBytesByTag))
    }
  }

  func timeline() -> MemoryTimeline { MemoryTimeline(moments: state.withLock { $0.moments }) }
}
