import FledgeCore
import Foundation

/// A learning rate over time, as a factor of each group's own rate. Steps count from 0.
public protocol Schedule: Sendable {
  /// The factor for a step, counted from 0.
  func factor(at step: Int) -> Double
}

/// 1 at every step.
public struct ConstantSchedule: Schedule {
  /// Creates a constant schedule.
  public init() {}
  public func factor(at step: Int) -> Double { 1 }
}

/// Rises linearly from 1 / warmUp to 1 over the first `warmUp` steps, then falls along half a
/// cosine to `minimum` at step `total` (Loshchilov & Hutter 2017) and stays there.
public struct CosineSchedule: Schedule {
  /// The number of warm-up steps.
  public let warmUp: Int
  /// The step at which the minimum is reached.
  public let total: Int
  /// The last factor.
  public let minimum: Double

  /// `CosineSchedule(warmUp: 100, total: 5000)`
  public init(warmUp: Int = 0, total: Int, minimum: Double = 0) {
    require(
      warmUp >= 0 && total > warmUp, "CosineSchedule",
      "needs 0 ≤ warmUp < total, got \(warmUp) and \(total)")
    requireFactor(minimum, "minimum", "CosineSchedule")
    self.warmUp = warmUp
    self.total = total
    self.minimum = minimum
  }

  public func factor(at step: Int) -> Double {
    if step < warmUp { return Double(step + 1) / Double(warmUp) }
    let progress = min(Double(step - warmUp) / Double(total - warmUp), 1)
    return minimum + (1 - minimum) * 0.5 * (1 + cos(.pi * progress))
  }
}

/// Times `decay` after every `interval` steps: decay^⌊step / interval⌋.
public struct StepSchedule: Schedule {
  /// Steps between two drops.
  public let interval: Int
  /// The factor of each drop.
  public let decay: Double

  /// `StepSchedule(interval: 30)` divides by 10 every 30 steps.
  public init(interval: Int, decay: Double = 0.1) {
    require(interval > 0, "StepSchedule", "the interval must be positive, got \(interval)")
    requireFactor(decay, "decay", "StepSchedule")
    self.interval = interval
    self.decay = decay
  }

  public func factor(at step: Int) -> Double { pow(decay, Double(step / interval)) }
}

/// A line from `start` at step 0 to `end` at step `total`, and `end` from there on.
public struct LinearSchedule: Schedule {
  /// The factor at step 0.
  public let start: Double
  /// The factor from `total` on.
  public let end: Double
  /// The step at which the end is reached.
  public let total: Int

  /// `LinearSchedule(total: 1000)` goes down to 0.
  public init(from start: Double = 1, to end: Double = 0, total: Int) {
    require(total > 0, "LinearSchedule", "the number of steps must be positive, got \(total)")
    requireFactor(start, "start", "LinearSchedule")
    requireFactor(end, "end", "LinearSchedule")
    self.start = start
    self.end = end
    self.total = total
  }

  public func factor(at step: Int) -> Double {
    start + (end - start) * min(Double(step) / Double(total), 1)
  }
}
