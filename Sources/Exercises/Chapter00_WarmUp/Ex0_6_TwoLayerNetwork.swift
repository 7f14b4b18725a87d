import FledgeCore
import FledgeCourse

/// A network of two layers: logits = relu(X · W₁) · W₂.
///
/// X is a batch of B images [B, inputs]. Without the relu between them the two products would be one
/// product with W₁ · W₂, and nothing would be won over softmax regression.
struct TwoLayerNetwork {
  /// W₁, [inputs, hidden]
  var first: Matrix
  /// W₂, [hidden, classes]
  var second: Matrix

  init(first: Matrix, second: Matrix) {
    (self.first, self.second) = (first, second)
  }

  /// Random weights, smaller the more of them are added up.
  init(inputs: Int, hidden: Int, classes: Int, generator: Generator) {
    func random(_ rows: Int, _ columns: Int) -> Matrix {
      let deviation = (2 / Double(rows)).squareRoot()
      let values = (0..<rows * columns).map { _ in generator.normal(standardDeviation: deviation) }
      return Matrix(rows, columns, values: values)
    }
    self.init(first: random(inputs, hidden), second: random(hidden, classes))
  }

  /// What the hidden layer gives: relu(X · W₁), [B, hidden].
  func hidden(_ images: Matrix) -> Matrix {
    // solution
    var result = images.times(first)
    for i in result.values.indices { result.values[i] = max(result.values[i], 0) }
    return result
    // end solution
  }

  /// [B, inputs] → [B, classes]
  func logits(_ images: Matrix) -> Matrix {
    // solution
    hidden(images).times(second)
    // end solution
  }

  /// The slopes of the softmax loss by W₁ and by W₂, by the chain rule from the loss down:
  ///
  ///     H = relu(X · W₁)
  ///     G = slopes by the logits H · W₂         [B, classes], from exercise 0.5
  ///     by W₂: Hᵀ · G                           [hidden, classes]
  ///     by H:  G · W₂ᵀ                          [B, hidden]
  ///     by X · W₁: the slope by H where the relu let something through, 0 elsewhere
  ///     by W₁: Xᵀ · (that)                      [inputs, hidden]
  func gradients(images: Matrix, labels: [Int]) -> (first: Matrix, second: Matrix) {
    // solution
    let hidden = hidden(images)
    let above = SoftmaxRegression.logitGradient(logits: hidden.times(second), labels: labels)
    var below = above.times(second.transposed)
    for i in below.values.indices where hidden.values[i] == 0 { below.values[i] = 0 }
    return (images.transposed.times(below), hidden.transposed.times(above))
    // end solution
  }

  /// W₁ and W₂ each minus `learningRate` times its gradient. Both gradients are those of the weights
  /// before the step.
  mutating func step(images: Matrix, labels: [Int], learningRate: Double) {
    // solution
    let slopes = gradients(images: images, labels: labels)
    first.add(slopes.first, times: -learningRate)
    second.add(slopes.second, times: -learningRate)
    // end solution
  }

  /// One pass over the data in order, in batches.
  mutating func epoch(images: Matrix, labels: [Int], learningRate: Double, batchSize: Int) {
    for start in stride(from: 0, to: images.rows, by: batchSize) {
      let batch = start..<min(start + batchSize, images.rows)
      step(images: images.rows(batch), labels: Array(labels[batch]), learningRate: learningRate)
    }
  }
}
