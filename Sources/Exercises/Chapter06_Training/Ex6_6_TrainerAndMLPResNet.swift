import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

/// One residual block of an MLP (He et al. 2015): what goes in is added to what comes out of the
/// layers, so that gradients have a way past them.
///
///     x ──┬─ Linear(features, hidden) ─ BatchNorm1d ─ ReLU ─ Dropout ─ Linear(hidden, features)
///         │                                                            ─ BatchNorm1d ─┐
///         └──────────────────────────────────────────────────────────────────────── (+) ─ ReLU ─
///
/// `Residual { … }` adds, `Sequential { … }` puts one after another; both take layers, one a line.
func mlpResidualBlock(_ features: Int, hidden: Int, dropout: Double) -> Sequential {
  // solution
  Sequential {
    Residual {
      Linear(features, hidden)
      BatchNorm1d(hidden)
      ReLU()
      Dropout(dropout)
      Linear(hidden, features)
      BatchNorm1d(features)
    }
    ReLU()
  }
  // end solution
}

/// An MLP with residual blocks: Linear(inputs, width), ReLU, the blocks, each with width / 2 hidden
/// features, and Linear(width, classes).
///
/// Shape: [N, inputs] → [N, classes]. A `for` loop may stand among the layers of a `Sequential`.
func mlpResNet(
  inputs: Int, width: Int = 100, blocks: Int = 3, classes: Int = 10, dropout: Double = 0.1
) -> Sequential {
  // solution
  Sequential {
    Linear(inputs, width)
    ReLU()
    for _ in 0..<blocks { mlpResidualBlock(width, hidden: width / 2, dropout: dropout) }
    Linear(width, classes)
  }
  // end solution
}

/// Trains a classifier, step by step.
final class ClassifierTrainer {
  /// Calls with [N, inputs] and answers with logits [N, classes].
  let model: any Layer
  let optimizer: Optimizer
  let schedule: any Schedule
  /// The gradient's greatest norm; see `clipNorm(of:to:)`.
  let maximumNorm: Double
  /// How many steps were taken. A resumed run sets it.
  var step = 0

  init(
    _ model: any Layer, _ optimizer: Optimizer, schedule: any Schedule = ConstantSchedule(),
    maximumNorm: Double = .infinity
  ) {
    self.model = model
    self.optimizer = optimizer
    self.schedule = schedule
    self.maximumNorm = maximumNorm
  }

  /// One step on a batch, in this order:
  ///
  /// 1. the model goes into training mode (`train()`), and old gradients are forgotten (`zeroGrad()`);
  /// 2. the loss, `crossEntropy(logits, labels)`, and its gradients;
  /// 3. the gradients are clipped;
  /// 4. `optimizer.learningRateFactor` is the schedule's factor for this step, the first being 0, and
  ///    the optimizer steps;
  /// 5. the step is counted.
  ///
  /// - Parameters:
  ///   - x: [N, inputs].
  ///   - labels: [N], int64.
  /// - Returns: the loss before the step, and the norm of its gradients before clipping.
  @discardableResult
  func takeStep(_ x: Tensor, _ labels: Tensor) -> (loss: Double, norm: Double) {
    // solution
    model.train()
    optimizer.zeroGrad()
    let loss = crossEntropy(model(x), labels)
    loss.backward()
    let norm = clipNorm(of: optimizer.parameters, to: maximumNorm)
    optimizer.learningRateFactor = schedule.factor(at: step)
    optimizer.step()
    step += 1
    return (loss.item(), norm)
    // end solution
  }

  /// The mean loss, and the part of the examples whose largest logit is that of their label. The model
  /// is in evaluation mode (`eval()`), and no graph is recorded (`withoutGradients { … }`).
  ///
  /// `logits.argmax(axis: 1)` is the class of each row; `.array(of: Int.self)` makes a tensor's
  /// elements an array.
  func evaluate(_ x: Tensor, _ labels: Tensor) -> (loss: Double, accuracy: Double) {
    // solution
    model.eval()
    return withoutGradients {
      let logits = model(x)
      let guesses = logits.argmax(axis: 1).array(of: Int.self)
      let right = zip(guesses, labels.array(of: Int.self)).count { $0 == $1 }
      return (crossEntropy(logits, labels).item(), Double(right) / Double(guesses.count))
    }
    // end solution
  }
}
