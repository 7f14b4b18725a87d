import FledgeCore
import FledgeCourse
import FledgeNN

// A word is a number, and its number means nothing: word 17 is not near word 18. So each word gets a
// vector of its own, which the network learns: a row of a table.
//
//     table     [words][width]
//     y[n]      the row of word indices[n]
//
// It is the product of one-hot rows with the table, without all the multiplications by zero.

/// Rows of a table, and the way back.
enum TableRows {
  /// The rows at `indices`, one after the other. A table lies row by row, `width` numbers each.
  static func rows(of table: [Float], width: Int, at indices: [Int]) -> [Float] {
    // solution
    indices.flatMap { table[$0 * width..<($0 + 1) * width] }
    // end solution
  }

  /// The gradient of a table of `count` rows: each dy[n] is added to the row that was read for it. A word
  /// that comes several times gets the sum, and one that does not come gets 0.
  static func tableGradient(
    _ dy: [Float], width: Int, at indices: [Int], count: Int
  ) -> [Float] {
    // solution
    var gradient = [Float](repeating: 0, count: count * width)
    for (n, index) in indices.enumerated() {
      for i in 0..<width { gradient[index * width + i] += dy[n * width + i] }
    }
    return gradient
    // end solution
  }
}

/// Given to you: the rows as one of Fledge's operations.
/// Shape: table [count, width], int64 indices [*] → [*, width]
struct MyTableRows: Primitive {
  static let name = "course.tableRows"
  static let formula = "y[n] = table[indices[n]]"

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let shape = Shape(Array(inputs[1].shape) + [inputs[0].shape[1]])
    return [TensorType(shape: shape, dtype: .float32)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let width = inputs[0].shape[1]
    let values = TableRows.rows(
      of: inputs[0].array(), width: width, at: inputs[1].array(of: Int.self))
    return [Tensor(values, shape: Shape(Array(inputs[1].shape) + [width]))]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let shape = g.inputShape(0)
    let values = TableRows.tableGradient(
      g.dy.array(), width: shape[1], at: g.input(1).array(of: Int.self), count: shape[0])
    return [Tensor(values, shape: shape), nil]
  }
}

/// A layer that gives each word its vector.   Shape: int64 [*] → [*, channels]
final class MyEmbedding: Module, Layer {
  /// [words, channels]
  @Parameter var weight: Tensor

  /// Starts from normal numbers with mean 0 and deviation 1 (`Tensor.normal(shape)`), whatever the number
  /// of words: a row is used whole, and no sum over the words is made.
  init(_ words: Int, _ channels: Int) {
    // solution
    weight = Tensor.normal([words, channels])
    // end solution
  }

  /// `apply(operation, [table, indices])[0]` is the result of `MyTableRows()`.
  func callAsFunction(_ indices: Tensor) -> Tensor {
    // solution
    apply(MyTableRows(), [weight, indices])[0]
    // end solution
  }

  /// The words whose vectors point most nearly in the direction of that of `word`, the nearest first, at
  /// most `count` of them and without the word itself. Near is a large cosine: a · b / (|a| |b|). Of equal
  /// ones the smaller number comes first.
  func nearest(to word: Int, count: Int) -> [Int] {
    // solution
    let values = weight.array(of: Double.self)
    let width = weight.shape[1]
    func row(_ n: Int) -> ArraySlice<Double> { values[n * width..<(n + 1) * width] }
    func dot(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func cosine(_ n: Int) -> Double {
      dot(row(n), row(word)) / (dot(row(n), row(n)) * dot(row(word), row(word))).squareRoot()
    }
    let others = (0..<weight.shape[0]).filter { $0 != word }.map { ($0, cosine($0)) }
    let sorted = others.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
    return sorted.prefix(count).map(\.0)
    // end solution
  }
}
