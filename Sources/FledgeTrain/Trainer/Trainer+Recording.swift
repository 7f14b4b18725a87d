import FledgeCore

/// Which events of a run a ``MetricsRecorder`` gets from a ``Trainer``.
public struct RecordedEvents: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// `step` with `step`, `loss`, after each step.
  public static let steps = RecordedEvents(rawValue: 1)
  /// `validation` with `step` and the metrics, after each validation.
  public static let validations = RecordedEvents(rawValue: 2)
  /// `epoch` with `epoch`, `step`, the mean `loss` and the metrics of a validation after its last step.
  public static let epochs = RecordedEvents(rawValue: 4)
}

extension Trainer {
  /// Writes the chosen events to `recorder`: a ``MetricsLog``, ``CSVLog`` or ``TensorBoardLog``. Of
  /// several ranks, only rank 0 writes.
  public func record(
    to recorder: any MetricsRecorder, _ events: RecordedEvents = [.steps, .validations]
  ) {
    recorders.append((recorder, events))
  }

  func record(
    _ event: String, _ kind: RecordedEvents, _ values: [(String, MetricValue)]
  ) throws {
    let chosen = strategy.isWriter ? recorders.filter { $0.events.contains(kind) } : []
    if chosen.isEmpty { return }
    func write() throws {
      for (recorder, _) in chosen {
        try recorder.record(event, step: step, values.map { (name: $0.0, value: $0.1) })
      }
    }
    if let bar { try bar.withoutBar(write) } else { try write() }
  }
}
