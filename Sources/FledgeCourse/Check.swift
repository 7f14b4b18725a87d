import FledgeCore

/// One check of an exercise: a sentence, and code that tests the learner's work for it.
///
///     let checks1_1: [Check] = [
///       Check("the slope of a parabola is exact") { c in
///         c.expect(centralDifference(at: 3) { $0 * $0 }, near: 6, "d(x²)/dx at 3")
///       }
///     ]
public struct Check: Sendable {
  /// A sentence that says what must hold.
  public let name: String
  let body: @Sendable (Recorder) throws -> Void

  /// `body` reports to the recorder; an error that it throws counts as a failure, too.
  public init(_ name: String, _ body: @escaping @Sendable (Recorder) throws -> Void) {
    self.name = name
    self.body = body
  }
}

/// Records the results of a check. A failed expectation is reported and the check goes on; each
/// returns whether it held, for a check that cannot go on otherwise.
public final class Recorder {
  private let report: Report
  private let check: String
  private(set) var failureCount = 0
  private(set) var expectationCount = 0
  /// Whether the check skipped something.
  private(set) var isSkipped = false
  private var context: [String] = []
  private var drawing: (() -> String)?

  init(report: Report, check: String) {
    self.report = report
    self.check = check
  }

  /// Names the inputs that are being tried, for the failures in `body`: "x = 3, y = -1".
  @discardableResult
  public func trying<R>(_ what: String, _ body: () throws -> R) rethrows -> R {
    context.append(what)
    defer { context.removeLast() }
    return try body()
  }

  /// Sets a picture to show with later failures: strides, a graph, a boundary.
  public func picture(_ draw: @escaping () -> String) { drawing = draw }

  /// Skips something and says why, for example because files are missing. The check then need not
  /// expect anything.
  public func skip(_ reason: String) {
    isSkipped = true
    var event = CheckEvent(.progress)
    event.check = check
    event.what = "skipped: \(reason)"
    report.write(event)
  }

  /// Runs `body` for random cases until one fails; the cases are the same every time.
  public func forRandomCases(
    _ count: Int = 100, seed: UInt64 = 1, _ body: (Generator) throws -> Void
  )
    rethrows
  {
    for number in 0..<count {
      let before = failureCount
      let generator = Generator(seed: seed &* 1_000_003 &+ UInt64(number))
      try trying("random case \(number + 1) of \(count)") { try body(generator) }
      if failureCount > before { return }
    }
  }

  /// Every expectation ends here.
  @discardableResult
  func settle(
    _ holds: Bool, _ what: String, expected: @autoclosure () -> String,
    got: @autoclosure () -> String, detail: String? = nil,
    observed: @autoclosure () -> ObservedValue, file: StaticString, line: UInt
  ) -> Bool {
    expectationCount += 1
    observe(.expectation, what, observed())
    if holds { return true }
    failureCount += 1
    // Failures after the first few only repeat them.
    guard failureCount <= 3 else { return false }
    var event = CheckEvent(.failure)
    event.check = check
    event.what = what
    event.context = context.isEmpty ? nil : context.joined(separator: ", ")
    event.expected = expected()
    event.got = got()
    event.detail = detail
    event.picture = drawing?()
    event.place = "\(file):\(line)"
    report.write(event)
    return false
  }

  /// Records an intermediate result by name; `learn diff` compares it with the reference's.
  public func step(_ name: String, _ value: Double, gradient: Double? = nil) {
    observe(.step, name, ObservedValue([value]), gradient: gradient.map { ObservedValue([$0]) })
  }

  /// Records an intermediate tensor by name, with its gradient if it has one.
  public func step(_ name: String, _ value: Tensor, gradient: Tensor? = nil) {
    observe(.step, name, ObservedValue(value), gradient: gradient.map { ObservedValue($0) })
  }

  private func observe(
    _ kind: Observation.Kind, _ what: String, _ value: @autoclosure () -> ObservedValue,
    gradient: @autoclosure () -> ObservedValue? = nil
  ) {
    guard report.observes else { return }
    let label = (context + [what]).joined(separator: ", ")
    var observation = Observation(kind, label, value())
    observation.gradient = gradient()
    report.write(observation, of: check)
  }
}
