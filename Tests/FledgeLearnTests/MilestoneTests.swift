import FledgeCourse
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct MilestoneTests {
  private let card = MilestoneCard(
    title: "Small", promise: "It learns.", metric: "accuracy", goal: .atLeast(0.9), needs: [],
    controls: [("no-learning", "It does not learn.")], seconds: 30)

  private func run(
    _ metrics: [(String, Double)] = [], isDone: Bool = true, status: Int32 = 0,
    timedOut: Bool = false, isControl: Bool = false
  ) -> MilestoneReport.Run {
    var events = metrics.map { name, value in
      var event = CheckEvent(.metric)
      (event.what, event.value) = (name, value)
      return event
    }
    if isDone { events.append(CheckEvent(.done)) }
    var run = MilestoneReport.Run(name: isControl ? "no-learning" : "yours", isControl: isControl)
    run.conclude(
      Subprocess(
        status: status, output: "", errors: "Fledge: no\n", timedOut: timedOut, crashed: false,
        seconds: 1), events, card)
    return run
  }

  private func report(_ runs: MilestoneReport.Run...) -> MilestoneReport {
    var report = MilestoneReport(
      milestone: 9, title: card.title, metric: card.metric, goal: card.goal.text, authorship: [])
    report.runs = runs
    report.conclude()
    return report
  }

  private var good: MilestoneReport.Run { run([("loss", 0.1), ("accuracy", 0.95)]) }

  @Test func `The goal reached and every control missing it is a success`() {
    let whole = report(good, run([("accuracy", 0.1)], isControl: true))
    #expect(whole.passed)
    #expect(whole.summary == "reached: accuracy is 0.95, the goal is at least 0.9")
    #expect(!report(run([("accuracy", 0.5)])).passed)
    #expect(!report(run([("accuracy", .nan)])).passed)
    #expect(!report().passed)
  }

  @Test func `A control that reaches the goal makes it worth nothing`() {
    let whole = report(good, run([("accuracy", 0.9)], isControl: true))
    #expect(!whole.passed)
    #expect(whole.summary.contains("no-learning reaches the goal, too"), "\(whole.summary)")
  }

  @Test func `A control that says nothing has missed no goal`() {
    for (control, reason) in [
      (run([("loss", 2)], isControl: true), "did not report accuracy"),
      (run([("accuracy", 0.1)], isDone: false, isControl: true), "ended before the milestone did"),
      (run([("accuracy", 0.1)], status: 1, isControl: true), "ended early: no"),
      (run([("accuracy", 0.1)], timedOut: true, isControl: true), "did not end in 30 s"),
    ] {
      #expect(control.problem == reason)
      let whole = report(good, control)
      #expect(!whole.passed)
      #expect(whole.summary.contains("gave no result: \(reason)"), "\(whole.summary)")
    }
  }

  @Test func `A run that was stopped for its memory says so`() {
    var run = MilestoneReport.Run(name: "yours")
    run.conclude(
      Subprocess(
        status: 9, output: "", errors: "", timedOut: false, usedTooMuchMemory: true, crashed: false,
        seconds: 1), [], card)
    #expect(run.problem == "used more than 4000 MB of memory")
  }

  @Test func `A run that did not end has reached nothing`() {
    let early = run([("accuracy", 0.99)], isDone: false)
    #expect(!early.reached)
    #expect(report(early).summary == "ended before the milestone did")
    #expect(report(run()).summary == "did not report accuracy")
  }
}
