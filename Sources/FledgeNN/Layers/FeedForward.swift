import FledgeCore

/// The function between the two linear layers of a Transformer's feed-forward part.
public enum FeedForwardFunction: Sendable, Hashable {
  /// max(0, x) (Vaswani et al. 2017).
  case relu
  /// GELU in its tanh form (GPT-2).
  case gelu
  /// GELU itself (BERT).
  case exactGELU
  /// silu(x G) · x W, with a separate gate (Shazeer 2020).
  case swiGLU
}

/// The feed-forward part made of layers that a block keeps under names of its own.
func feedForward(
  _ x: Tensor, _ function: FeedForwardFunction, up: Linear, gate: Linear?, down: Linear
) -> Tensor {
  let hidden = up(x)
  return switch function {
  case .relu: down(relu(hidden))
  case .gelu: down(gelu(hidden))
  case .exactGELU: down(gelu(hidden, form: .exact))
  case .swiGLU: down(swiGLU(gate!(x), hidden))
  }
}

/// silu(gate) · x, the gated linear unit with SiLU (Shazeer 2020).   Shape: [*], [*] → [*]
public func swiGLU(_ gate: Tensor, _ x: Tensor) -> Tensor { silu(gate) * x }

/// y = down(f(up(x))), or down(silu(gate(x)) · up(x)), position by position.
///
/// Shape: [*, C] → [*, C].
public final class FeedForward: Module, Layer {
  /// C → width.
  public let upProjection: Linear
  /// C → width, for SwiGLU.
  public let gate: Linear?
  /// width → C.
  public let downProjection: Linear
  /// The function between the two products.
  public let function: FeedForwardFunction

  /// - Parameter width: by default 4C.
  public init(
    _ channels: Int, width: Int? = nil, function: FeedForwardFunction = .gelu, bias: Bool = true
  ) {
    require(
      channels > 0, "FeedForward", "the number of channels must be positive, got \(channels)")
    let width = width ?? channels.times(4, "FeedForward")
    self.function = function
    upProjection = Linear(channels, width, bias: bias)
    gate = function == .swiGLU ? Linear(channels, width, bias: bias) : nil
    downProjection = Linear(width, channels, bias: bias)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    feedForward(x, function, up: upProjection, gate: gate, down: downProjection)
  }

  public override var details: String {
    "\(upProjection.inputs) → \(upProjection.outputs), \(function)"
  }
}
