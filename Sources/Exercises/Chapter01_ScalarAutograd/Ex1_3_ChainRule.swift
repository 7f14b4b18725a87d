import FledgeCourse
import Foundation

extension ScalarOperation {
  /// The slopes of the operation at the numbers `x`, one for each input: ∂result/∂x₀ and, where there
  /// are two inputs, ∂result/∂x₁.
  ///
  ///     operation             result        ∂/∂x₀          ∂/∂x₁
  ///     add                   x₀ + x₁       1              1
  ///     multiply              x₀ · x₁       ?              ?
  ///     power(n)              x₀ⁿ           n · x₀ⁿ⁻¹
  ///     exponential           eˣ⁰           eˣ⁰
  ///     logarithm             ln x₀         1 / x₀
  ///     hyperbolicTangent     tanh x₀       1 − tanh² x₀
  ///     rectifier             max(x₀, 0)    1 where x₀ > 0, else 0
  ///
  /// At 0 the rectifier has a corner and no slope; as everybody does, take 0 there.
  ///
  /// - Parameters:
  ///   - x: the values of the inputs.
  ///   - result: the value of the operation on them, which some slopes are easily said with.
  func slopes(at x: [Double], result: Double) -> [Double] {
    switch self {
    case .add: return [1, 1]
    // solution
    // stub: default: unwritten("the slopes of the other operations")
    case .multiply: return [x[1], x[0]]
    case .power(let exponent): return [exponent * pow(x[0], exponent - 1)]
    case .exponential: return [result]
    case .logarithm: return [1 / x[0]]
    case .hyperbolicTangent: return [1 - result * result]
    case .rectifier: return [x[0] > 0 ? 1 : 0]
    // end solution
    }
  }
}

extension Scalar {
  /// One step of the chain rule: passes a gradient from this result on to what it was made from.
  ///
  /// `gradient` says how fast the end of the computation, L, grows with this number: ∂L/∂self. By the
  /// chain rule an input gets
  ///
  ///     ∂L/∂inputᵢ = ∂L/∂self · ∂self/∂inputᵢ
  ///
  /// where the second factor is the slope of the operation.
  ///
  ///     let (a, b) = (Scalar(3), Scalar(2))
  ///     (a * b).chainRule(10)       // [(a, 20), (b, 30)]
  ///     (a * 2).chainRule(10)       // [(a, 20)]: a constant gets none and is left out
  ///     (a * a).chainRule(10)       // [(a, 30), (a, 30)]: once for each place it stands in
  ///     a.chainRule(10)             // []: a variable was made from nothing
  ///
  /// - Returns: the inputs that are not constants, in order, each with what it gets through this
  ///   operation.
  func chainRule(_ gradient: Double) -> [(input: Scalar, gradient: Double)] {
    // solution
    guard let operation else { return [] }
    let slopes = operation.slopes(at: inputs.map(\.value), result: value)
    return zip(inputs, slopes).filter { !$0.0.isConstant }.map { ($0, gradient * $1) }
    // end solution
  }
}
