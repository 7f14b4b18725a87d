import FledgeCore
import FledgeCourse

// A gradient rule is given dy, the gradient of the loss with respect to the output, and answers with
// the gradients with respect to the inputs, each in its input's shape:
//
//     g.dy              ∂L/∂y
//     g.input(0)        the first input, as it was in the forward pass
//     g.output          the output
//     g.inputShape(0)   the shape of the first input
//
// `saves` says which values the rule reads. All others are freed with their tensors: what is saved
// and not needed is memory that every training step pays for.
//
// Write the rules in your own operations (`My.multiply`, …). Then a rule can be differentiated too.

// The pattern.
extension My.Multiply {
  var saves: SavedValues { .inputs }

  // y = a b: ∂y/∂a = b and ∂y/∂b = a.
  func gradients(_ g: GradientContext) -> Gradients {
    [My.multiply(g.dy, g.input(1)), My.multiply(g.dy, g.input(0))]
  }
}

extension My.Negate {
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [My.negate(g.dy)] }
}

/// y = a + b.
extension My.Add {
  var saves: SavedValues {
    // solution
    .nothing
    // end solution
  }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [g.dy, g.dy]
    // end solution
  }
}

/// y = a / b. The rule for b can be written with y in it, so that a need not be kept.
extension My.Divide {
  var saves: SavedValues { [.input(1), .outputs] }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    let da = My.divide(g.dy, g.input(1))
    return [da, My.negate(My.multiply(da, g.output))]
    // end solution
  }
}

/// y = eˣ. Its slope is a value that is there already.
extension My.Exp {
  var saves: SavedValues {
    // solution
    .outputs
    // end solution
  }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.multiply(g.dy, g.output)]
    // end solution
  }
}

/// y = ln x.
extension My.Log {
  var saves: SavedValues { .inputs }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.divide(g.dy, g.input(0))]
    // end solution
  }
}

/// y = max(x, 0). At 0 itself, where there is no slope, the gradient is 0 by convention.
extension My.ReLU {
  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.multiply(g.dy, My.step(g.output))]
    // end solution
  }
}

/// The same elements in another shape.
extension My.Reshape {
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.reshape(g.dy, g.inputShape(0))]
    // end solution
  }
}

/// Axes `first` and `second` exchanged.
extension My.SwapAxes {
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    [My.swapAxes(g.dy, first, second)]
    // end solution
  }
}

/// The sum over `axes`. Each element that went into a sum gets that sum's gradient; take care that it
/// is that sum's, also where `keepsAxes` is false and the axis is no longer there.
extension My.Sum {
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients {
    // solution
    let shape = g.inputShape(0)
    let kept = Shape(shape.enumerated().map { axis, size in axes.contains(axis) ? 1 : size })
    return [My.broadcast(My.reshape(g.dy, kept), to: shape)]
    // end solution
  }
}
