import Fledge

// This file and its neighbours PlayConfiguration, PlayNetwork, PlayTraining and PlayView are compiled into the
// studio, and by `learn studio` into a program with a learner's code. They import Fledge alone.

/// A linear layer, Fledge's or a learner's.
protocol PlayLinear: Module, Layer {
  /// [outputs, inputs]
  var weight: Tensor { get }
  /// [outputs]
  var bias: Tensor? { get }
}

extension Linear: PlayLinear {}

/// What the networks of the playground are made of: Fledge's own parts, or a learner's.
struct PlayParts {
  /// A new linear layer of this many inputs and outputs.
  var linear: (Int, Int) -> any PlayLinear = { Linear($0, $1) }
  /// The optimizer of a model, at a learning rate.
  var optimizer: (PlayConfiguration.Rule, Module, Double) -> Optimizer = { rule, model, rate in
    rule.optimizer(model, rate)
  }
  /// The kernels of all operations; nil for Fledge's.
  var backend: (any Backend)?
  /// Networks that are made of something else.
  var networks: [PlayConfiguration.Network: (PlayConfiguration) -> any PlayNetwork] = [:]
}
