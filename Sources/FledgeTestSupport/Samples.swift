import FledgeCore

extension SampleInput {
  /// Random values of this kind; floating ones in `dtype`.
  public func tensor(_ dtype: DType, using generator: Generator) -> Tensor {
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
  public func tensors(_ dtype: DType, using generator: Generator) -> [Tensor] {
    inputs.map { $0.tensor(dtype, using: generator) }
  }

  /// "add([2, 3], [3])"
  public var label: String {
    "\(type(of: primitive).name)(\(inputs.map { $0.shape.description }.joined(separator: ", ")))"
  }
}

/// The primitive through the door, without its auxiliary outputs.
public func applied(_ primitive: any Primitive, _ inputs: [Tensor]) -> [Tensor] {
  func open(_ primitive: some Primitive) -> Tensors { apply(primitive, Tensors(inputs)) }
  return open(primitive).dropLast(primitive.auxiliaryOutputCount)
}
