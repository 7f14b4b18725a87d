import FledgeCourse

/// The slope of f at x, measured: f is computed a little to the right of x and a little to the left,
/// and the slope is that of the line through the two points.
///
///     f′(x) ≈ (f(x + h) − f(x − h)) / 2h
///
/// For example f(x) = x² at x = 3 with h = 0.5: (3.5² − 2.5²) / 1 = (12.25 − 6.25) / 1 = 6.
///
/// The error of the formula falls with h², the rounding error grows with 1/h; for numbers of 16
/// digits both are small near h = 1e-5.
///
/// - Parameters:
///   - x: where the slope is wanted.
///   - h: half the distance between the two points; its label for callers is `step:`.
///   - f: the function; call it like any other, `f(2)`.
func centralDifference(at x: Double, step h: Double = 1e-5, _ f: (Double) -> Double) -> Double {
  // solution
  (f(x + h) - f(x - h)) / (2 * h)
  // end solution
}

/// The same for a function of several arguments: ∂f/∂xᵢ, the slope of f at the point x when only
/// argument number i moves and all others stay where they are.
///
/// For example f(x) = x₀² · x₁ at x = [3, −2]: argument 0 has the slope 2 · 3 · (−2) = −12, argument 1
/// has 3² = 9.
///
/// - Parameters:
///   - x: the point, one number for each argument.
///   - i: which argument moves, counted from 0.
///   - h: half the distance between the two points, as above.
///   - f: the function; it takes all arguments as one array.
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
