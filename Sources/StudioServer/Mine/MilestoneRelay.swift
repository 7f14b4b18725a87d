import FledgeCourse
import FledgeLearn
import FledgeStudio
import Foundation

/// Shows a milestone of the course while `learn milestone --live` trains it. The runner writes its news
/// to this program's standard input, so that it has to be built with nothing of the studio.
package struct MilestoneRelay {
  /// The lines of progress that are kept.
  private static let linesKept = 200

  private let connect: (RunDescription) throws(StudioError) -> LiveRun
  private var run: LiveRun?
  private var description = RunDescription(name: "")
  private var lines: [String] = []
  private var results: [String] = []
  private var step = 0

  package init() { connect = { description throws(StudioError) in try LiveRun(description) } }

  init(connecting connect: @escaping (RunDescription) throws(StudioError) -> LiveRun) {
    self.connect = connect
  }

  /// The address of the page, once a run has begun.
  package var address: String? { run?.address }

  /// Takes a line of news; others are ignored.
  /// - Throws: ``/FledgeStudio/StudioError`` where there is no studio to tell
  package mutating func take(_ line: Data) throws(StudioError) {
    guard let news = try? CheckEvent.decoder.decode(MilestoneNews.self, from: line) else { return }
    if let next = news.run { try begin(next) }
    if let event = news.event { take(event) }
    if let outcome = news.outcome { end(outcome) }
  }

  private mutating func begin(_ next: MilestoneNews.Run) throws(StudioError) {
    run?.finish()
    description = RunDescription(name: next.title)
    description.isControlled = false
    description.code = Dictionary(grouping: next.authorship, by: \.author.rawValue)
      .mapValues { $0.map(\.exercise) }
    (lines, results, step) = (["goal: \(next.goal)"], [], 0)
    run = try connect(description)
  }

  private mutating func take(_ event: CheckEvent) {
    guard let run, let what = event.what else { return }
    switch event.kind {
    case .point:
      step = event.step ?? step
      if event.steps != description.total {
        description.total = event.steps
        run.describe(description)
      }
      run.note(what, event.value ?? .nan, at: step)
      run.stepEnds(step)
    case .progress:
      lines = Array((lines + [what]).suffix(Self.linesKept))
      run.show("progress", once: .text(lines.joined(separator: "\n")))
    case .metric:
      results.append("\(what): \(event.value ?? .nan)")
      run.show("results", once: .text(results.joined(separator: "\n")))
    case .sketch, .drawing: run.show(what, once: .drawing(svg: event.detail ?? ""))
    case .unwritten:
      lines.append("not written yet: \(what)")
      run.show("progress", once: .text(lines.joined(separator: "\n")))
    default: break
    }
  }

  private mutating func end(_ outcome: String) {
    lines.append(outcome)
    run?.show("progress", once: .text(lines.joined(separator: "\n")))
    run?.finish()
  }
}
