import FledgeIO

/// A value in a metrics file.
public enum MetricValue: Sendable, Equatable {
  /// Counts.
  case integer(Int)
  /// NaN and the infinities are written as `null`, for JSON has no name for them.
  case number(Double)
  /// Names and notes.
  case text(String)
  /// `true` or `false`.
  case flag(Bool)
  /// No value.
  case null
}

/// What ``MetricsLog/write(_:_:)-(_,KeyValuePairs<String,MetricConvertible>)`` takes as a value: the numbers, texts and flags of Swift.
public protocol MetricConvertible {
  /// The value as it is written.
  var metricValue: MetricValue { get }
}

extension MetricValue: MetricConvertible {
  public var metricValue: MetricValue { self }
}

extension Int: MetricConvertible {
  public var metricValue: MetricValue { .integer(self) }
}

extension Double: MetricConvertible {
  public var metricValue: MetricValue { .number(self) }
}

extension Float: MetricConvertible {
  /// The shortest decimal that reads back as this `Float`: 0.1 rather than 0.10000000149011612.
  public var metricValue: MetricValue {
    isFinite ? .number(Double(description)!) : .number(Double(self))
  }
}

extension String: MetricConvertible {
  public var metricValue: MetricValue { .text(self) }
}

extension Bool: MetricConvertible {
  public var metricValue: MetricValue { .flag(self) }
}

extension Duration: MetricConvertible {
  /// In seconds, to the microsecond.
  public var metricValue: MetricValue { .number((seconds * 1e6).rounded() / 1e6) }
}

extension Optional: MetricConvertible where Wrapped: MetricConvertible {
  public var metricValue: MetricValue { self?.metricValue ?? .null }
}

extension MetricValue {
  /// As JSON; numbers are the shortest that read back as the same `Double`.
  var json: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? value.description : "null"
    case .text(let value): value.jsonQuoted
    case .flag(let value): value ? "true" : "false"
    case .null: "null"
    }
  }
}

extension MetricValue: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }
}
