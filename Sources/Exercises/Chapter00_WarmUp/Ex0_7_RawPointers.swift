import FledgeCourse
import Foundation

/// A matrix in raw memory. It does not own the memory; the code that allocated it frees it.
struct RawMatrix {
  let start: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  /// Whether the memory holds the columns one after another instead of the rows.
  var isTransposed = false

  /// The same memory, read with rows and columns exchanged. Nothing is copied.
  var transposed: RawMatrix {
    RawMatrix(start: start, rows: columns, columns: rows, isTransposed: !isTransposed)
  }

  /// How many numbers lie before that of row i and column j.
  func position(_ i: Int, _ j: Int) -> Int {
    // solution
    isTransposed ? j * rows + i : i * columns + j
    // end solution
  }

  subscript(i: Int, j: Int) -> Float { start[position(i, j)] }
}

/// C ← A · B for A [m, k], B [k, n] and C [m, n]. C is not transposed; what it held is overwritten.
typealias RawProduct = (_ a: RawMatrix, _ b: RawMatrix, _ c: RawMatrix) -> Void

enum RawProducts {
  /// The product by three loops over raw memory.
  static func byHand(_ a: RawMatrix, _ b: RawMatrix, _ c: RawMatrix) {
    // solution
    for i in 0..<c.rows {
      for j in 0..<c.columns {
        var sum: Float = 0
        for k in 0..<a.columns { sum += a[i, k] * b[k, j] }
        c.start[c.position(i, j)] = sum
      }
    }
    // end solution
  }

  /// The product by OpenBLAS: one call of `sgemm`.
  ///
  /// BLAS is told how the memory lies: the *leading dimension* of a matrix is the number of elements
  /// from the start of one stored row to the start of the next. Of a transposed matrix a stored row is
  /// a column.
  static func byBLAS(_ a: RawMatrix, _ b: RawMatrix, _ c: RawMatrix) {
    // solution
    sgemm(
      rows: c.rows, columns: c.columns, depth: a.columns,
      a.start, leadingDimension: a.isTransposed ? a.rows : a.columns, transposed: a.isTransposed,
      b.start, leadingDimension: b.isTransposed ? b.rows : b.columns, transposed: b.isTransposed,
      into: c.start, leadingDimension: c.columns)
    // end solution
  }
}

/// Exercise 0.6's network in raw memory, all of it allocated once. Which product it uses is up to the
/// caller.
final class RawNetwork {
  /// W₁ [inputs, hidden] and W₂ [hidden, classes]
  let first, second: RawMatrix
  private let inputs, hiddenSize, classes: Int
  private let hidden, logits, below: UnsafeMutablePointer<Float>
  private let firstGradient, secondGradient: RawMatrix

  init(_ network: TwoLayerNetwork, batchSize: Int) {
    (inputs, hiddenSize) = (network.first.rows, network.first.columns)
    classes = network.second.columns
    first = Self.copy(network.first)
    second = Self.copy(network.second)
    firstGradient = Self.copy(Matrix(zeros: inputs, hiddenSize))
    secondGradient = Self.copy(Matrix(zeros: hiddenSize, classes))
    hidden = .allocate(capacity: batchSize * hiddenSize)
    logits = .allocate(capacity: batchSize * classes)
    below = .allocate(capacity: batchSize * hiddenSize)
  }

  deinit {
    for matrix in [first, second, firstGradient, secondGradient] { matrix.start.deallocate() }
    for memory in [hidden, logits, below] { memory.deallocate() }
  }

  private static func copy(_ matrix: Matrix) -> RawMatrix {
    let start = UnsafeMutablePointer<Float>.allocate(capacity: matrix.values.count)
    for (i, value) in matrix.values.enumerated() { start[i] = Float(value) }
    return RawMatrix(start: start, rows: matrix.rows, columns: matrix.columns)
  }

  /// The weights as exercise 0.6 has them.
  var network: TwoLayerNetwork {
    func matrix(_ raw: RawMatrix) -> Matrix {
      let values = UnsafeBufferPointer(start: raw.start, count: raw.rows * raw.columns)
      return Matrix(raw.rows, raw.columns, values: values.map { Double($0) })
    }
    return TwoLayerNetwork(first: matrix(first), second: matrix(second))
  }

  /// Turns logits into the slopes of the loss by them, in place: the softmax of each row, minus 1 at
  /// the label, over the number of rows. (As exercise 0.5, but nothing is allocated.)
  static func replaceByGradient(_ logits: RawMatrix, labels: UnsafePointer<Int>) {
    // solution
    for i in 0..<logits.rows {
      let row = logits.start + i * logits.columns
      var largest = row[0]
      for j in 1..<logits.columns { largest = max(largest, row[j]) }
      var sum: Float = 0
      for j in 0..<logits.columns {
        row[j] = exp(row[j] - largest)
        sum += row[j]
      }
      for j in 0..<logits.columns { row[j] /= sum * Float(logits.rows) }
      row[labels[i]] -= 1 / Float(logits.rows)
    }
    // end solution
  }

  /// Memory for a batch of so many images: the hidden layer, the logits (and then the slopes by
  /// them), the slopes by the hidden layer.
  private func scratch(rows: Int) -> (hidden: RawMatrix, logits: RawMatrix, below: RawMatrix) {
    (
      RawMatrix(start: hidden, rows: rows, columns: hiddenSize),
      RawMatrix(start: logits, rows: rows, columns: classes),
      RawMatrix(start: below, rows: rows, columns: hiddenSize)
    )
  }

  /// One step of gradient descent on a batch [B, inputs] with B labels: five products, and between
  /// them what exercise 0.6 does between its products. Results go to `scratch(rows:)`,
  /// `firstGradient` and `secondGradient`.
  func step(
    images: RawMatrix, labels: UnsafePointer<Int>, learningRate: Float, product: RawProduct
  ) {
    // solution
    let (hidden, logits, below) = scratch(rows: images.rows)
    product(images, first, hidden)
    for i in 0..<hidden.rows * hidden.columns { hidden.start[i] = max(hidden.start[i], 0) }
    product(hidden, second, logits)
    Self.replaceByGradient(logits, labels: labels)
    product(hidden.transposed, logits, secondGradient)
    product(logits, second.transposed, below)
    for i in 0..<below.rows * below.columns where hidden.start[i] == 0 { below.start[i] = 0 }
    product(images.transposed, below, firstGradient)
    for (weight, gradient) in [(first, firstGradient), (second, secondGradient)] {
      for i in 0..<weight.rows * weight.columns {
        weight.start[i] -= learningRate * gradient.start[i]
      }
    }
    // end solution
  }

  /// One pass over the data in order, in batches of at most the size that memory was allocated for.
  func epoch(
    images: [Float], labels: [Int], learningRate: Float, batchSize: Int, product: RawProduct
  ) {
    var images = images
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeBufferPointer { labels in
        for start in stride(from: 0, to: labels.count, by: batchSize) {
          let batch = RawMatrix(
            start: images.baseAddress! + start * inputs,
            rows: min(batchSize, labels.count - start), columns: inputs)
          step(
            images: batch, labels: labels.baseAddress! + start, learningRate: learningRate,
            product: product)
        }
      }
    }
  }
}
