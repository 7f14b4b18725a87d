/// Central differences (f(x + h) − f(x − h)) / 2h of a scalar function f of tensors, one for each
/// element of input `i`, in row-major order. Gradient rules are tested against them.
///
/// The error is h² f‴/6 from the formula and ε/h from rounding; in float64 both are near 1e-9 at
/// h = 1e-5.
package func centralDifferences(
  of f: ([Tensor]) -> Double, at inputs: [Tensor], input i: Int, step h: Double = 1e-5
) -> [Double] {
  let values = inputs[i].array(of: Double.self)
  return values.indices.map { element in
    func shifted(by shift: Double) -> Double {
      var moved = values
      moved[element] += shift
      var changed = inputs
      changed[i] = Tensor(moved, shape: inputs[i].shape, dtype: inputs[i].dtype)
      return withoutGradients { f(changed) }
    }
    return (shifted(by: h) - shifted(by: -h)) / (2 * h)
  }
}
