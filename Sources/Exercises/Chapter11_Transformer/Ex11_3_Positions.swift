import FledgeCore
import FledgeCourse
import FledgeNN
import Foundation

// To attention a sequence is a bag of tokens: it does not know which comes first. Here are the three ways in
// which models are told.

/// A trained vector for each position, as in GPT-2.   Shape: [B, T, C] → [B, T, C], T ≤ context
final class MyLearnedPositions: Module, Layer {
  /// [context, C]
  @Parameter var weight: Tensor

  /// Numbers from N(0, 0.02²): `Tensor.normal(shape, mean: 0, standardDeviation: …)`.
  init(_ context: Int, _ channels: Int) {
    // solution
    weight = Tensor.normal([context, channels], mean: 0, standardDeviation: 0.02)
    // end solution
  }

  /// y[b, t] = x[b, t] + weight[t]. Rows from T on are not used, and get no gradient but 0.
  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    x + weight[0..<x.shape[1]]
    // end solution
  }
}

/// Waves of many lengths, as in the first Transformer (Vaswani et al. 2017); nothing is trained.
/// Shape: float32 [count, channels], channels even
///
///     p[t, 2 i]     = sin(t / base^(2 i / channels))
///     p[t, 2 i + 1] = cos(t / base^(2 i / channels))
///
/// The angles are computed in Double: those of late positions are large.
func sinusoids(_ count: Int, channels: Int, base: Double = 10_000) -> Tensor {
  // solution
  var values: [Float] = []
  for t in 0..<count {
    for c in 0..<channels {
      let angle = Double(t) / pow(base, Double(c / 2 * 2) / Double(channels))
      values.append(Float(c % 2 == 0 ? sin(angle) : cos(angle)))
    }
  }
  return Tensor(values, shape: [count, channels])
  // end solution
}

/// Rotary positions (Su et al. 2021), as in Llama. With h = D / 2, the numbers x[i] and x[i + h] of each
/// position are taken as a point of the plane, and turned by the angle a = t / base^(i / h):
///
///     y[i]     = x[i] cos a − x[i + h] sin a
///     y[i + h] = x[i + h] cos a + x[i] sin a
///
/// Then the product of a query and a key depends on how far they are apart, and not on where they stand.
/// Shape: [b…, T, D] → [b…, T, D] of the same dtype, D even
///
/// - Parameter start: the position t of the first of the T rows.
///
/// `Tensor([Double])` is float64, `.cast(to: x.dtype)` makes it like x; `x.chunked(2, axis: -1)` is both
/// halves, `Tensor.concatenate([a, b], axis: -1)` puts them together again.
func turnedByPosition(_ x: Tensor, from start: Int = 0, base: Double = 10_000) -> Tensor {
  // solution
  let (count, half) = (x.shape[-2], x.shape[-1] / 2)
  var angles: [Double] = []
  for t in start..<start + count {
    for i in 0..<half { angles.append(Double(t) / pow(base, Double(i) / Double(half))) }
  }
  let table = Tensor(angles, shape: [count, half])
  let (cosine, sine) = (table.cos().cast(to: x.dtype), table.sin().cast(to: x.dtype))
  let parts = x.chunked(2, axis: -1)
  return Tensor.concatenate(
    [parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine], axis: -1)
  // end solution
}
