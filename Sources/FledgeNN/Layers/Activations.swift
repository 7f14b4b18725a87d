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
