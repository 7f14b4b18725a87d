import Foundation

extension Profile {
  /// The events in Chrome's trace event format (JSON, "X" events in microseconds), which Perfetto
  /// (https://ui.perfetto.dev) and chrome://tracing open. Forward and backward are two tracks.
  public func chromeTrace() -> String {
    var trace = Trace(traceEvents: [])
    for (track, name) in [(1, "forward"), (2, "backward")] {
      trace.traceEvents.append(
        .init(name: "thread_name", ph: "M", pid: 1, tid: track, args: ["name": .text(name)]))
    }
    for event in events {
      trace.traceEvents.append(
        .init(
          name: event.name, ph: "X", pid: 1, tid: event.isBackward ? 2 : 1,
          ts: event.start / .microseconds(1), dur: event.duration / .microseconds(1),
          args: [
            "shapes": .text(event.shapes.map(\.description).joined(separator: " ")),
            "operations": .number(event.operations),
            "bytes": .number(event.bytesRead + event.bytesWritten),
          ]))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(trace) else {
      fledgeTrap("chromeTrace", "the events do not encode as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// The file's names, as the format gives them.
private struct Trace: Encodable {
  struct Event: Encodable {
    let name: String
    let ph: String
    let pid: Int
    let tid: Int
    var ts: Double?
    var dur: Double?
    let args: [String: Argument]
  }

  enum Argument: Encodable {
    case text(String)
    case number(Int)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }

  var traceEvents: [Event]
  var displayTimeUnit = "ms"
}
