import FledgeCourse

/// What `learn milestone --live` tells the studio while it trains: a line of JSON each.
package struct MilestoneNews: Codable, Sendable {
  /// A run that begins.
  package struct Run: Codable, Sendable {
    package var title: String
    package var goal: String
    package var authorship: [Authorship]
  }

  package var run: Run?
  package var event: CheckEvent?
  /// How the run has ended.
  package var outcome: String?

  init(run: Run? = nil, event: CheckEvent? = nil, outcome: String? = nil) {
    (self.run, self.event, self.outcome) = (run, event, outcome)
  }
}

extension MilestoneReport.Run {
  /// "reached the goal in 2.1 s"
  var outcome: String {
    if let problem { return problem }
    return "\(reached ? "reached" : "missed") the goal in \(format(seconds)) s"
  }
}
