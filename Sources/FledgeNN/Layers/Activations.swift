import FledgeCore

// Activations as layers, for Sequential. Each is its function of the same name.

/// max(0, x).
public final class ReLU: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { relu(x) }
}

/// x · Φ(x), see ``/FledgeCore/gelu(_:form:)``.
public final class GELU: Module, Layer {
  /// By tanh or by the error function.
  public let form: GELUForm

  /// `GELU()` is the tanh form.
  public init(form: GELUForm = .tanh) { self.form = form }

  public func callAsFunction(_ x: Tensor) -> Tensor { gelu(x, form: form) }
}

/// x / (1 + e⁻ˣ).
public final class SiLU: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { silu(x) }
}

/// 1 / (1 + e⁻ˣ).
public final class Sigmoid: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { sigmoid(x) }
}

/// tanh x.
public final class Tanh: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { tanh(x) }
}

/// ln(1 + eˣ).
public final class Softplus: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { softplus(x) }
}

/// x where x > 0, else slope · x.
public final class LeakyReLU: Module, Layer {
  /// The factor for negative numbers.
  public let slope: Double

  /// `LeakyReLU()` has the slope 0.01.
  public init(slope: Double = 0.01) { self.slope = slope }

  public func callAsFunction(_ x: Tensor) -> Tensor { leakyReLU(x, slope: slope) }

  public override var details: String { "\(slope)" }
}

/// x where x > 0, else α (eˣ − 1).
public final class ELU: Module, Layer {
  /// How far the values go below 0.
  public let alpha: Double

  /// `ELU()` has α = 1.
  public init(alpha: Double = 1) { self.alpha = alpha }

  public func callAsFunction(_ x: Tensor) -> Tensor { elu(x, alpha: alpha) }

  public override var details: String { "\(alpha)" }
}

/// x · min(max(x + 3, 0), 6) / 6.
public final class HardSwish: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { hardSwish(x) }
}

/// x · tanh(ln(1 + eˣ)).
public final class Mish: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { mish(x) }
}

/// x where x > 0, else weight · x, with a weight that is learned, see
/// ``/FledgeCore/prelu(_:weight:)``.
///
/// Shape: [N, channels, …] → the same.
public final class PReLU: Module, Layer {
  /// [1] for all channels, or [channels]
  @Parameter public var weight: Tensor

  /// - Parameters:
  ///   - channels: 1 for one weight that all channels share.
  ///   - initial: The weights at the start.
  public init(_ channels: Int = 1, initial: Double = 0.25) {
    require(channels > 0, "PReLU", "the number of channels must be positive, got \(channels)")
    weight = Tensor.full([channels], initial)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { prelu(x, weight: weight) }

  public override var details: String { "\($weight.shape!.count)" }
}

/// ELU with the factors that keep mean 0 and variance 1, see ``/FledgeCore/selu(_:)``.
public final class SELU: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { selu(x) }
}

/// min(max(x, lower), upper), with gradient 0 at the bounds.   Shape: [*] → [*]
public final class HardTanh: Module, Layer {
  /// The smallest value.
  public let lower: Double
  /// The largest value.
  public let upper: Double

  /// `HardTanh()` is for −1…1.
  public init(min lower: Double = -1, max upper: Double = 1) {
    require(lower < upper, "HardTanh", "needs lower < upper, got \(lower) and \(upper)")
    self.lower = lower
    self.upper = upper
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { hardTanh(x, min: lower, max: upper) }

  public override var details: String { "\(lower)…\(upper)" }
}

/// min(max(x, 0), 6).
public final class ReLU6: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { relu6(x) }
}

/// a · σ(b) for the two halves of an axis, see ``/FledgeCore/glu(_:axis:)``.
///
/// Shape: [a…, 2·n, b…] → [a…, n, b…]
public final class GLU: Module, Layer {
  /// The axis that is halved.
  public let axis: Int

  /// `GLU()` halves the last axis.
  public init(axis: Int = -1) { self.axis = axis }

  public func callAsFunction(_ x: Tensor) -> Tensor { glu(x, axis: axis) }
}

/// eˣ / Σ eˣ over an axis, see ``/FledgeCore/softmax(_:axis:)``. Cross-entropy takes what
/// comes before it.   Shape: [*] → [*]
public final class Softmax: Module, Layer {
  /// The axis of the sum.
  public let axis: Int

  /// `Softmax()` is over the last axis.
  public init(axis: Int = -1) { self.axis = axis }

  public func callAsFunction(_ x: Tensor) -> Tensor { softmax(x, axis: axis) }
}

/// x − ln Σ eˣ over an axis, see ``/FledgeCore/logSoftmax(_:axis:)``.   Shape: [*] → [*]
public final class LogSoftmax: Module, Layer {
  /// The axis of the sum.
  public let axis: Int

  /// `LogSoftmax()` is over the last axis.
  public init(axis: Int = -1) { self.axis = axis }

  public func callAsFunction(_ x: Tensor) -> Tensor { logSoftmax(x, axis: axis) }
}

/// x itself: a place where another layer may stand.
public final class Identity: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { x }
}
