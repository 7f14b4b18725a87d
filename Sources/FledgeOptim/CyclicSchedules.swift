import FledgeCore
import Foundation

/// Cosines one after another, each from 1 down to `minimum` (warm restarts, Loshchilov & Hutter
/// 2017):
///
///     factor = minimum + (1 − minimum) (1 + cos(π s / T)) / 2
///
/// with s steps since the last restart. The first cosine has T = `period` steps, each further one
/// `growth` times as many.
public struct CosineRestartsSchedule: Schedule {
  /// The number of steps before the first restart.
  public let period: Int
  /// How much longer each cosine is than the one before it.
  public let growth: Int
  /// The factor that each cosine approaches.
  public let minimum: Double

  /// `CosineRestartsSchedule(period: 1000, growth: 2)` restarts after 1000, 3000, 7000 … steps.
  public init(period: Int, growth: Int = 1, minimum: Double = 0) {
    require(
      period > 0 && growth > 0, "CosineRestartsSchedule",
      "period and growth must be positive, got \(period) and \(growth)")
    requireFactor(minimum, "minimum", "CosineRestartsSchedule")
    self.period = period
    self.growth = growth
    self.minimum = minimum
  }

  public func factor(at step: Int) -> Double {
    var (rest, length) = (step, period)
    if growth == 1 { rest %= period }
    while rest >= length {
      rest -= length
      // A cosine longer than all steps that an integer counts is the last one.
      let (next, isTooLong) = length.multipliedReportingOverflow(by: growth)
      length = isTooLong ? Int.max : next
    }
    let progress = Double(rest) / Double(length)
    return minimum + (1 - minimum) * 0.5 * (1 + cos(.pi * progress))
  }
}

/// Triangles one after another (Smith 2017): up from `minimum` over `rise` steps, down over `fall`
/// steps; the group's own rate is the highest.
///
///     factor = minimum + (1 − minimum) · height · scale
///
/// with the height in 0…1 of a triangle, and a scale that depends on the ``Mode``. The factors are
/// those of PyTorch's `CyclicLR` for a base rate of `minimum` times the highest.
public struct CyclicSchedule: Schedule {
  /// How the triangles shrink.
  public enum Mode: Sendable {
    /// They stay: the scale is 1.
    case triangular
    /// Each is half as high as the one before it: 2^−(triangles passed).
    case halving
    /// By every step: decay^step.
    case exponential(decay: Double)
  }

  /// The number of steps up.
  public let rise: Int
  /// The number of steps down.
  public let fall: Int
  /// The factor at the foot of each triangle.
  public let minimum: Double
  /// How the triangles shrink.
  public let mode: Mode

  /// `CyclicSchedule(rise: 2000, minimum: 0.1)`
  /// - Parameter fall: The number of steps down, by default as many as up.
  public init(rise: Int, fall: Int? = nil, minimum: Double, mode: Mode = .triangular) {
    require(
      rise > 0 && fall ?? 1 > 0, "CyclicSchedule",
      "rise and fall must be positive, got \(rise) and \(fall ?? rise)")
    requireFactor(minimum, "minimum", "CyclicSchedule")
    if case .exponential(let decay) = mode { requireFactor(decay, "decay", "CyclicSchedule") }
    self.rise = rise
    self.fall = fall ?? rise
    self.minimum = minimum
    self.mode = mode
  }

  public func factor(at step: Int) -> Double {
    let (triangle, position) = step.quotientAndRemainder(dividingBy: rise + fall)
    let height =
      position <= rise
      ? Double(position) / Double(rise) : Double(rise + fall - position) / Double(fall)
    let scale =
      switch mode {
      case .triangular: 1.0
      case .halving: pow(2, -Double(triangle))
      case .exponential(let decay): pow(decay, Double(step))
      }
    return minimum + (1 - minimum) * height * scale
  }
}
