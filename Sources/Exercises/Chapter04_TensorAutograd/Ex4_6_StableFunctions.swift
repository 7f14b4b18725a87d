import FledgeCore
import FledgeCourse
import Foundation

// Four functions, each whole: forward rule and gradient rule. Forward rules may use Fledge's
// operations on tensors (`x.max(axis:keepDims:)`, `exp`, `sum`, `log`, …), gradient rules use yours.
extension My {
  /// y = log Σ eˣ along one axis, which goes.   Shape: [a, n, b], axis 1 → [a, b]
  ///
  /// e⁸⁹ is too large for a float, and e⁻¹⁰⁴ too small. Any number m may be taken out of the sum:
  ///
  ///     log Σ eˣ = m + log Σ eˣ⁻ᵐ
  ///
  /// Take the largest x. Where that is infinite (a row of nothing but −∞, all masked), ∞ − ∞ would
  /// be NaN: take 0 there, so that log 0 = −∞ comes out.
  struct LogSumExp: Primitive {
    static let name = "my.logSumExp"
    static let formula = "y = log Σ eˣ along an axis"
    /// Counted from the front.
    let axis: Int

    var saves: SavedValues { [.inputs, .outputs] }

    func outputTypes(of inputs: TensorTypes) -> TensorTypes {
      Sum(axes: [axis]).outputTypes(of: inputs)
    }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      let x = inputs[0]
      let largest = x.max(axis: axis, keepDims: true)
      let shift = largest.masked(where: largest.isFinite().not(), with: 0)
      return [
        ((x - shift).exp().sum(axis: axis, keepDims: true).log() + shift).squeezed(axis: axis)
      ]
      // end solution
    }

    /// ∂y/∂xᵢ = eˣⁱ / Σ eˣ, the softmax of x, which is a single exponential if y is at hand.
    func gradients(_ g: GradientContext) -> Gradients {
      // solution
      var kept = g.inputShape(0)
      kept[axis] = 1
      let softmax = My.exp(My.subtract(g.input(0), My.reshape(g.output, kept)))
      return [My.multiply(My.reshape(g.dy, kept), softmax)]
      // end solution
    }
  }

  /// y = tanh x. Its slope can be had from y alone: x need not be kept.
  struct Tanh: Unary {
    static let name = "my.tanh"
    static let formula = "y = tanh x"
    static let kernel = UnaryKernel(name) { x in Foundation.tanh(x) }

    var saves: SavedValues {
      // solution
      .outputs
      // end solution
    }

    func gradients(_ g: GradientContext) -> Gradients {
      // solution
      let y = g.output
      return [My.multiply(g.dy, My.subtract(Tensor(1, dtype: y.dtype), My.multiply(y, y)))]
      // end solution
    }
  }

  /// y = xᵖ for one number p.   Shape: [*] → [*]
  ///
  /// Whole powers of negative numbers are numbers, too. x⁰ is 1 everywhere and its slope 0, also at
  /// x = 0, where p xᵖ⁻¹ would be 0 · ∞.
  struct Power: Primitive {
    static let name = "my.power"
    static let formula = "y = xᵖ"
    let exponent: Double

    var saves: SavedValues { .inputs }

    func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }

    func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
      // solution
      let exponent = exponent
      return [backend.map(UnaryKernel(Self.name) { Foundation.pow($0, exponent) }, inputs[0])]
      // end solution
    }

    func gradients(_ g: GradientContext) -> Gradients {
      // solution
      if exponent == 0 { return [nil] }
      let slope = My.multiply(apply(Power(exponent: exponent - 1), g.input(0)), exponent)
      return [My.multiply(g.dy, slope)]
      // end solution
    }
  }

  static func logSumExp(_ x: Tensor, axis: Int) -> Tensor {
    apply(LogSumExp(axis: x.shape.normalized(axis: axis, LogSumExp.name)), x)
  }
  static func tanh(_ x: Tensor) -> Tensor { apply(Tanh(), x) }
  static func power(_ x: Tensor, _ exponent: Double) -> Tensor {
    apply(Power(exponent: exponent), x)
  }

  /// The Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016), as in GPT-2:
  ///
  ///     y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
  ///
  /// Made of your operations, so it needs no gradient rule.
  static func gelu(_ x: Tensor) -> Tensor {
    // solution
    let inner = multiply(add(x, multiply(power(x, 3), 0.044715)), (2 / Double.pi).squareRoot())
    return multiply(multiply(x, 0.5), add(tanh(inner), 1))
    // end solution
  }
}
