import FledgeCore
import Synchronization

/// Looks at the outputs of activation functions in a forward pass, and changes nothing.
final class ActivationObserver: Transformation {
  /// The activation functions, by the names of their operations. Softplus is left out: losses are
  /// made of it.
  static let activations: Set = [
    "relu", "gelu", "exactGELU", "silu", "sigmoid", "tanh", "leakyReLU", "elu",
    "hardSwish", "hardTanh", "mish", "prelu",
  ]

  private struct Seen {
    var activations: [ObservedActivation] = []
    var time = Duration.zero
  }
  private let seen = Mutex(Seen())

  /// In the order in which they ran.
  var found: [ObservedActivation] { seen.withLock { $0.activations } }
  /// How long the looking took.
  var time: Duration { seen.withLock { $0.time } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    let name = type(of: primitive).name
    let context = ExecutionContext.current
    if Self.activations.contains(name), !context.isBackward, !context.isRecomputation,
      !context.isAbstract, outputs[0].dtype.isFloatingPoint
    {
      let start = ContinuousClock.now
      let observed = withoutGradients { ObservedActivation(name, outputs[0].detached()) }
      seen.withLock { state in
        state.activations.append(observed)
        state.time += ContinuousClock.now - start
      }
    }
    return outputs
  }
}
