import Foundation

extension ReferenceBackend {
  /// The last axis' rows of x as arrays.
  private func rows(_ x: Tensor) -> [[Double]] {
    let values = x.doubles
    let width = x.shape[-1]
    if width == 0 { return [] }
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private func mapRows(_ x: Tensor, _ f: ([Double]) -> [Double]) -> Tensor {
    Tensor(rounding: rows(x).flatMap(f), x.shape, x.dtype)
  }

  private func zipRows(
    _ a: Tensor, _ b: Tensor, _ f: ([Double], [Double]) -> [Double]
  ) -> Tensor {
    Tensor(rounding: Swift.zip(rows(a), rows(b)).flatMap { f($0, $1) }, a.shape, a.dtype)
  }

  private func logSumExp(_ row: [Double]) -> Double {
    // Shifting by the maximum keeps e^x from overflowing; an infinite maximum cannot be shifted by.
    let top = row.max() ?? -.infinity
    if top.isInfinite { return row.contains { $0.isNaN } ? .nan : top }
    return top + log(row.reduce(0) { $0 + exp($1 - top) })
  }

  public func softmax(_ x: Tensor) -> Tensor {
    mapRows(x) { row in
      let total = logSumExp(row)
      return row.map { exp($0 - total) }
    }
  }

  public func softmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    zipRows(dy, y) { dy, y in
      let dot = Swift.zip(dy, y).reduce(0) { $0 + $1.0 * $1.1 }
      return Swift.zip(dy, y).map { $1 * ($0 - dot) }
    }
  }

  public func logSoftmax(_ x: Tensor) -> Tensor {
    mapRows(x) { row in
      let total = logSumExp(row)
      return row.map { $0 - total }
    }
  }

  public func logSoftmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    zipRows(dy, y) { dy, y in
      let sum = dy.reduce(0, +)
      return Swift.zip(dy, y).map { $0 - exp($1) * sum }
    }
  }

  public func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Double)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let width = x.shape[-1]
    let scale = weight?.doubles ?? [Double](repeating: 1, count: width)
    let shift = bias?.doubles ?? [Double](repeating: 0, count: width)
    var means: [Double] = []
    var inverses: [Double] = []
    let y = mapRows(x) { row in
      let mean = row.reduce(0, +) / Double(width)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      let inverse = 1 / (variance + epsilon).squareRoot()
      means.append(mean)
      inverses.append(inverse)
      return row.indices.map { (row[$0] - mean) * inverse * scale[$0] + shift[$0] }
    }
    let shape = Shape(Array(x.shape.dropLast()))
    return (y, Tensor(rounding: means, shape, x.dtype), Tensor(rounding: inverses, shape, x.dtype))
  }

  public func layerNormGradient(
    _ dy: Tensor, x: Tensor, weight: Tensor?, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor) {
    let width = x.shape[-1]
    let scale = weight?.doubles ?? [Double](repeating: 1, count: width)
    var dweight = [Double](repeating: 0, count: width)
    var dbias = dweight
    var statistics = Swift.zip(mean.doubles, inverseDeviation.doubles).makeIterator()
    let dx = zipRows(dy, x) { dy, x in
      let (mean, inverse) = statistics.next()!
      let normalized = x.map { ($0 - mean) * inverse }
      let g = dy.indices.map { dy[$0] * scale[$0] }
      let meanG = g.reduce(0, +) / Double(width)
      let meanGN = g.indices.reduce(0) { $0 + g[$1] * normalized[$1] } / Double(width)
      for i in dy.indices {
        dweight[i] += dy[i] * normalized[i]
        dbias[i] += dy[i]
      }
      return g.indices.map { inverse * (g[$0] - meanG - normalized[$0] * meanGN) }
    }
    return (
      dx, Tensor(rounding: dweight, [width], x.dtype), Tensor(rounding: dbias, [width], x.dtype)
    )
  }

  public func crossEntropy(_ logits: Tensor, _ targets: Tensor, options: CrossEntropyOptions)
    -> (losses: Tensor, logSumExp: Tensor)
  {
    let totals = rows(logits).map(logSumExp)
    let losses = Swift.zip(Swift.zip(rows(logits), totals), targets.array(of: Int.self)).map {
      (pair, target) -> Double in
      if target == options.ignoreIndex { return 0 }
      let (row, total) = pair
      let smoothing = options.labelSmoothing
      let uniform = row.reduce(0) { $0 + (total - $1) } / Double(row.count)
      return (1 - smoothing) * (total - row[target]) + smoothing * uniform
    }
    let shape: Shape = [logits.shape[0]]
    return (
      Tensor(rounding: losses, shape, logits.dtype), Tensor(rounding: totals, shape, logits.dtype)
    )
  }

  public func crossEntropyGradient(
    _ dy: Tensor, logits: Tensor, targets: Tensor, logSumExp: Tensor, options: CrossEntropyOptions
  ) -> Tensor {
    let (scales, totals, labels) = (dy.doubles, logSumExp.doubles, targets.array(of: Int.self))
    let smoothing = options.labelSmoothing
    let result = rows(logits).enumerated().flatMap { r, row -> [Double] in
      if labels[r] == options.ignoreIndex { return row.map { _ in 0 } }
      return row.indices.map { c in
        let target = (c == labels[r] ? 1 - smoothing : 0) + smoothing / Double(row.count)
        return scales[r] * (exp(row[c] - totals[r]) - target)
      }
    }
    return Tensor(rounding: result, logits.shape, logits.dtype)
  }
}
