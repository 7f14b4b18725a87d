import ArgumentParser
import Fledge
import Foundation

struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Measure how costs grow with sizes.",
    discussion: """
      Each curve is the same work in growing sizes. Its exponent p, in time ~ sizeᵖ, is fitted by
      least squares of logarithms over the upper half of the sizes, where what every run costs
      whatever its size no longer counts.
      """)

  @OptionGroup var selection: Selection

  func validate() throws {
    if chosen.isEmpty {
      throw ValidationError("no curve is called '\(selection.filter)'; see --list.")
    }
  }

  private var chosen: [Curve] { Curve.all.filter { $0.name.fits(selection.filter) } }

  func run() throws {
    if let threads = selection.threads { ThreadPool.threadCount = threads }
    for curve in chosen {
      if selection.list {
        say(curve.name.padded(to: 20) + curve.about)
      } else {
        try measure(curve)
      }
    }
  }

  private func measure(_ curve: Curve) throws {
    if !selection.json {
      say("\(curve.name): \(curve.about)")
      say(
        curve.axis.padded(toLeft: 24) + "median ms".padded(toLeft: 14)
          + (curve.expectedMemory == nil ? "" : "peak MB".padded(toLeft: 12)))
    }
    let points = curve.sizes.map { size in
      let point = curve.measure(size, seconds: selection.seconds)
      if !selection.json { say(row(point, of: curve)) }
      return point
    }
    let time = PowerLaw(points.map { ($0.size, $0.time * 1e3) })
    let memory = curve.expectedMemory.map { _ in
      PowerLaw(points.map { ($0.size, Double($0.peakBytes)) })
    }
    if selection.json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = .sortedKeys
      let record = Record(curve, points, time: time, memory: memory)
      say(String(decoding: try encoder.encode(record), as: UTF8.self))
    } else {
      let exponents =
        String(format: "time ~ size^%.2f", time.exponent)
        + (memory.map { String(format: ", memory ~ size^%.2f", $0.exponent) } ?? "")
      say("  \(exponents) from \(time.lowest) on\n")
    }
  }

  private func row(_ point: Curve.Point, of curve: Curve) -> String {
    "\(point.size)".padded(toLeft: 24) + String(format: "%14.4f", point.time * 1e3)
      + (curve.expectedMemory == nil ? "" : String(format: "%12.3f", Double(point.peakBytes) / 1e6))
  }

  /// One curve as a line of JSON.
  private struct Record: Encodable {
    struct Point: Encodable {
      let size: Int
      let medianMs: Double
      let peakTensorBytes: Int?
    }

    /// cost = coefficient · sizeᵖ from size `from` on.
    struct Fit: Encodable {
      let exponent: Double
      let coefficient: Double
      let from: Int
      let expected: Double

      init(_ law: PowerLaw, expected: Double) {
        exponent = law.exponent
        coefficient = law.coefficient
        from = law.lowest
        self.expected = expected
      }
    }

    let curve: String
    let about: String
    let meaning: String
    let axis: String
    let threads: Int
    let points: [Point]
    /// In milliseconds.
    let time: Fit
    /// In bytes.
    let memory: Fit?

    init(_ curve: Curve, _ points: [Curve.Point], time: PowerLaw, memory: PowerLaw?) {
      self.curve = curve.name
      about = curve.about
      meaning = curve.meaning
      axis = curve.axis
      threads = ThreadPool.threadCount
      self.points = points.map {
        Point(
          size: $0.size, medianMs: $0.time * 1e3,
          peakTensorBytes: memory == nil ? nil : $0.peakBytes)
      }
      self.time = Fit(time, expected: curve.expected)
      if let memory, let expected = curve.expectedMemory {
        self.memory = Fit(memory, expected: expected)
      } else {
        self.memory = nil
      }
    }
  }
}
