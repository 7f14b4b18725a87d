import FledgeIO

/// The content of one record of an event file: `tensorflow.Event` of event.proto, with the part of
/// `Summary` in summary.proto that scalars, histograms and images need. They are proto3.
enum EventMessage {
  /// The first record of each file.
  static func fileVersion(time: Double) -> [UInt8] {
    var event = ProtobufWriter()
    event.double(1, time, omitsZero: true)
    event.string(3, "brain.Event:2")
    return event.bytes
  }

  /// A session starts at `step`: what the directory holds of later steps does not count any more.
  static func sessionStart(step: Int, time: Double) -> [UInt8] {
    var event = ProtobufWriter()
    event.double(1, time, omitsZero: true)
    event.integer(2, step, omitsZero: true)
    event.message(7) { $0.integer(1, 1) }
    return event.bytes
  }

  static func scalar(_ tag: String, _ value: Double, step: Int, time: Double) -> [UInt8] {
    // One of several kinds of values: also there where it is zero.
    summary(tag, step: step, time: time) { $0.float(2, Float(value)) }
  }

  static func histogram(_ tag: String, _ histogram: Histogram, step: Int, time: Double) -> [UInt8] {
    summary(tag, step: step, time: time) {
      $0.message(5) {
        $0.double(1, histogram.minimum, omitsZero: true)
        $0.double(2, histogram.maximum, omitsZero: true)
        $0.double(3, Double(histogram.count), omitsZero: true)
        $0.double(4, histogram.sum, omitsZero: true)
        $0.double(5, histogram.sumOfSquares, omitsZero: true)
        $0.packed(6, histogram.upperLimits)
        $0.packed(7, histogram.counts.map(Double.init))
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
    _ tag: String, step: Int, time: Double, _ value: (inout ProtobufWriter) -> Void
  ) -> [UInt8] {
    var event = ProtobufWriter()
    event.double(1, time, omitsZero: true)
    event.integer(2, step, omitsZero: true)
    event.message(5) {
      $0.message(1) {
        $0.string(1, tag)
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
