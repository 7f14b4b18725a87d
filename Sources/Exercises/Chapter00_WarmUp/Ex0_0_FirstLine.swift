import FledgeCourse

/// What a model with one input says about x: a line that rises by `weight` for each step to the right
/// and passes through `bias` at x = 0.
///
///     prediction(for: 2, weight: 3, bias: 1)      // 7
///
/// This file is yours. Put one line in place of `unwritten()`, save, and look at the terminal.
func prediction(for x: Double, weight: Double, bias: Double) -> Double {
  // solution
  weight * x + bias
  // end solution
}
