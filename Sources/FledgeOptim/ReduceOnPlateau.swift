import FledgeCore

/// Lowers the learning rate where a metric (mostly the validation loss) no longer improves.
///
///     var plateau = ReduceOnPlateau(patience: 3)
///     …
///     optimizer.learningRateFactor = plateau.observe(validationLoss)
///
/// It is not a ``Schedule``, since it depends on past metrics. It is `Codable`; save it with the
/// run.
public struct ReduceOnPlateau: Codable, Sendable, Hashable {
  /// Which metrics are better.
  public enum Goal: String, Codable, Sendable {
    /// Losses and errors.
    case lowest
    /// Accuracies.
    case highest
  }

  /// Whether a lower or a higher metric is better.
  public let goal: Goal
  /// Multiplies the factor after a plateau.
  public let decay: Double
  /// The number of observations without improvement that are tolerated; the next one lowers the
  /// rate.
  public let patience: Int
  /// Improvements by less than this part of the best value do not count.
  public let threshold: Double
  /// The number of observations after a reduction that are ignored.
  public let cooldown: Int
  /// The factor goes no lower.
  public let minimum: Double

  /// The factor after what has been observed so far.
  public private(set) var factor = 1.0
  /// The best metric so far.
  public private(set) var best: Double?
  private var badCount = 0
  private var remainingCooldown = 0

  /// The defaults are those of PyTorch's `ReduceLROnPlateau`.
  public init(
    goal: Goal = .lowest, decay: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    cooldown: Int = 0, minimum: Double = 0
  ) {
    require(
      decay > 0 && decay < 1 && patience >= 0 && cooldown >= 0, "ReduceOnPlateau",
      "needs a decay between 0 and 1, and no negative patience or cooldown, got \(decay), "
        + "\(patience) and \(cooldown)")
    require(
      threshold >= 0 && minimum >= 0 && threshold.isFinite && minimum.isFinite, "ReduceOnPlateau",
      "threshold and minimum must be finite and cannot be negative, got \(threshold) and "
        + "\(minimum)")
    self.goal = goal
    self.decay = decay
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
  }

  /// Reads a saved state; throws `DecodingError` for numbers that none can have.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    goal = try container.decode(Goal.self, forKey: .goal)
    decay = try container.decode(Double.self, forKey: .decay)
    patience = try container.decodeCount(forKey: .patience)
    threshold = try container.decode(Double.self, forKey: .threshold)
    cooldown = try container.decodeCount(forKey: .cooldown)
    minimum = try container.decode(Double.self, forKey: .minimum)
    factor = try container.decode(Double.self, forKey: .factor)
    best = try container.decodeIfPresent(Double.self, forKey: .best)
    badCount = try container.decodeCount(forKey: .badCount)
    remainingCooldown = try container.decodeCount(forKey: .remainingCooldown)
  }

  /// Takes the metric of an epoch and returns the factor from now on. NaN is no improvement.
  @discardableResult
  public mutating func observe(_ metric: Double) -> Double {
    if improves(metric) {
      best = metric
      badCount = 0
    } else {
      badCount += 1
    }
    if remainingCooldown > 0 {
      remainingCooldown -= 1
      badCount = 0
    }
    if badCount > patience {
      factor = max(factor * decay, minimum)
      remainingCooldown = cooldown
      badCount = 0
    }
    return factor
  }

  private func improves(_ metric: Double) -> Bool {
    guard let best else { return !metric.isNaN }
    return switch goal {
    case .lowest: metric < best * (1 - threshold)
    case .highest: metric > best * (1 + threshold)
    }
  }
}
