import FledgeCore

/// A tensor as the simplest thing that could be right: a shape, and a value for each index.
struct Oracle: Equatable {
  var shape: [Int]
  var values: [Int]

  init(shape: [Int], _ value: ([Int]) -> Int) {
    self.shape = shape
    values = Oracle.indices(of: shape).map(value)
  }

  init(_ tensor: Tensor) {
    shape = Array(tensor.shape.dimensions)
    values = tensor.array(of: Int.self)
  }

  /// Every index of a shape in row-major order.
  static func indices(of shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { prefixes, size in
      prefixes.flatMap { prefix in (0..<size).map { prefix + [$0] } }
    }
  }

  private func position(_ index: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  subscript(index: [Int]) -> Int {
    get { values[position(index)] }
    set { values[position(index)] = newValue }
  }

  func permuted(_ order: [Int]) -> Oracle {
    Oracle(shape: order.map { shape[$0] }) { index in
      var source = index
      for (i, axis) in order.enumerated() { source[axis] = index[i] }
      return self[source]
    }
  }

  /// The positions of one axis in a new order, some left out or repeated.
  func picking(_ positions: [Int], axis: Int) -> Oracle {
    var target = shape
    target[axis] = positions.count
    return Oracle(shape: target) { index in
      var source = index
      source[axis] = positions[index[axis]]
      return self[source]
    }
  }

  func reshaped(_ target: [Int]) -> Oracle {
    var result = self
    result.shape = target
    return result
  }

  func broadcast(to target: [Int]) -> Oracle {
    Oracle(shape: target) { index in
      self[zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
    }
  }
}
