import FledgeCore

// Activations as layers, for Sequential. Each is its function of the same name.

/// max(0, x).
public final class ReLU: Module, Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor { relu(x) }
}

/// x · Φ(x), see ``gelu(_:form:)``.
public final class GELU: Module, Layer {
  public let form: GELUForm

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
