import FledgeCore

/// What stands between the two linear layers of a Transformer's feed-forward part.
public enum FeedForwardFunction: Sendable, Hashable {
  /// max(0, x) (Vaswani et al. 2017).
  case relu
  /// GELU in its tanh form (GPT-2).
  case gelu
  /// GELU itself (BERT).
  case exactGELU
  /// silu(x G) · x W, with a gate of its own (Shazeer 2020).
  case swiGLU
}

/// The whole part, from the layers that a block keeps under names of its own.
func feedForward(
  _ x: Tensor, _ function: FeedForwardFunction, expand: Linear, gate: Linear?, contract: Linear
) -> Tensor {
  let hidden = expand(x)
  return switch function {
  case .relu: contract(relu(hidden))
  case .gelu: contract(gelu(hidden))
  case .exactGELU: contract(gelu(hidden, form: .exact))
  case .swiGLU: contract(swiGLU(gate!(x), hidden))
  }
}

/// silu(gate) · x, the gated linear unit with SiLU (Shazeer 2020).   Shape: [*], [*] → [*]
public func swiGLU(_ gate: Tensor, _ x: Tensor) -> Tensor { silu(gate) * x }

/// y = contract(f(expand(x))), or contract(silu(gate(x)) · expand(x)), position by position.
///
/// Shape: [*, C] → [*, C].
public final class FeedForward: Module, Layer {
  /// C → width.
  public let expand: Linear
  /// C → width, for SwiGLU.
  public let gate: Linear?
  /// width → C.
  public let contract: Linear
  /// Between the two products.
  public let function: FeedForwardFunction

  /// - Parameter width: 4C unless given.
  public init(
    _ channels: Int, width: Int? = nil, function: FeedForwardFunction = .gelu, bias: Bool = true
  ) {
    let width = width ?? 4 * channels
    self.function = function
    expand = Linear(channels, width, bias: bias)
    gate = function == .swiGLU ? Linear(channels, width, bias: bias) : nil
    contract = Linear(width, channels, bias: bias)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    feedForward(x, function, expand: expand, gate: gate, contract: contract)
  }

  public override var details: String { "\(expand.inputs) → \(expand.outputs), \(function)" }
}
