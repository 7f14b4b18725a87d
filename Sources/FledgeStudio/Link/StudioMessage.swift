import Foundation

// What a training and the studio say to each other over the user's socket: one JSON object a line.
// The studio passes the lines of a training on to pages as they are.

/// The first line of the studio.
package struct StudioGreeting: Codable, Sendable {
  /// The address of the page, with its token.
  package var address: String
  /// The name of the run in the page.
  package var run: String

  package init(address: String, run: String) {
    self.address = address
    self.run = run
  }
}

/// The first line of a training.
package struct RunDescription: Codable, Sendable, Equatable {
  package var event = "begin"
  /// What the page calls the run.
  package var name: String
  /// The number of the last step, where it is known.
  package var total: Int?
  /// What ``RunStatus/processed`` counts.
  package var unit: String
  /// The number of parameters.
  package var parameters: Int?
  /// The loss that no model can beat, where it is known.
  package var floor: Double?
  /// Seconds since 1970.
  package var started = Date().timeIntervalSince1970
  /// Whether the page can pause and stop it.
  package var isControlled = true
  /// Whose code trains, where it is the course's: exercises by their authors.
  package var code: [String: [String]]?

  package init(
    name: String, total: Int? = nil, unit: String = "steps", parameters: Int? = nil,
    floor: Double? = nil
  ) {
    self.name = name
    self.total = total
    self.unit = unit
    self.parameters = parameters
    self.floor = floor
  }
}

/// Where a run stands; a new one replaces the last.
package struct RunStatus: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable {
    case running, paused, finished, stopped
    /// The program has ended without saying why.
    case lost
  }

  package var event = "status"
  package var state = State.running
  package var step = 0
  /// The epoch that the step belongs to, counted from 1.
  package var epoch: Int?
  /// Samples or tokens since the run began.
  package var processed = 0
  /// Seconds of training, pauses left out.
  package var seconds = 0.0
  /// Pictures that a newer one replaced before they were sent, and points of curves thinned out.
  package var dropped = 0
  /// The part of the time that pictures took.
  package var overhead = 0.0
  /// The factor on the schedule's learning rate that is in force; nil for the schedule's own.
  package var rateFactor: Double?

  package init() {}
}

/// New points of curves, by their names.
package struct RunCurves: Codable, Sendable, Equatable {
  package var event = "curves"
  package var series: [String: Curve]

  package init(series: [String: Curve]) { self.series = series }
}

/// Points of a curve; what JSON cannot say, such as NaN, is null.
package struct Curve: Codable, Sendable, Equatable {
  package var x: [Double] = []
  package var y: [Double?] = []

  package init() {}

  package mutating func append(_ x: Double, _ y: Double) {
    self.x.append(x)
    self.y.append(y.isFinite ? y : nil)
  }

  package mutating func append(_ other: Curve) {
    x += other.x
    y += other.y
  }

  /// If there are more points than `limit`, joins those in the same 2/limit of the whole to their mean.
  /// So a curve that goes on and on keeps its beginning as fine as its end: joining neighbours whenever
  /// there are too many would join the oldest again and again.
  ///
  /// - Returns: how many points went
  package mutating func thin(to limit: Int) -> Int {
    let before = x.count
    guard before > limit, let first = x.first, let last = x.last else { return 0 }
    if last > first {
      // A power of two, so that it stays the same while the curve grows to its double length.
      let width = exp2(log2((last - first) / Double(max(limit / 2, 1))).rounded(.up))
      self = joined { (x[$0] / width).rounded(.down) == (x[$1] / width).rounded(.down) }
    }
    // Where x does not grow.
    while x.count > limit { self = joined { first, next in next < first + 2 } }
    return before - x.count
  }

  /// Points that take those after them as long as `belongs` says so: the mean of those that are numbers,
  /// at the last one's x.
  private func joined(_ belongs: (_ first: Int, _ next: Int) -> Bool) -> Curve {
    var joined = Curve()
    var (first, next) = (0, 0)
    while first < x.count {
      next = first + 1
      while next < x.count && belongs(first, next) { next += 1 }
      joined.x.append(x[next - 1])
      let values = y[first..<next].compactMap { $0 }
      joined.y.append(values.isEmpty ? nil : values.reduce(0, +) / Double(values.count))
      first = next
    }
    return joined
  }
}

/// What the page asks of a training.
package enum RunCommand: Codable, Sendable, Equatable {
  case pause
  case resume
  /// One step, then pause.
  case step
  /// Ends the run as if it were complete: saved and reported.
  case stop
  /// The learning rate from now on: a factor on the schedule.
  case rateFactor(Double)
  /// How many pages look at the run. Pictures are made for them alone.
  case pages(Int)
}
