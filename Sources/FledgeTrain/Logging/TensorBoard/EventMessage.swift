import FledgeIO

/// Writes protocol-buffer messages (the wire format of protobuf.dev/programming-guides/encoding):
/// only what the few messages below need.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case variable = 0
    case fixed64 = 1
    case length = 2
    case fixed32 = 5
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    variable(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that another byte follows.
  private mutating func variable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A field of value 0 is left out, as proto3 does.
  mutating func integer(_ field: Int, _ value: Int) {
    if value == 0 { return }
    key(field, .variable)
    variable(UInt64(bitPattern: Int64(value)))
  }

  /// A field of a `oneof`, which is written even if it is 0.
  mutating func float(_ field: Int, _ value: Float) {
    key(field, .fixed32)
    bytes += littleEndian(value.bitPattern)
  }

  /// A field of value 0 is left out, as proto3 does.
  mutating func double(_ field: Int, _ value: Double) {
    if value == 0 { return }
    key(field, .fixed64)
    bytes += littleEndian(value.bitPattern)
  }

  /// Many doubles in one field.
  mutating func doubles(_ field: Int, _ values: [Double]) {
    data(field, values.flatMap { littleEndian($0.bitPattern) })
  }

  mutating func text(_ field: Int, _ text: String) { data(field, Array(text.utf8)) }

  mutating func data(_ field: Int, _ data: [UInt8]) {
    key(field, .length)
    variable(UInt64(data.count))
    bytes += data
  }

  mutating func message(_ field: Int, _ write: (inout MessageWriter) -> Void) {
    var inner = MessageWriter()
    write(&inner)
    data(field, inner.bytes)
  }
}

/// The content of one record of an event file: `tensorflow.Event` of event.proto, with the part of
/// `Summary` in summary.proto that scalars, histograms and images need.
enum EventMessage {
  /// The first record of each file.
  static func fileVersion(time: Double) -> [UInt8] {
    var event = MessageWriter()
    event.double(1, time)
    event.text(3, "brain.Event:2")
    return event.bytes
  }

  /// A session starts at `step`: what the directory holds of later steps does not count any more.
  static func sessionStart(step: Int, time: Double) -> [UInt8] {
    var event = MessageWriter()
    event.double(1, time)
    event.integer(2, step)
    event.message(7) { $0.integer(1, 1) }
    return event.bytes
  }

  static func scalar(_ tag: String, _ value: Double, step: Int, time: Double) -> [UInt8] {
    summary(tag, step: step, time: time) { $0.float(2, Float(value)) }
  }

  static func histogram(_ tag: String, _ histogram: Histogram, step: Int, time: Double) -> [UInt8] {
    summary(tag, step: step, time: time) {
      $0.message(5) {
        $0.double(1, histogram.minimum)
        $0.double(2, histogram.maximum)
        $0.double(3, Double(histogram.count))
        $0.double(4, histogram.sum)
        $0.double(5, histogram.sumOfSquares)
        $0.doubles(6, histogram.upperLimits)
        $0.doubles(7, histogram.counts.map(Double.init))
      }
    }
  }

  static func image(
    _ tag: String, png: [UInt8], width: Int, height: Int, step: Int, time: Double
  ) -> [UInt8] {
    summary(tag, step: step, time: time) {
      $0.message(4) {
        $0.integer(1, height)
        $0.integer(2, width)
        // 3: RGB.
        $0.integer(3, 3)
        $0.data(4, png)
      }
    }
  }

  private static func summary(
    _ tag: String, step: Int, time: Double, _ value: (inout MessageWriter) -> Void
  ) -> [UInt8] {
    var event = MessageWriter()
    event.double(1, time)
    event.integer(2, step)
    event.message(5) {
      $0.message(1) {
        $0.text(1, tag)
        value(&$0)
      }
    }
    return event.bytes
  }
}

/// The distribution of values over intervals of equal width.
struct Histogram: Equatable {
  let minimum: Double
  let maximum: Double
  let count: Int
  let sum: Double
  let sumOfSquares: Double
  /// The upper ends of the intervals, ascending; the first begins at the minimum.
  let upperLimits: [Double]
  let counts: [Int]

  /// The finite ones of `values`; nil where there are none.
  init?(_ values: [Float], intervals: Int = 30) {
    let values = values.lazy.map(Double.init).filter(\.isFinite)
    guard let minimum = values.min(), let maximum = values.max() else { return nil }
    let width = (maximum - minimum) / Double(intervals)
    var counts = Array(repeating: 0, count: width > 0 ? intervals : 1)
    var (count, sum, sumOfSquares) = (0, 0.0, 0.0)
    for value in values {
      let interval = width > 0 ? Int((value - minimum) / width) : 0
      counts[min(interval, counts.count - 1)] += 1
      count += 1
      sum += value
      sumOfSquares += value * value
    }
    (self.minimum, self.maximum, self.count, self.sum) = (minimum, maximum, count, sum)
    self.sumOfSquares = sumOfSquares
    self.counts = counts
    upperLimits = counts.indices.map {
      $0 == counts.count - 1 ? maximum : minimum + Double($0 + 1) * width
    }
  }
}
