import FledgeCore

/// Connectionist temporal classification (Graves et al. 2006): −log of the probability that T
/// steps, read with repeats merged and blanks left out, spell the target.
///
/// The target is stretched to L = 2S + 1 symbols with a blank before, between and after its own;
/// αₜ(s) is the probability of all paths that have read the first s of them after step t:
///
///     αₜ(s) = yₜ(s) · [αₜ₋₁(s) + αₜ₋₁(s − 1) + αₜ₋₁(s − 2)]
///
/// with the last term only where symbol s is neither a blank nor the same as symbol s − 2, all in
/// logarithms. The backward recursion β is the gradient of this one, which autograd computes.
/// - Parameters:
///   - logProbabilities: log y from ``/FledgeCore/logSoftmax(_:axis:)``, [T, N, C].
///   - targets: Classes, int64 [N, S]; elements beyond a row's length are not read.
///   - inputLengths: Steps of each row, N of them, at most T.
///   - targetLengths: Symbols of each row, N of them, at most S; 0 is allowed.
///   - blank: The class of the blank.
///   - zeroInfinity: A target too long for its input has the loss ∞ (with gradient 0); where true,
///     it has the loss 0.
///   - reduction: `.mean` divides each loss by its target's length first, as PyTorch does.
///
/// Cost: O(T · N · S).   Shape: → [], or [N] without reduction.
public func connectionistTemporalClassification(
  _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int],
  blank: Int = 0, zeroInfinity: Bool = false, reduction: LossReduction = .mean
) -> Tensor {
  inFloat32(Tensors(logProbabilities)) { inputs in
    let alignment = CTCAlignment(
      inputs[0], targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank)
    var losses = -alignment.logLikelihood(inputs[0])
    losses = losses.masked(
      where: losses .> -CTCAlignment.impossible / 2, with: zeroInfinity ? 0 : .infinity)
    guard reduction == .mean else { return losses.reduced(by: reduction) }
    let lengths = Tensor(targetLengths.map { Double(max($0, 1)) }, dtype: losses.dtype)
    return (losses / lengths).mean()
  }
}

/// The stretched targets of a batch and which ways through them are allowed.
private struct CTCAlignment {
  /// Stands for log 0. It is finite, so that sums of impossible paths have no NaN gradients, and
  /// far below any real logarithm.
  static let impossible = -1e30

  let inputLengths: [Int]
  /// int64 [N, L]
  let symbols: Tensor
  /// 0 where symbol s may follow s − 2, log 0 where not, [N, L].
  let skip: Tensor
  /// The last symbol and the blank after it, one of which must be read at the end: int64 [N, 2].
  let ends: Tensor
  /// 0, and log 0 for the last symbol of an empty target, [N, 2].
  let endPenalty: Tensor

  init(
    _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int],
    blank: Int
  ) {
    let operation = "connectionistTemporalClassification"
    require(
      logProbabilities.rank == 3 && targets.rank == 2
        && targets.shape[0] == logProbabilities.shape[1], operation,
      "needs log-probabilities [T, N, C] and targets [N, S], the shapes are "
        + "\(logProbabilities.shape) and \(targets.shape)")
    let (steps, rows) = (logProbabilities.shape[0], logProbabilities.shape[1])
    let (classes, width) = (logProbabilities.shape[2], targets.shape[1])
    require(
      inputLengths.count == rows && targetLengths.count == rows, operation,
      "needs a length for each of \(rows) rows, got \(inputLengths.count) of inputs and "
        + "\(targetLengths.count) of targets")
    for (row, (input, target)) in zip(inputLengths, targetLengths).enumerated() {
      require(
        (1...max(steps, 1)).contains(input) && (0...width).contains(target), operation,
        "row \(row) has \(input) of \(steps) steps and \(target) of \(width) symbols")
    }
    require(
      (0..<classes).contains(blank), operation, "blank \(blank) is none of \(classes) classes")
    // Elements beyond a row's length may be anything: blanks stand there instead.
    let isSymbol = Tensor.arange(width) .< Tensor(targetLengths, shape: [rows, 1])
    let given = targets.cast(to: .int64).detached()
      .checkedLabels(classes: classes, blank: blank, lengths: targetLengths, operation)
    let labels = Tensor.where(isSymbol, given, Tensor.full([], Double(blank), dtype: .int64))
    // The symbol before each; the first follows none, and αₜ₋₁(−1) is log 0 in any case.
    let before = labels.padded([(0, 0), (1, 0)], value: Double(blank))
      .sliced(axis: 1, from: 0, count: width)
    let mayFollow = isSymbol.and(labels .!= before)
    let dtype = logProbabilities.dtype
    let penalties = Tensor.zeros([rows, width], dtype: dtype)
      .masked(where: mayFollow.not(), with: Self.impossible)
    self.inputLengths = inputLengths
    symbols = Self.stretched(labels, around: Double(blank))
    skip = Self.stretched(penalties, around: Self.impossible)
    ends = Tensor(targetLengths.flatMap { [max(2 * $0 - 1, 0), 2 * $0] }, shape: [rows, 2])
    endPenalty = Tensor(
      targetLengths.flatMap { [$0 == 0 ? Self.impossible : 0, 0] }, shape: [rows, 2], dtype: dtype)
  }

  /// Each element with `value` before it, and `value` at the end.   Shape: [N, S] → [N, 2S + 1]
  private static func stretched(_ x: Tensor, around value: Double) -> Tensor {
    let pairs = Tensor.stack([Tensor.full(x.shape, value, dtype: x.dtype), x], axis: 2)
    return pairs.reshaped([x.shape[0], 2 * x.shape[1]]).padded([(0, 0), (0, 1)], value: value)
  }

  /// log Σ over all allowed ways.   Shape: [T, N, C] → [N]
  func logLikelihood(_ logProbabilities: Tensor) -> Tensor {
    let steps = logProbabilities.shape[0]
    let (rows, length) = (symbols.shape[0], symbols.shape[1])
    let emissions = logProbabilities.gather(
      symbols.broadcast(to: [steps, rows, length]), axis: 2)
    // Before the first step one stands before the first symbol: it and the second can be read.
    let isStart = (Tensor.arange(length) .< 2).broadcast(to: [rows, length])
    var alpha = emissions[0].masked(where: isStart.not(), with: Self.impossible)
    let shortest = inputLengths.min() ?? 0
    for step in 1..<max(steps, 1) {
      let padded = alpha.padded([(0, 0), (2, 0)], value: Self.impossible)
      let moved = [
        alpha, padded.sliced(axis: 1, from: 1, count: length),
        padded.sliced(axis: 1, from: 0, count: length) + skip,
      ]
      let next = Tensor.stack(moved, axis: 2).logSumExp(axis: 2) + emissions[step]
      if step < shortest {
        alpha = next
      } else {
        let goesOn = Tensor(inputLengths.map { step < $0 }, shape: [rows, 1])
        alpha = Tensor.where(goesOn, next, alpha)
      }
    }
    return (alpha.gather(ends, axis: 1) + endPenalty).logSumExp(axis: 1)
  }
}
