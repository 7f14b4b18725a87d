import FledgeCore
import FledgeCourse

// Where training starts. A weight is [outputs, inputs, …]: further axes are those of a filter,
// [32, 16, 3, 3] has 3 · 3 places. `Tensor.uniform(_:in:using:)` and
// `Tensor.normal(_:standardDeviation:using:)` draw.

/// How many numbers meet in one output (fan-in), and in how many outputs one input has a part
/// (fan-out): inputs and outputs, each times the places of a filter.
func fans(of shape: Shape) -> (input: Int, output: Int) {
  // solution
  let places = shape.dropFirst(2).reduce(1, *)
  return (shape[1] * places, shape[0] * places)
  // end solution
}

/// Uniform, with the deviation σ = gain · √(2 / (fan-in + fan-out)) (Glorot and Bengio 2010): keeps
/// the size of what goes forward and of what comes back, on average, where layers are linear.
///
/// Numbers uniform in (−a, a) have the deviation a / √3.
func glorotUniform(_ shape: Shape, gain: Double = 1, using generator: Generator) -> Tensor {
  // solution
  let fans = fans(of: shape)
  let bound = gain * (6 / Double(fans.input + fans.output)).squareRoot()
  return Tensor.uniform(shape, in: -bound...bound, using: generator)
  // end solution
}

/// Normal, with the same deviation.
func glorotNormal(_ shape: Shape, gain: Double = 1, using generator: Generator) -> Tensor {
  // solution
  let fans = fans(of: shape)
  let deviation = gain * (2 / Double(fans.input + fans.output)).squareRoot()
  return Tensor.normal(shape, standardDeviation: deviation, using: generator)
  // end solution
}

/// Uniform, with the deviation σ = √(2 / fan-in) (He et al. 2015): keeps the size of what goes
/// forward through relu, which takes away half of it.
func heUniform(_ shape: Shape, using generator: Generator) -> Tensor {
  // solution
  let bound = (6 / Double(fans(of: shape).input)).squareRoot()
  return Tensor.uniform(shape, in: -bound...bound, using: generator)
  // end solution
}

/// Normal, with the same deviation.
func heNormal(_ shape: Shape, using generator: Generator) -> Tensor {
  // solution
  let deviation = (2 / Double(fans(of: shape).input)).squareRoot()
  return Tensor.normal(shape, standardDeviation: deviation, using: generator)
  // end solution
}
