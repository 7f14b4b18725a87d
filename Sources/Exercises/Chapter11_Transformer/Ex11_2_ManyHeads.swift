import FledgeCore
import FledgeCourse
import FledgeNN

/// Deals the channels out to the heads: the first C / heads of them belong to head 0, and so on.
/// Shape: [B, T, C] → [B, heads, T, C / heads]
func splitIntoHeads(_ x: Tensor, heads: Int) -> Tensor {
  // solution
  x.reshaped([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).permuted([0, 2, 1, 3])
  // end solution
}

/// The way back.   Shape: [B, heads, T, D] → [B, T, heads · D]
func joinHeads(_ x: Tensor) -> Tensor {
  // solution
  x.permuted([0, 2, 1, 3]).reshaped([x.shape[0], x.shape[2], x.shape[1] * x.shape[3]])
  // end solution
}

/// Attention of a sequence to itself, by several heads at once.   Shape: [B, T, C] → [B, T, C]
final class MyAttention: Module, Layer {
  /// C → 3 C: of what comes out, the first C channels are the queries, the next C the keys, the last C the
  /// values.
  let qkv: Linear
  /// C → C, over the heads' results side by side.
  let projection: Linear
  /// The number of heads; it divides C.
  let heads: Int
  /// Whether a position sees only itself and the ones before.
  let isCausal: Bool
  /// Each head's queries and keys pass through it before they meet, [B, heads, T, C / heads] → the same;
  /// values do not. Here it does nothing; in 11.3 you write one that knows about positions.
  var turn: (Tensor) -> Tensor = { $0 }

  /// - Parameter bias: whether both linear layers have one.
  init(_ channels: Int, heads: Int, isCausal: Bool, bias: Bool = true) {
    (self.heads, self.isCausal) = (heads, isCausal)
    // solution
    qkv = Linear(channels, 3 * channels, bias: bias)
    projection = Linear(channels, channels, bias: bias)
    // end solution
  }

  /// Queries, keys and values, turned and in heads: [B, heads, T, C / heads] each.
  func parts(of x: Tensor) -> (q: Tensor, k: Tensor, v: Tensor) {
    // solution
    let parts = qkv(x).chunked(3, axis: -1).map { splitIntoHeads($0, heads: heads) }
    return (turn(parts[0]), turn(parts[1]), parts[2])
    // end solution
  }

  /// How much each position takes of each other, for each head.   Shape: → [B, heads, T, T]
  func weights(_ x: Tensor) -> Tensor {
    let (q, k, _) = parts(of: x)
    return ScaledAttention.weights(q, k, mask: mask(x.shape[1]))
  }

  /// Each head attends for itself; then the projection mixes what they found.
  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let (q, k, v) = parts(of: x)
    return projection(joinHeads(ScaledAttention.attend(q, k, v, mask: mask(x.shape[1]))))
    // end solution
  }

  /// For `time` positions; nil where all may look everywhere.
  private func mask(_ time: Int) -> Tensor? {
    isCausal ? ScaledAttention.causalMask(queries: time, keys: time) : nil
  }
}
