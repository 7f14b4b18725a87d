import FledgeCore
import Testing

/// Expects the elements of `tensor`, in row-major order, within an absolute tolerance.
func expectElements(
  _ tensor: Tensor?, _ expected: [Double], within tolerance: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let tensor else {
    Issue.record("there is no tensor", sourceLocation: sourceLocation)
    return
  }
  let actual = tensor.array(of: Double.self)
  let isClose =
    actual.count == expected.count
    && zip(actual, expected).allSatisfy { $0 == $1 || abs($0 - $1) <= tolerance }
  #expect(isClose, "\(actual) is not \(expected)", sourceLocation: sourceLocation)
}

/// Expects the same shape, dtype and bits.
func expectIdentical(
  _ a: Tensor?, _ b: Tensor?, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let a, let b else {
    Issue.record("there is no tensor to compare", sourceLocation: sourceLocation)
    return
  }
  // A Bool of its own: a failure must not print two whole tensors.
  let isIdentical = a.isIdentical(to: b)
  #expect(isIdentical, comment, sourceLocation: sourceLocation)
}

extension Tensor {
  /// float64, for comparisons with values worked out by hand.
  static func doubles(_ values: [Double], _ shape: Shape? = nil) -> Tensor {
    Tensor(values, shape: shape ?? [values.count])
  }
}
