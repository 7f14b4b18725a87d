import FledgeCore
import FledgeCourse

// A tensor with gradients keeps its whole graph alive: every operation that led to it and all that
// they saved. Five pieces of a training program follow that use such tensors and must not do so.
//
//     x.detached()              the same values outside the graph
//     withoutGradients { … }    nothing that is computed inside is recorded
//     x.requiringGradients()    the same values as a new leaf
//
// How many nodes are alive can be counted: `GraphNode.liveCount`.

/// The mean of `loss` over batches, to look at and not to train on: nothing is recorded.
func evaluate(_ loss: (Tensor) -> Tensor, over batches: [Tensor]) -> Double {
  // solution
  withoutGradients {
    batches.reduce(0) { $0 + loss($1).item() } / Double(batches.count)
  }
  // end solution
}

/// A step of gradient descent: each parameter p becomes p − learningRate · gradient. The results are
/// leaves, for the next step to differentiate by, and know nothing of this one.
func descended(
  _ parameters: [Tensor], along gradients: [Tensor], learningRate: Double
) -> [Tensor] {
  // solution
  withoutGradients {
    zip(parameters, gradients).map { ($0 - $1 * learningRate).requiringGradients() }
  }
  // end solution
}

/// The mean of the losses of an epoch. It stays on the device as a tensor, so that no step waits for
/// the number.
struct RunningLoss {
  private var sum = Tensor(0)
  private var count = 0

  mutating func add(_ loss: Tensor) {
    count += 1
    // solution
    sum = sum + loss.detached()
    // end solution
  }

  var mean: Double { sum.item() / Double(count) }
}

/// The exponential moving average of parameters, with which models are evaluated and which serves as
/// a slow teacher (Tarvainen and Valpola 2017): decay · average + (1 − decay) · parameter. Constants.
func averaged(_ average: [Tensor], with parameters: [Tensor], decay: Double) -> [Tensor] {
  // solution
  withoutGradients {
    zip(average, parameters).map { $0 * decay + $1 * (1 - decay) }
  }
  // end solution
}

/// f(x), differentiated as if it were x: the straight-through estimator (Bengio et al. 2013), with
/// which networks train through rounding, whose own gradient is zero everywhere.
///
/// x plus a constant: which constant makes the value f(x)?
func straightThrough(_ x: Tensor, _ f: (Tensor) -> Tensor) -> Tensor {
  // solution
  x + (f(x) - x).detached()
  // end solution
}
