import FledgeCore

/// An element whose gradient by the rule differs from the one by finite differences.
public struct GradientMismatch: CustomStringConvertible, Sendable {
  public let input: Int
  public let element: Int
  public let rule: Double
  public let difference: Double

  public var description: String {
    "input \(input), element \(element): the rule says \(rule), finite differences \(difference)"
  }
}

/// Compares the gradients of Σ wᵢ·yᵢ, w random, with central differences
/// (f(x + h) − f(x − h)) / 2h for every element of every floating input, in float64.
///
/// Error of the difference: h² f‴/6 plus ε/h from rounding; both are near 1e-9 at h = 1e-5.
public func gradientMismatches(
  _ f: ([Tensor]) -> [Tensor], at inputs: [Tensor], using generator: Generator,
  step h: Double = 1e-5, tolerance: Double = 1e-6
) -> [GradientMismatch] {
  let probe = withoutGradients { f(inputs) }
  let weights = probe.map { y -> Tensor? in
    guard y.dtype.isFloatingPoint else { return nil }
    return Tensor(
      (0..<y.count).map { _ in generator.uniform(in: 0.5..<1.5) }, shape: y.shape, dtype: y.dtype)
  }
  func objective(_ inputs: [Tensor]) -> Tensor {
    var total = Tensor(0, dtype: .float64)
    for (y, w) in zip(f(inputs), weights) {
      if let w { total = total + (y * w).sum() }
    }
    return total
  }
  let floating = inputs.indices.filter { inputs[$0].dtype.isFloatingPoint }
  var leaves = inputs
  for i in floating { leaves[i] = inputs[i].requiringGradients() }
  let y = objective(leaves)
  var mismatches: [GradientMismatch] = []
  let rules =
    y.requiresGradients
    ? gradients(of: y, withRespectTo: floating.map { leaves[$0] })
    : floating.map { Tensor.zeros(like: inputs[$0]) }
  for (i, rule) in zip(floating, rules) {
    let values = inputs[i].array(of: Double.self)
    let expected = rule.array(of: Double.self)
    for element in values.indices {
      func shifted(_ delta: Double) -> Double {
        var moved = values
        moved[element] += delta
        var changed = inputs
        changed[i] = Tensor(moved, shape: inputs[i].shape, dtype: inputs[i].dtype)
        return withoutGradients { objective(changed).item() }
      }
      let difference = (shifted(h) - shifted(-h)) / (2 * h)
      let scale = max(1, abs(difference))
      if !(abs(expected[element] - difference) <= tolerance * scale) {
        mismatches.append(
          GradientMismatch(
            input: i, element: element, rule: expected[element], difference: difference))
      }
    }
  }
  return mismatches
}
