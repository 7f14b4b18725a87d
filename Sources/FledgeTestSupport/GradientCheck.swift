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

/// Compares the gradients of Σ wᵢ·yᵢ, w random, with central differences for every element of every
/// floating input, in float64.
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
    let differences = centralDifferences(
      of: { objective($0).item() }, at: inputs, input: i, step: h)
    let pairs = zip(rule.array(of: Double.self), differences)
    for (element, (rule, difference)) in pairs.enumerated() {
      if !(abs(rule - difference) <= tolerance * max(1, abs(difference))) {
        mismatches.append(
          GradientMismatch(input: i, element: element, rule: rule, difference: difference))
      }
    }
  }
  return mismatches
}
