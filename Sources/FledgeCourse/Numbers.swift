import FledgeCore

/// A float32 tensor of numbers from −2 to 2 with one decimal, shuffled but always the same: short
/// enough to read in a failure, and different from their neighbours.
public func mixedNumbers(_ shape: Shape) -> Tensor {
  let numbers = (0..<shape.count).map { (n: Int) -> Float in
    let tenths: Int = (n * 37 + 11) % 41 - 20
    return Float(tenths) / 10
  }
  return Tensor(numbers, shape: shape)
}

/// A float64 tensor of numbers drawn uniformly from a range, the same for the same seed: for
/// gradients, which are compared with central differences.
public func randomNumbers(
  _ shape: Shape, seed: UInt64, in range: Range<Double> = -2..<2
) -> Tensor {
  let generator = Generator(seed: seed)
  return Tensor((0..<shape.count).map { _ in generator.uniform(in: range) }, shape: shape)
}
