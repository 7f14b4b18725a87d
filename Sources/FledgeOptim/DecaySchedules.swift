import FledgeCore
import Foundation

/// Traps on a number that no factor of a learning rate can be.
func requireFactor(_ factor: Double, _ name: String, _ schedule: String) {
  require(
    factor >= 0 && factor.isFinite, schedule,
    "the \(name) must be finite and cannot be negative, got \(factor)")
}

/// Times `decay` at each of the `milestones`: decay^(milestones passed).
public struct MultiStepSchedule: Schedule {
  /// Steps, in any order.
  public let milestones: [Int]
  /// The factor of each milestone.
  public let decay: Double

  /// `MultiStepSchedule(milestones: [30, 80])`
  public init(milestones: [Int], decay: Double = 0.1) {
    requireFactor(decay, "decay", "MultiStepSchedule")
    self.milestones = milestones
    self.decay = decay
  }

  public func factor(at step: Int) -> Double {
    pow(decay, Double(milestones.count { $0 <= step }))
  }
}

/// decay^step.
public struct ExponentialSchedule: Schedule {
  /// The factor of each step.
  public let decay: Double

  /// `ExponentialSchedule(decay: 0.95)`
  public init(decay: Double) {
    requireFactor(decay, "decay", "ExponentialSchedule")
    self.decay = decay
  }

  public func factor(at step: Int) -> Double { pow(decay, Double(step)) }
}

/// (1 − step / total)^power, and 0 from `total` on.
public struct PolynomialSchedule: Schedule {
  /// The step at which 0 is reached.
  public let total: Int
  /// 1 for a straight line.
  public let power: Double

  /// `PolynomialSchedule(total: 1000)` is a straight line.
  public init(total: Int, power: Double = 1) {
    require(total > 0, "PolynomialSchedule", "the number of steps must be positive, got \(total)")
    requireFactor(power, "power", "PolynomialSchedule")
    self.total = total
    self.power = power
  }

  public func factor(at step: Int) -> Double {
    pow(1 - min(Double(step) / Double(total), 1), power)
  }
}

/// One cycle (Smith & Topin 2018): up from `start` to 1 over the first part of the steps, then down
/// to `end` at the last one; the group's own rate is the highest.
///
/// With its defaults (0.3, 25, 10⁴, cosine) the factors are those of PyTorch's `OneCycleLR`.
public struct OneCycleSchedule: Schedule {
  /// The curve between two factors.
  public enum Curve: Sendable {
    /// Half a wave of a cosine: flat at both ends.
    case cosine
    /// A straight line.
    case linear
  }

  /// The number of steps.
  public let total: Int
  /// The part of the steps that go up.
  public let rise: Double
  /// The first factor.
  public let start: Double
  /// The last factor.
  public let end: Double
  /// The form of the way up and down.
  public let curve: Curve

  /// - Parameters:
  ///   - total: The number of steps; the factor stays at `end` after them.
  ///   - rise: The fraction of the steps that go up.
  ///   - startDivisor: The first factor is 1 / startDivisor.
  ///   - endDivisor: The last factor is the first one / endDivisor.
  public init(
    total: Int, rise: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4,
    curve: Curve = .cosine
  ) {
    require(
      rise < 1 && rise * Double(total) > 1 && startDivisor > 0 && endDivisor > 0
        && startDivisor.isFinite && endDivisor.isFinite,
      "OneCycleSchedule",
      "needs a rise of more than one step, less than all, and positive divisors, got \(total), \(rise), "
        + "\(startDivisor) and \(endDivisor)")
    self.total = total
    self.rise = rise
    start = 1 / startDivisor
    end = start / endDivisor
    self.curve = curve
  }

  public func factor(at step: Int) -> Double {
    let top = rise * Double(total) - 1
    let last = Double(total - 1)
    let step = min(Double(step), last)
    return step <= top
      ? between(start, 1, step / top) : between(1, end, (step - top) / (last - top))
  }

  private func between(_ a: Double, _ b: Double, _ progress: Double) -> Double {
    switch curve {
    case .linear: a + (b - a) * progress
    case .cosine: b + (a - b) * 0.5 * (1 + cos(.pi * progress))
    }
  }
}
