import Foundation

/// The measurements of ``withProfiler(_:)``.
public struct Profile: Sendable, CustomStringConvertible {
  /// One call of an operation.
  public struct Event: Sendable {
    /// The operation's name.
    public let name: String
    /// Whether a backward pass ran it.
    public let isBackward: Bool
    /// Since the profile began.
    public let start: Duration
    /// The time it took, including nested operations.
    public let duration: Duration
    /// The shapes of the inputs.
    public internal(set) var shapes: [Shape] = []
    /// Floating-point operations; see ``Primitive/operationCount(_:_:)``.
    public internal(set) var operations = 0
    /// The bytes of the inputs; 0 for views.
    public internal(set) var bytesRead = 0
    /// The bytes of the outputs; 0 for views.
    public internal(set) var bytesWritten = 0
  }

  /// All calls of one operation, forward and backward apart.
  public struct Row: Sendable {
    /// The operation's name.
    public let name: String
    /// Whether backward passes ran these calls.
    public let isBackward: Bool
    /// The number of calls.
    public internal(set) var calls = 0
    /// The total time of all calls.
    public internal(set) var duration = Duration.zero
    /// Floating-point operations of all calls together.
    public internal(set) var operations = 0
    /// Read and written.
    public internal(set) var bytes = 0
  }

  /// In the order in which they ended.
  public let events: [Event]
  /// The time of the measured closure.
  public let duration: Duration

  /// The time between operations: making the graph, walking it, the caller's own code.
  public var overhead: Duration { duration - events.reduce(.zero) { $0 + $1.duration } }

  /// One row for each operation, the most expensive first.
  public var rows: [Row] {
    struct Key: Hashable {
      let name: String
      let isBackward: Bool
    }
    var rows: [Key: Row] = [:]
    for event in events {
      let key = Key(name: event.name, isBackward: event.isBackward)
      var row = rows[key] ?? Row(name: event.name, isBackward: event.isBackward)
      row.calls += 1
      row.duration += event.duration
      row.operations += event.operations
      row.bytes += event.bytesRead + event.bytesWritten
      rows[key] = row
    }
    return rows.values.sorted { ($0.duration, $1.name) > ($1.duration, $0.name) }
  }

  /// A table: calls, milliseconds, share of the whole, GFLOP/s and GB/s.
  public var description: String {
    let width = Swift.max(24, (events.map(\.name.count).max() ?? 0) + 11)
    var lines = [
      "operation".padding(toLength: width, withPad: " ", startingAt: 0)
        + "   calls         ms   share   GFLOP/s      GB/s"
    ]
    let total = duration / .seconds(1)
    func line(_ name: String, _ calls: String, _ time: Duration, _ rates: String) -> String {
      let seconds = time / .seconds(1)
      let share = total > 0 ? 100 * seconds / total : 0
      return name.padding(toLength: width, withPad: " ", startingAt: 0)
        + String(repeating: " ", count: Swift.max(0, 8 - calls.count)) + calls
        + String(format: "%11.3f%7.1f%%", seconds * 1e3, share) + rates
    }
    for row in rows {
      let seconds = row.duration / .seconds(1)
      func rate(_ count: Int) -> String {
        seconds > 0 && count > 0 ? String(format: "%10.1f", Double(count) / seconds / 1e9) : ""
      }
      let rates =
        rate(row.operations).isEmpty
        ? "" : rate(row.operations) + rate(row.bytes)
      lines.append(
        line(row.name + (row.isBackward ? " (backward)" : ""), "\(row.calls)", row.duration, rates))
    }
    lines.append(line("between operations", "", overhead, ""))
    lines.append(line("all", "\(events.count)", duration, ""))
    return lines.joined(separator: "\n")
  }
}
