import FledgeCourse

/// The slope of f at x by a central difference:
///
///     f′(x) ≈ (f(x + h) − f(x − h)) / 2h
///
/// The error of the formula falls with h², the rounding error grows with 1/h; for numbers of 16
/// digits both are small near h = 1e-5.
///
/// - Parameters:
///   - x: where the slope is wanted.
///   - h: half the distance between the two points.
///   - f: the function.
func centralDifference(at x: Double, step h: Double = 1e-5, _ f: (Double) -> Double) -> Double {
  // solution
  (f(x + h) - f(x - h)) / (2 * h)
  // end solution
}

/// The same for one argument of a function of several: ∂f/∂xᵢ at x.
func centralDifference(
  at x: [Double], argument i: Int, step h: Double = 1e-5, _ f: ([Double]) -> Double
) -> Double {
  // solution
  centralDifference(at: x[i], step: h) { moved in
    var x = x
    x[i] = moved
    return f(x)
  }
  // end solution
}
