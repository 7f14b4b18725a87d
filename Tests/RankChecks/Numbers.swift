import FledgeCore

/// Numbers of a rank, different for each rank and place, small enough to be exact as sums in any dtype.
package func numbers(_ shape: Shape, rank: Int, dtype: DType = .float32) -> Tensor {
  (Tensor.arange(shape.count) * 7 + rank * 5).remainder(by: 13).cast(to: dtype).reshaped(shape)
}

/// The sum over `ranks` ranks of ``numbers(_:rank:dtype:)``.
package func sumOfNumbers(_ shape: Shape, ranks: Int) -> [Float] {
  (1..<ranks).reduce(numbers(shape, rank: 0)) { $0 + numbers(shape, rank: $1) }.array()
}

/// Normal numbers of a rank.
package func normal(_ count: Int, rank: Int) -> Tensor {
  withGenerator(Generator(seed: UInt64(rank))) { Tensor.normal([count]) }
}
