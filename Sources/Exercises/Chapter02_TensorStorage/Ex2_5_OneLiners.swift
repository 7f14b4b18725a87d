import Fledge
import FledgeCourse

/// Operations of a tensor library, each made from less than it: puzzles with one-line answers.
///
/// Allowed, and watched at the door through which every operation of Fledge passes:
///
/// | | |
/// |---|---|
/// | `Tensor.arange(n)` | 0, 1, …, n − 1, where a tensor comes from |
/// | `a + b`, `a - b`, `a * b`, with tensors or whole numbers | shapes broadcast |
/// | `a .== b`, `a .< b`, `a .<= b`, `a .> b`, `a .>= b` | true and false |
/// | `Tensor.where(condition, a, b)` | a where the condition is true, b elsewhere |
/// | `x[indices]` with a tensor of indices | their elements of x (rows of a matrix) |
/// | `x.expandedDims(axis: 1)`, `x.flattened()`, `x.reshaped(…)` | the same elements, other axes |
/// | `a.matmul(b)` | products of matrices and vectors |
/// | `x.cast(to: .float32)`, `x.count`, `x.shape` | |
///
/// Nothing else makes or changes a tensor: no `sum`, no `Tensor.eye`, no loop over `array()`. What
/// one puzzle makes, the next ones may use. A result holds numbers: true and false times 1 are 1 and 0.
enum OneLiners {
  /// [n] ones.
  static func ones(_ n: Int) -> Tensor {
    // solution
    Tensor.arange(n) * 0 + 1
    // end solution
  }

  /// Σ aᵢ as a scalar: [n] → [].
  static func sum(_ a: Tensor) -> Tensor {
    // solution
    ones(a.count).matmul(a)
    // end solution
  }

  /// yᵢⱼ = aᵢ bⱼ: [m], [n] → [m, n].
  static func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
    // solution
    a.expandedDims(axis: 1) * b
    // end solution
  }

  /// The diagonal of a square matrix: [n, n] → [n].
  static func diagonal(_ a: Tensor) -> Tensor {
    // solution
    a.flattened()[Tensor.arange(a.shape[0]) * Double(a.shape[0] + 1)]
    // end solution
  }

  /// The identity matrix [n, n].
  static func identity(_ n: Int) -> Tensor {
    // solution
    (Tensor.arange(n).expandedDims(axis: 1) .== Tensor.arange(n)) * 1
    // end solution
  }

  /// [n, n] with 1 on and above the diagonal, 0 below.
  static func upperTriangle(_ n: Int) -> Tensor {
    // solution
    (Tensor.arange(n).expandedDims(axis: 1) .<= Tensor.arange(n)) * 1
    // end solution
  }

  /// yᵢ = a₀ + … + aᵢ: [n] → [n].
  static func cumulativeSum(_ a: Tensor) -> Tensor {
    // solution
    a.matmul(upperTriangle(a.count))
    // end solution
  }

  /// y₀ = a₀, yᵢ = aᵢ − aᵢ₋₁: [n] → [n]. It undoes the sum before.
  static func difference(_ a: Tensor) -> Tensor {
    // solution
    a - a[Tensor.arange(a.count) - 1] * (Tensor.arange(a.count) .> 0)
    // end solution
  }

  /// Two vectors as the rows of a matrix: [n], [n] → [2, n].
  static func stackRows(_ a: Tensor, _ b: Tensor) -> Tensor {
    // solution
    Tensor.where(Tensor.arange(2).expandedDims(axis: 1) .== 0, a, b)
    // end solution
  }

  /// Each element one place to the left, the first one at the end: yᵢ = aᵢ₊₁, yₙ₋₁ = a₀.
  static func roll(_ a: Tensor) -> Tensor {
    // solution
    a[(Tensor.arange(a.count) + 1) * (Tensor.arange(a.count) .< Double(a.count - 1))]
    // end solution
  }

  /// The elements in the reverse order: [n] → [n].
  static func flip(_ a: Tensor) -> Tensor {
    // solution
    a[Double(a.count - 1) - Tensor.arange(a.count)]
    // end solution
  }

  /// Row i of x with 0 from place lengths[i] on, as sentences of a batch are padded:
  /// [m, n], int64 [m] → [m, n].
  static func sequenceMask(_ x: Tensor, lengths: Tensor) -> Tensor {
    // solution
    x * (Tensor.arange(x.shape[1]) .< lengths.expandedDims(axis: 1))
    // end solution
  }

  /// How often each of 0, …, n − 1 stands in `a`: int64 [m] → [n].
  static func binCount(_ a: Tensor, _ n: Int) -> Tensor {
    // solution
    ones(a.count).matmul((a.expandedDims(axis: 1) .== Tensor.arange(n)) * 1)
    // end solution
  }

  /// yⱼ = Σ of the values whose index is j: [m], int64 [m] → [n]. The gradient of an embedding.
  static func scatterAdd(_ values: Tensor, _ indices: Tensor, _ n: Int) -> Tensor {
    // solution
    values.matmul((indices.expandedDims(axis: 1) .== Tensor.arange(n)) * 1)
    // end solution
  }
}
