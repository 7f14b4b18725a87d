import FledgeCore
import FledgeNN

/// Adam whose ranks exchange codes of its running means instead of gradients: 1-bit Adam (Tang et al.
/// 2021) with a ``SignCodec``, QAdam (Gan et al. 2021, "Bagua") with a ``MinMaxCodec``.
///
///     let optimizer = try CompressedAdam(model.parameters(), warmUp: 200, over: world)
///     for batch in loader {
///       optimizer.zeroGrad()
///       loss(model, batch).backward()       // this rank's gradients only
///       try optimizer.step()
///     }
///
/// Adam's step is no linear function of the gradient, so errors of a code do not cancel out in it. But the
/// mean of squares settles early. After `warmUp` steps of plain Adam on gradients averaged in full, it is
/// kept as it is, and what is left is momentum with a fixed rate for each element, which error feedback
/// suits:
///
///     warm-up    g = mean over ranks of g_i;   m = β₁ m + (1 − β₁) g;   v = β₂ v + (1 − β₂) g²
///     then       m = compressed mean of (β₁ m + (1 − β₁) g_i);   v stays
///     always     p = p − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ), t of v at most warmUp
///
/// Weights of all ranks keep the same bits if they begin so (`Group.broadcastParameters(of:)`).
public final class CompressedAdam {
  /// What is trained: parameters of one floating dtype.
  public let parameters: [AnyParameter]
  /// η; may be changed between steps.
  public var learningRate: Double
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε.
  public let epsilon: Double
  /// How many steps exchange gradients in full.
  public let warmUp: Int
  /// How many steps were taken.
  public private(set) var stepCount = 0
  private let group: Group
  private let exchange: CompressedMean
  private var mean: Tensor
  private var square: Tensor

  /// All ranks call it, with equal arguments.
  public init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, warmUp: Int,
    codec: any GradientCodec = SignCodec(),
    over group: Group
  ) throws {
    require(
      (0..<1).contains(beta1) && (0..<1).contains(beta2) && epsilon > 0 && learningRate >= 0,
      "CompressedAdam",
      "betas are in 0 ..< 1, ε is positive; got \(beta1), \(beta2), \(epsilon) and a rate of \(learningRate)"
    )
    require(warmUp > 0, "CompressedAdam", "without warm-up the mean of squares is 0")
    let trained = parameters.filter { $0.isTrainable && $0.shape != nil }
    require(
      Set(trained.map(\.dtype)).count <= 1, "CompressedAdam", "all parameters have one dtype")
    (self.parameters, self.learningRate) = (trained, learningRate)
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    (self.warmUp, self.group) = (warmUp, group)
    exchange = try CompressedMean(codec, over: group, errorFeedback: true)
    let count = trained.reduce(0) { $0 + $1.shape!.count }
    mean = Tensor.zeros([count])
    square = Tensor.zeros([count])
  }

  /// Forgets all gradients.
  public func zeroGrad() { for parameter in parameters { parameter.zeroGrad() } }

  /// Exchanges, and takes one step. A parameter without gradient on this rank adds zeros.
  public func step() throws {
    try withoutGradients(memoryTag: .optimizer) {
      stepCount += 1
      var gradient = Tensor.concatenate(
        parameters.map { parameter in
          let count = parameter.shape!.count
          return parameter.grad?.contiguous().reshaped([count]).cast(to: .float32)
            ?? Tensor.zeros([count])
        })
      if stepCount <= warmUp {
        try group.allReduce(&gradient, .mean)
        mean = mean * beta1 + gradient * (1 - beta1)
        square = square * beta2 + gradient * gradient * (1 - beta2)
      } else {
        mean = try exchange(mean * beta1 + gradient * (1 - beta1))
      }
      let (meanBias, squareBias) = (bias(beta1, stepCount), bias(beta2, min(stepCount, warmUp)))
      let change = mean / meanBias / ((square / squareBias).sqrt() + epsilon) * learningRate
      for (parameter, range) in zip(parameters, ranges(of: parameters.map { $0.shape!.count })) {
        let own = change[range].reshaped(parameter.shape!).cast(to: parameter.dtype!)
        parameter.update { $0 -= own }
      }
    }
  }

  /// 1 − βᵗ.
  private func bias(_ beta: Double, _ count: Int) -> Double {
    1 - (0..<count).reduce(1) { power, _ in power * beta }
  }
}
