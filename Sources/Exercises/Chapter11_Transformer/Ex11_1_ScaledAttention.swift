import FledgeCore
import FledgeCourse

// Attention is a soft look-up in a table. Each position has a query, for what it looks; a key, by which it
// is found; and a value, which it gives to whoever finds it.
//
//     q     [b…, T, D]     T queries
//     k     [b…, S, D]     S keys
//     v     [b…, S, E]     a value for each key
//
// `a.matmul(b)` multiplies along the last two axes, whatever stands in front of them; `k.transposed()`
// exchanges these two; `softmax(x)` runs along the last axis. `x.masked(where: m, with: a)` puts a number
// where m is true, and `m.not()` is the opposite of m.

/// Attention by scaled products (Vaswani et al. 2017).
enum ScaledAttention {
  /// At which keys a query may look: at those of its own position and of the ones before. The queries are
  /// the last of the positions that have keys.   Shape: bool [queries, keys]
  ///
  ///     causalMask(queries: 2, keys: 5)      1 1 1 1 0      position 3
  ///                                          1 1 1 1 1      position 4
  ///
  /// `Tensor.arange(n)` is 0 … n − 1; `a .<= b` compares, and broadcasts.
  static func causalMask(queries: Int, keys: Int) -> Tensor {
    // solution
    let positions = Tensor.arange(queries) + (keys - queries)
    return Tensor.arange(keys) .<= positions.expandedDims(axis: 1)
    // end solution
  }

  /// How much each query takes of each value: the softmax, over the keys, of the products q · k / √D. They
  /// are not negative, and those of a query add up to 1.   Shape: → [b…, T, S]
  ///
  /// - Parameter mask: bool, and broadcasts to [b…, T, S]; false where a query may not look. Such a weight
  ///   is exactly 0, and the others of its query add up to 1 as before. A query that may look nowhere has
  ///   only weights of 0, and no NaN, neither here nor in a gradient.
  static func weights(_ q: Tensor, _ k: Tensor, mask: Tensor? = nil) -> Tensor {
    // solution
    let scores = q.matmul(k.transposed()) * (1 / Double(q.shape[-1]).squareRoot())
    guard let mask else { return softmax(scores) }
    let hidden = mask.not()
    return softmax(scores.masked(where: hidden, with: -1e30)).masked(where: hidden, with: 0)
    // end solution
  }

  /// For each query, the sum of the values, each times its weight.   Shape: → [b…, T, E]
  static func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil) -> Tensor {
    // solution
    weights(q, k, mask: mask).matmul(v)
    // end solution
  }
}
