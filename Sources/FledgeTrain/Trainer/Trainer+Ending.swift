extension Trainer {
  /// Says why a run ended before its last step, and what was kept.
  func say(_ end: TrainingEnd, _ total: Int) {
    guard strategy.isWriter else { return }
    switch end {
    case .completed, .stopped: return
    case .interrupted:
      var text = "stopped after step \(step) of \(total)"
      if let checkpoints { text += ", and saved it to \(checkpoints.last)" }
      // A validation now would count where an uninterrupted run has none.
      if let measured = validationStep, measured < step {
        text += "; the last validation was after step \(measured)"
      }
      text += keptBest + (checkpoints?.resumeCommand.map { ". Go on with:\n    \($0)" } ?? "")
      (progress ?? .standardError).write("\n\(text)\n")
    case .stoppedEarly:
      guard let monitor else { return }
      progress?.write(
        "stopped early after step \(step) of \(total): \(monitor.metric) has not improved for "
          + "\(state.validationsSinceBest) validations\(keptBest)\n")
    }
  }

  /// The best value, and where its weights are.
  private var keptBest: String {
    guard let monitor, let best, let bestStep else { return "" }
    let value =
      "; the best \(monitor.metric), \(ProgressLine.number(best)), was after step \(bestStep)"
    return value + (checkpoints?.best.map { " and is kept in \($0)" } ?? "")
  }
}
