import FledgeCore

/// The validation metric that decides which checkpoint is the best one and when to stop early.
public struct Monitor: Sendable, Equatable {
  /// Which values are better.
  public enum Goal: Sendable {
    /// Losses and errors.
    case lowest
    /// Accuracies.
    case highest
  }

  /// The name that the metric has in ``Trainer/validation``.
  public let metric: String
  /// Whether a lower or a higher value is better.
  public let goal: Goal
  /// A new value is better where it is so by more than this.
  public let minimumImprovement: Double
  /// The run ends after this many validations in a row that were not better; nil never ends it.
  public let patience: Int?

  /// `Monitor("val_loss", patience: 5)` stops after five validations without progress.
  public init(
    _ metric: String, goal: Goal = .lowest, minimumImprovement: Double = 0, patience: Int? = nil
  ) {
    require(
      minimumImprovement >= 0 && patience ?? 1 > 0, "Monitor",
      "the improvement cannot be negative and the patience must be positive, got "
        + "\(minimumImprovement) and \(patience ?? 0)")
    self.metric = metric
    self.goal = goal
    self.minimumImprovement = minimumImprovement
    self.patience = patience
  }

  /// Whether `value` is better than `best`. NaN never is.
  func isBetter(_ value: Double, than best: Double?) -> Bool {
    guard let best else { return !value.isNaN }
    return switch goal {
    case .lowest: value < best - minimumImprovement
    case .highest: value > best + minimumImprovement
    }
  }
}
