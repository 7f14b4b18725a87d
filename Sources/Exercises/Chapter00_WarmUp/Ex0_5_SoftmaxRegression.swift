import FledgeCourse
import Foundation

extension Matrix {
  /// The matrix product: [m, k] times [k, n] is [m, n].
  func times(_ other: Matrix) -> Matrix {
    precondition(
      columns == other.rows, "\(rows) × \(columns) times \(other.rows) × \(other.columns)")
    var result = Matrix(zeros: rows, other.columns)
    for i in 0..<rows {
      for k in 0..<columns where self[i, k] != 0 {
        for j in 0..<other.columns { result[i, j] += self[i, k] * other[k, j] }
      }
    }
    return result
  }

  /// Rows become columns: [m, n] → [n, m].
  var transposed: Matrix {
    var result = Matrix(zeros: columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  /// Adds `factor` times the other matrix, in place.
  mutating func add(_ other: Matrix, times factor: Double) {
    for i in values.indices { values[i] += factor * other.values[i] }
  }
}

/// The simplest classifier of images: each class scores an image by a weighted sum of its pixels.
///
/// The scores of a batch of B images X [B, inputs] are the *logits* X · W [B, classes].
struct SoftmaxRegression {
  /// [inputs, classes]
  var weights: Matrix

  init(inputs: Int, classes: Int) {
    weights = Matrix(zeros: inputs, classes)
  }

  func logits(_ images: Matrix) -> Matrix { images.times(weights) }

  /// The softmax of each row z: the positive numbers e^zⱼ / Σₖ e^zₖ, which sum to 1.
  ///
  /// e¹⁰⁰⁰ is infinite. The same number may be taken off all z of a row without changing the result:
  /// take off the largest.
  static func softmax(_ logits: Matrix) -> Matrix {
    // solution
    var result = logits
    for i in 0..<logits.rows {
      var largest = -Double.infinity
      for j in 0..<logits.columns { largest = max(largest, logits[i, j]) }
      var sum = 0.0
      for j in 0..<logits.columns {
        result[i, j] = exp(logits[i, j] - largest)
        sum += result[i, j]
      }
      for j in 0..<logits.columns { result[i, j] /= sum }
    }
    return result
    // end solution
  }

  /// The softmax loss (cross-entropy), the mean over the rows z with labels y of
  ///
  ///     −ln softmax(z)_y = ln Σₖ e^zₖ − z_y
  ///
  /// Take the largest z out of the sum here, too: ln Σ e^zₖ = m + ln Σ e^(zₖ − m).
  static func loss(logits: Matrix, labels: [Int]) -> Double {
    // solution
    var total = 0.0
    for i in 0..<logits.rows {
      var largest = -Double.infinity
      for j in 0..<logits.columns { largest = max(largest, logits[i, j]) }
      var sum = 0.0
      for j in 0..<logits.columns { sum += exp(logits[i, j] - largest) }
      total += largest + log(sum) - logits[i, labels[i]]
    }
    return total / Double(logits.rows)
    // end solution
  }

  /// The slopes of the loss by the logits: (softmax(z) − e_y) / B for each of the B rows, where e_y is
  /// 1 at the label and 0 elsewhere.
  static func logitGradient(logits: Matrix, labels: [Int]) -> Matrix {
    // solution
    var result = softmax(logits)
    for i in 0..<result.rows { result[i, labels[i]] -= 1 }
    for i in result.values.indices { result.values[i] /= Double(result.rows) }
    return result
    // end solution
  }

  /// The slopes of the loss by the weights: Xᵀ · G, where G are those by the logits.
  func gradient(images: Matrix, labels: [Int]) -> Matrix {
    // solution
    let above = Self.logitGradient(logits: logits(images), labels: labels)
    return images.transposed.times(above)
    // end solution
  }

  /// One pass over the data in order, in batches: W ← W − rate · gradient after each. The last batch
  /// is smaller where the count is no multiple of the size.
  mutating func epoch(images: Matrix, labels: [Int], learningRate: Double, batchSize: Int) {
    // solution
    var start = 0
    while start < images.rows {
      let batch = start..<min(start + batchSize, images.rows)
      let slopes = gradient(images: images.rows(batch), labels: Array(labels[batch]))
      weights.add(slopes, times: -learningRate)
      start = batch.upperBound
    }
    // end solution
  }

  /// The share of images whose largest logit is that of their label.
  static func accuracy(logits: Matrix, labels: [Int]) -> Double {
    var right = 0
    for i in 0..<logits.rows {
      let row = (0..<logits.columns).map { logits[i, $0] }
      if row.firstIndex(of: row.max()!) == labels[i] { right += 1 }
    }
    return Double(right) / Double(logits.rows)
  }
}
