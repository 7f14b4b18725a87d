import Foundation

/// One event of a run of checks: a line of JSON in the file that the runner names, or, without such
/// a file, words on standard output.
package struct CheckEvent: Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// Which checks will run.
    case plan
    case begin
    case failure
    /// A part of the exercise that is not written yet was called.
    case unwritten
    /// A check ran to its end.
    case end
    /// Something that `learn diff` compares.
    case observation
    /// A number of a milestone.
    case metric
    /// A line of progress of a milestone.
    case progress
    /// A point of a milestone's curve: its name in `what`.
    case point
    /// A picture of a milestone under way, in `what` and `detail`: for a page alone.
    case sketch
    /// A picture that a milestone drew: its name in `what`, the drawing in `detail`, its lines for a
    /// terminal in `picture`.
    case drawing
    /// All checks ran.
    case done
  }

  package var kind: Kind
  package var exercise: String?
  package var checks: [String]?
  package var check: String?
  package var what: String?
  package var context: String?
  package var expected: String?
  package var got: String?
  package var detail: String?
  package var picture: String?
  package var place: String?
  package var observation: Observation?
  package var passed: Bool?
  package var expectations: Int?
  package var value: Double?
  package var seconds: Double?
  /// Where a point lies, and how many steps there will be.
  package var step: Int?
  package var steps: Int?
  /// The peak memory of a milestone's process.
  package var bytes: Int?

  package init(_ kind: Kind) { self.kind = kind }
}

extension CheckEvent {
  // JSON has no NaN and no infinities, but a check may have to report them.
  private static let (infinity, minusInfinity, notANumber) = ("inf", "-inf", "nan")

  package static let encoder = {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: infinity, negativeInfinity: minusInfinity, nan: notANumber)
    return encoder
  }()

  package static let decoder = {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: infinity, negativeInfinity: minusInfinity, nan: notANumber)
    return decoder
  }()
}

/// Where events go.
final class Report {
  private let file: FileHandle?
  let observes: Bool
  private var observedElements = 0
  private static let mostObservedElements = 1_000_000

  /// The environment variables that the runner sets.
  enum Variable {
    static let report = "FLEDGE_COURSE_REPORT"
    static let observe = "FLEDGE_COURSE_OBSERVE"
    static let control = "FLEDGE_COURSE_CONTROL"
    static let watched = "FLEDGE_COURSE_WATCHED"
  }

  init() {
    let environment = ProcessInfo.processInfo.environment
    let path = environment[Variable.report]
    file = path.flatMap { FileHandle(forWritingAtPath: $0) }
    // Only the checks of this process may find the file, not the learner's code or a program that
    // it starts. The runner opened it earlier.
    unsetenv(Variable.report)
    if file != nil, let path { unlink(path) }
    observes = environment[Variable.observe] != nil
  }

  func write(_ event: CheckEvent) {
    guard let file else { return print(event) }
    guard var line = try? CheckEvent.encoder.encode(event) else { return }
    line.append(UInt8(ascii: "\n"))
    file.write(line)
  }

  func write(_ observation: Observation, of check: String) {
    var observation = observation
    // A check that trains a model would fill the disk.
    if observedElements > Self.mostObservedElements { observation.value.shorten() }
    observedElements += observation.value.elements.count
    var event = CheckEvent(.observation)
    event.check = check
    event.observation = observation
    write(event)
  }

  private func print(_ event: CheckEvent) {
    switch event.kind {
    case .end where event.passed == true: Swift.print("  ✓ \(event.check ?? "")")
    case .end: Swift.print("  ✗ \(event.check ?? "")")
    case .failure:
      Swift.print("    \(event.context.map { $0 + ": " } ?? "")\(event.what ?? "")")
      Swift.print("      expected  \(event.expected ?? "")")
      Swift.print("      got       \(event.got ?? "")")
      if let detail = event.detail { Swift.print("      \(detail)") }
      if let picture = event.picture { Swift.print(picture) }
    case .unwritten: Swift.print("    not written yet: \(event.what ?? "") at \(event.place ?? "")")
    case .metric: Swift.print("  \(event.what ?? "")  \(event.value ?? .nan)")
    case .progress: Swift.print("  \(event.what ?? "")")
    case .drawing: Swift.print(event.picture ?? "")
    case .plan, .begin, .observation, .point, .sketch, .done: break
    }
  }
}
