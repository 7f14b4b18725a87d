import FledgeCore
import FledgeNN

/// The fraction of rows whose largest logit is that of the target.   Shape: [N, C], int64 [N].
/// The first of equal logits counts.
public func accuracy(_ logits: Tensor, _ targets: Tensor) -> Double {
  topKAccuracy(logits, targets, k: 1)
}

/// The fraction of rows whose target is among the `k` largest logits.   Shape: [N, C], int64 [N].
/// Of equal logits those of the lower classes come first.
public func topKAccuracy(_ logits: Tensor, _ targets: Tensor, k: Int) -> Double {
  require(
    logits.rank == 2 && targets.shape == [logits.shape[0]] && logits.shape[0] > 0,
    "topKAccuracy",
    "needs logits [N, C] and targets [N], the shapes are \(logits.shape) and \(targets.shape)")
  let classes = logits.shape[1]
  require((1...classes).contains(k), "topKAccuracy", "k = \(k) of \(classes) classes")
  let values = logits.detached().array()
  let hits = targets.array(of: Int.self).enumerated().count { row, target in
    require(
      (0..<classes).contains(target), "topKAccuracy",
      "target \(row) is \(target), not one of \(classes) classes")
    let scores = values[row * classes..<(row + 1) * classes]
    let own = scores[scores.startIndex + target]
    // A NaN is no prediction.
    if own.isNaN { return false }
    let before = scores.enumerated().count { column, score in
      score > own || (score == own && column < target)
    }
    return before < k
  }
  return Double(hits) / Double(targets.count)
}

/// The fraction of all examples in some batches that a classifier gets right; the model runs in
/// evaluation mode and without gradients.
///
///     accuracy(of: model, on: DataLoader(test, batchSize: 500)) { (model($0.inputs), $0.targets) }
///
/// NaN where there are no batches.
///
/// - Parameter classify: the logits [N, C] and the int64 targets [N] of a batch.
public func accuracy<Batches: Sequence>(
  of model: Module, on batches: Batches,
  _ classify: (Batches.Element) -> (logits: Tensor, targets: Tensor)
) -> Double {
  model.evaluating {
    var mean = RunningMean()
    for batch in batches {
      let (logits, targets) = classify(batch)
      mean.add(accuracy(logits, targets), weight: Double(targets.count))
    }
    return mean.mean
  }
}
