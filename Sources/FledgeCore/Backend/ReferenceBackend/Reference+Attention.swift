import Foundation

extension ReferenceBackend {
  public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, options: AttentionOptions
  ) -> (y: Tensor, logSumExp: Tensor) {
    let problem = AttentionProblem(q, k, v, mask, options)
    let width = v.shape[-1]
    let values = v.doubles
    var y: [Double] = []
    var totals: [Double] = []
    for row in 0..<problem.rowCount {
      let scores = problem.scores(row)
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      totals.append(top + log(sum))
      let first = problem.batch(of: row) * problem.keyCount
      y += (0..<width).map { d in
        weights.indices.reduce(0) { $0 + weights[$1] * values[(first + $1) * width + d] } / sum
      }
    }
    let shape = Shape(q.shape.dropLast() + [width])
    return (
      Tensor(rounding: y, shape, q.dtype),
      Tensor(rounding: totals, Shape(Array(q.shape.dropLast())), q.dtype.ofStatistics)
    )
  }

  public func attentionGradient(
    _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, y: Tensor, logSumExp: Tensor,
    options: AttentionOptions
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    let problem = AttentionProblem(q, k, v, mask, options)
    let (depth, width) = (q.shape[-1], v.shape[-1])
    let (queries, keys, values) = (q.doubles, k.doubles, v.doubles)
    let (outputs, gradients, totals) = (y.doubles, dy.doubles, logSumExp.doubles)
    var dq = [Double](repeating: 0, count: queries.count)
    var dk = [Double](repeating: 0, count: keys.count)
    var dv = [Double](repeating: 0, count: values.count)
    for row in 0..<problem.rowCount {
      let scores = problem.scores(row)
      let first = problem.batch(of: row) * problem.keyCount
      // Σⱼ pⱼ dpⱼ = y·dy, so the softmax's backward needs no pass over the keys for it.
      let dot = (0..<width).reduce(0) {
        $0 + outputs[row * width + $1] * gradients[row * width + $1]
      }
      for j in scores.indices {
        let p = exp(scores[j] - totals[row])
        var dp = 0.0
        for d in 0..<width {
          dp += gradients[row * width + d] * values[(first + j) * width + d]
          dv[(first + j) * width + d] += p * gradients[row * width + d]
        }
        let ds = p * (dp - dot) * options.scale
        for d in 0..<depth {
          dq[row * depth + d] += ds * keys[(first + j) * depth + d]
          dk[(first + j) * depth + d] += ds * queries[row * depth + d]
        }
      }
    }
    return (
      Tensor(rounding: dq, q.shape, q.dtype), Tensor(rounding: dk, k.shape, k.dtype),
      Tensor(rounding: dv, v.shape, v.dtype)
    )
  }
}

/// The scores of one query row against all keys.
private struct AttentionProblem {
  let queryCount, keyCount, depth, rowCount: Int
  let queries, keys: [Double]
  let mask: [Double]?
  let options: AttentionOptions

  init(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ options: AttentionOptions) {
    queryCount = q.shape[-2]
    keyCount = k.shape[-2]
    depth = q.shape[-1]
    rowCount = q.shape.dimensions.dropLast().reduce(1, *)
    queries = q.doubles
    keys = k.doubles
    self.options = options
    let scoreShape = Shape(q.shape.dropLast() + [keyCount])
    self.mask = mask.map { $0.view($0.layout.broadcast(to: scoreShape)).doubles }
  }

  func batch(of row: Int) -> Int { row / queryCount }

  func scores(_ row: Int) -> [Double] {
    let i = row % queryCount
    let first = batch(of: row) * keyCount
    return (0..<keyCount).map { j in
      if options.isCausal && j > i + keyCount - queryCount { return -.infinity }
      var dot = 0.0
      for d in 0..<depth { dot += queries[row * depth + d] * keys[(first + j) * depth + d] }
      return dot * options.scale + (mask?[row * keyCount + j] ?? 0)
    }
  }
}
