import FledgeCore

/// Numbers of a rank, different for each rank and place, small enough to be exact as sums in any dtype.
package func numbers(_ shape: Shape, rank: Int, dtype: DType = .float32) -> Tensor {
  let values = (0..<shape.count).map { Float(($0 * 7 + rank * 5) % 13) }
  return Tensor(values, shape: shape).cast(to: dtype)
}

/// The sum over `ranks` ranks of ``numbers(_:rank:dtype:)``.
package func sumOfNumbers(_ shape: Shape, ranks: Int) -> [Float] {
  (0..<shape.count).map { i in
    var sum = 0
    for rank in 0..<ranks { sum += (i * 7 + rank * 5) % 13 }
    return Float(sum)
  }
}

/// Normal numbers of a rank.
package func normal(_ count: Int, rank: Int) -> Tensor {
  withGenerator(Generator(seed: UInt64(rank))) { Tensor.normal([count]) }
}
