import FledgeCourse
import FledgeOptim
import Foundation

/// A learning rate that rises and falls (Loshchilov & Hutter 2017; Goyal et al. 2017 for the
/// warm-up), as a factor of the optimizer's own rate:
///
///     factor
///     1         ______
///              /      ‾‾‾\
///             /            \
///            /               \
///     minimum                  \_____________
///           0  warmUp        total           step
///
/// - Warm-up: a straight line from 1 / warmUp at step 0 up to 1 at step warmUp − 1. The first step
///   already moves; a factor of 0 would waste it.
/// - Then half a cosine from 1 at step warmUp down to `minimum` at step `total`:
///   minimum + (1 − minimum) · ½ · (1 + cos(π · progress)), where progress goes from 0 to 1.
/// - `minimum` at every step after that.
struct WarmUpCosine: Schedule {
  /// How many steps the rate rises; 0 for none.
  let warmUp: Int
  /// The step at which the minimum is reached; more than `warmUp`.
  let total: Int
  let minimum: Double

  /// The factor at a step, counted from 0.
  func factor(at step: Int) -> Double {
    // solution
    if step < warmUp { return Double(step + 1) / Double(warmUp) }
    let progress = min(Double(step - warmUp) / Double(total - warmUp), 1)
    return minimum + (1 - minimum) * 0.5 * (1 + cos(.pi * progress))
    // end solution
  }
}
