extension SampleInput {
  /// Random values of this kind; floating ones in `dtype`.
  package func tensor(_ dtype: DType, using generator: Generator) -> Tensor {
    switch self {
    case .uniform(let shape, let range):
      let values = (0..<shape.count).map { _ in
        generator.uniform(in: range.lowerBound..<range.upperBound)
      }
      return Tensor(values, shape: shape, dtype: dtype)
    case .distinct(let shape):
      // Odd multiples of 0.1 around 0: no ties, and nothing at 0 or at a half integer.
      let count = shape.count
      let values = generator.permutation(count).map { (Double($0 - count / 2) + 0.5) * 0.2 + 0.013 }
      return Tensor(values, shape: shape, dtype: dtype)
    case .wellConditioned(let shape):
      let (rows, columns) = (shape[-2], shape[-1])
      let values = (0..<shape.count).map { i in
        let (row, column) = (i / columns % rows, i % columns)
        return generator.uniform(in: -0.3..<0.3) + (row == column ? Double(2 * row + 2) : 0)
      }
      return Tensor(values, shape: shape, dtype: dtype)
    case .indices(let shape, let bound):
      let values = (0..<shape.count).map { _ in generator.integer(below: bound) }
      return Tensor(values, shape: shape)
    case .mask(let shape):
      let values = (0..<shape.count).map { _ in generator.bernoulli(0.5) }
      return Tensor(values, shape: shape)
    }
  }
}

extension Sample {
  /// Random inputs for the call.
  package func tensors(_ dtype: DType, using generator: Generator) -> [Tensor] {
    inputs.map { $0.tensor(dtype, using: generator) }
  }
}
