import FledgeCore

/// The product of schedules, all running from step 0.
public struct ChainedSchedule: Schedule {
  /// Whose factors are multiplied.
  public let schedules: [any Schedule]

  /// `ChainedSchedule([warmUp, cosine])`
  public init(_ schedules: [any Schedule]) { self.schedules = schedules }

  public func factor(at step: Int) -> Double {
    schedules.reduce(1) { $0 * $1.factor(at: step) }
  }
}

/// Schedules one after another; each counts its steps from where it begins.
///
///     SequentialSchedule([LinearSchedule(from: 0.1, to: 1, total: 5), ExponentialSchedule(decay: 0.9)],
///                        milestones: [5])
public struct SequentialSchedule: Schedule {
  /// In the order in which they run.
  public let schedules: [any Schedule]
  /// Where the second, third, … schedule begins, ascending.
  public let milestones: [Int]

  /// - Parameter milestones: Where the second, third, … schedule begins, ascending.
  public init(_ schedules: [any Schedule], milestones: [Int]) {
    require(
      schedules.count == milestones.count + 1, "SequentialSchedule",
      "\(schedules.count) schedules need \(schedules.count - 1) milestones, got \(milestones)")
    require(
      zip(milestones, milestones.dropFirst()).allSatisfy(<) && milestones.first ?? 0 >= 0,
      "SequentialSchedule", "the milestones must ascend from 0 on, got \(milestones)")
    self.schedules = schedules
    self.milestones = milestones
  }

  public func factor(at step: Int) -> Double {
    let position = milestones.count { $0 <= step }
    let begin = position == 0 ? 0 : milestones[position - 1]
    return schedules[position].factor(at: step - begin)
  }
}
