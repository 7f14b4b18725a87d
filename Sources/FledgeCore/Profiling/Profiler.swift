import Synchronization

/// Runs `body` and measures every operation in it:
///
///     let (_, profile) = withProfiler { trainingStep() }
///     print(profile)                                   // a table, the most expensive first
///     try AtomicFile.write(profile.chromeTrace(), to: "trace.json")   // for ui.perfetto.dev
///
/// It costs about a microsecond per operation. Only this thread's scope is measured.
public func withProfiler<R, E: Error>(
  _ body: () throws(E) -> R
) throws(E) -> (result: R, profile: Profile) {
  let profiler = Profiler()
  let result = try withTransformation(profiler) { () throws(E) -> R in try body() }
  return (result, profiler.profile())
}

/// The transformation of the door that keeps the times.
private final class Profiler: Transformation {
  private let start = ContinuousClock.now
  private let events = Mutex<[Profile.Event]>([])

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let begin = ContinuousClock.now
    let outputs = next(primitive, inputs)
    let end = ContinuousClock.now
    var event = event(type(of: primitive).name, begin, end)
    event.shapes = inputs.map(\.shape)
    // A view moves nothing and computes nothing.
    if let first = outputs.first, !inputs.contains(where: { $0.storage === first.storage }) {
      event.operations = primitive.operationCount(inputs.types, outputs.types)
      event.bytesRead = inputs.reduce(0) { $0 + $1.byteCount }
      event.bytesWritten = outputs.reduce(0) { $0 + $1.byteCount }
    }
    events.withLock { $0.append(event) }
    return outputs
  }

  func span(_ name: String, _ body: () -> Void) {
    let begin = ContinuousClock.now
    body()
    let event = event(name, begin, ContinuousClock.now)
    events.withLock { $0.append(event) }
  }

  private func event(
    _ name: String, _ begin: ContinuousClock.Instant, _ end: ContinuousClock.Instant
  ) -> Profile.Event {
    Profile.Event(
      name: name, isBackward: ExecutionContext.current.isBackward, start: begin - start,
      duration: end - begin)
  }

  func profile() -> Profile {
    Profile(events: events.withLock { $0 }, duration: ContinuousClock.now - start)
  }
}

/// Runs `body` as one named piece of work in profiles, for work that does not pass the door, such
/// as an optimizer's step in place.
package func withSpan(_ name: String, _ body: () -> Void) {
  let transformations = ExecutionContext.current.transformations
  if transformations.isEmpty { return body() }
  func nested(_ depth: Int) {
    if depth == 0 { return body() }
    transformations[depth - 1].span(name) { nested(depth - 1) }
  }
  nested(transformations.count)
}
