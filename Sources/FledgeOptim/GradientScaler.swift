import FledgeCore
import FledgeNN

/// Keeps float16 gradients from underflowing (Micikevicius et al. 2018): the loss is multiplied by a
/// large number before the backward pass and the gradients divided by it after.
///
///     let scaler = GradientScaler()
///     let loss = autocast(.float16) { loss(model, batch) }
///     optimizer.zeroGrad()
///     scaler.scaled(loss).backward()
///     scaler.unscale(optimizer)               // only to clip, which needs the real gradients
///     clipGradientNorm(model.parameters(), maximum: 1)
///     scaler.step(optimizer)
///
/// If a gradient has overflowed, the step is skipped and the scale halved; after `interval` good
/// steps in a row it is doubled.
public final class GradientScaler {
  /// The state that the next steps depend on; saved with the run.
  public struct State: Codable, Sendable, Hashable {
    /// The factor of the next loss.
    public var scale: Double
    /// Steps since the scale last changed.
    public var goodSteps: Int

    /// A state to go on from.
    public init(scale: Double, goodSteps: Int) {
      self.scale = scale
      self.goodSteps = goodSteps
    }

    /// Reads a saved state; throws `DecodingError` for numbers that no scaler can have.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      scale = try container.decode(Double.self, forKey: .scale)
      goodSteps = try container.decodeCount(forKey: .goodSteps)
      try container.check(isValid, .scale, "\(scale) is no scale")
    }

    /// Whether a scaler can have this state: a scale may become 0 after very many overflows.
    package var isValid: Bool { scale >= 0 && scale.isFinite && goodSteps.isCount }
  }

  /// Scale and good steps now.
  public var state: State
  /// Multiplies the scale after ``interval`` good steps.
  public let growth: Double
  /// Multiplies the scale after a step that was left out.
  public let backoff: Double
  /// The number of good steps in a row after which the scale grows.
  public let interval: Int
  /// Whether all gradients are numbers; nil until ``unscale(_:)`` has looked.
  private var isFinite: Bool?

  /// - Parameters:
  ///   - growth: Multiplies the scale after `interval` good steps.
  ///   - backoff: Multiplies it after a skipped step.
  public init(
    scale: Double = 65536, growth: Double = 2, backoff: Double = 0.5, interval: Int = 2000
  ) {
    require(
      scale > 0 && growth >= 1 && backoff > 0 && backoff < 1 && interval > 0 && scale.isFinite
        && growth.isFinite, "GradientScaler",
      "needs a positive scale and interval, growth ≥ 1 and a backoff between 0 and 1, got \(scale),"
        + " \(interval), \(growth) and \(backoff)")
    state = State(scale: scale, goodSteps: 0)
    self.growth = growth
    self.backoff = backoff
    self.interval = interval
  }

  /// loss · scale, in float32: a float16 loss could not hold it.
  public func scaled(_ loss: Tensor) -> Tensor { loss.cast(to: .float32) * state.scale }

  /// Divides the gradients by the scale, once a step, and looks whether they are numbers.
  public func unscale(_ optimizer: Optimizer) { unscale(optimizer) { $0 } }

  /// The same for several processes that each have a part of the gradients.
  ///
  /// - Parameter overflowsAnywhere: Takes whether this process has found an overflow and returns
  ///   whether any of them has, so that all skip the step.
  public func unscale(
    _ optimizer: Optimizer, overflowsAnywhere: (Bool) throws -> Bool
  ) rethrows {
    require(
      isFinite == nil, "GradientScaler", "unscale was already called since the last step")
    let overflows = withoutGradients {
      var probe: Tensor?
      for parameter in optimizer.parameters {
        parameter.updateGrad { $0 *= 1 / state.scale }
        // 0 · g is 0 for every number, and NaN for what is none.
        guard let zero = parameter.grad.map({ ($0 * 0).sum() }) else { continue }
        probe = probe.map { $0 + zero } ?? zero
      }
      return probe.map { $0.item() != 0 } ?? false
    }
    isFinite = try !overflowsAnywhere(overflows)
  }

  /// Takes the optimizer's step, or leaves it out after an overflow; says whether it was taken.
  @discardableResult
  public func step(_ optimizer: Optimizer) -> Bool {
    if isFinite == nil { unscale(optimizer) }
    defer { isFinite = nil }
    guard isFinite! else {
      state = State(scale: state.scale * backoff, goodSteps: 0)
      return false
    }
    optimizer.step()
    state.goodSteps += 1
    if state.goodSteps == interval {
      state = State(scale: state.scale * growth, goodSteps: 0)
    }
    return true
  }
}
