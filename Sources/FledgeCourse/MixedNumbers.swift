import FledgeCore

/// A float32 tensor of numbers from −2 to 2 with one decimal, shuffled but always the same: short
/// enough to read in a failure, and different from their neighbours.
public func mixedNumbers(_ shape: Shape) -> Tensor {
  let numbers = (0..<shape.count).map { n in Float((n * 37 + 11) % 41 - 20) / 10 }
  return Tensor(numbers, shape: shape)
}
