import FledgeCore

/// Attention in several heads (Vaswani et al. 2017), of a sequence to itself or to another one.
///
///     q = x W_qᵀ + b_q                         [B, T, C], then [B, H, T, D], D = C / H
///     k, v = m W_kᵀ + b_k, m W_vᵀ + b_v        [B, S, K·D], then [B, K, S, D]; m is x, or the memory
///     y = softmax(q kᵀ / √D + mask) v          [B, H, T, D] → [B, T, C]
///     output = y Pᵀ + p
///
/// Shape: [B, T, C] → [B, T, C].
///
/// One product makes queries, keys and values: rows 0 ..< C of `qkv.weight` are the query weights,
/// then the keys', then the values', as in PyTorch's `in_proj_weight`. With fewer key and value heads
/// than query heads, K < H, each serves H / K neighbouring query heads (Ainslie et al. 2023).
public final class MultiHeadAttention: Module, Layer {
  /// C → C + 2·K·D.
  public let qkv: Linear
  /// C → C, over the heads side by side.
  public let projection: Linear
  /// Of the attention weights, in training.
  public let dropout: Dropout
  /// H, those of the queries.
  public let heads: Int
  /// K, those of keys and values.
  public let keyValueHeads: Int
  /// Whether position t sees only positions up to t.
  public let isCausal: Bool
  /// The base of rotary positions for queries and keys; nil for none.
  public let rotaryBase: Double?

  /// - Parameters:
  ///   - keyValueHeads: K; as many as there are query heads unless given.
  ///   - dropout: Of the attention weights, which then stand in memory.
  ///   - rotaryBase: Turns queries and keys by their positions, see ``/FledgeCore/rotary(_:base:offset:)``.
  public init(
    _ channels: Int, heads: Int, keyValueHeads: Int? = nil, isCausal: Bool = false,
    bias: Bool = true, dropout: Double = 0, rotaryBase: Double? = nil
  ) {
    require(
      heads > 0 && channels % heads == 0, "MultiHeadAttention",
      "\(channels) channels do not divide into \(heads) heads")
    let shared = keyValueHeads ?? heads
    require(
      shared > 0 && heads % shared == 0, "MultiHeadAttention",
      "\(heads) query heads do not divide among \(shared) key and value heads")
    self.heads = heads
    self.keyValueHeads = shared
    self.isCausal = isCausal
    self.rotaryBase = rotaryBase
    qkv = Linear(channels, channels + 2 * shared * (channels / heads), bias: bias)
    projection = Linear(channels, channels, bias: bias)
    self.dropout = Dropout(dropout)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

  /// - Parameters:
  ///   - memory: What x attends to, [B, S, C]; x itself where nil.
  ///   - mask: Broadcasting to [B, H, T, S]: true where a query may look (bool), or added to the
  ///     scores; −∞ hides a key.
  ///   - keyMask: bool [B, S], false for padding, at which no query looks.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: Tensor?, keyMask: Tensor? = nil
  ) -> Tensor {
    require(x.rank == 3, "MultiHeadAttention", "needs [B, T, C], the shape is \(x.shape)")
    var (q, k, v) = memory.map { projected(x, memory: $0) } ?? projected(x)
    if let base = rotaryBase { (q, k) = (rotary(q, base: base), rotary(k, base: base)) }
    let mask = visible(mask, keyMask: keyMask, keys: k.shape[2], batch: x.shape[0])
    let y = attend(q, k, v, mask: mask)
    return projection(y.permuted([0, 2, 1, 3]).reshaped(x.shape))
  }

  /// Queries [B, H, T, D], keys and values [B, K, T, D] of one sequence: one product, then views.
  private func projected(_ x: Tensor) -> (q: Tensor, k: Tensor, v: Tensor) {
    let all = qkv(x)
    let shape = [x.shape[0], x.shape[1], heads + 2 * keyValueHeads, x.shape[2] / heads]
    let parts = all.reshaped(Shape(shape))
      .split(sizes: [heads, keyValueHeads, keyValueHeads], axis: 2).map {
        $0.permuted([0, 2, 1, 3])
      }
    return (parts[0], parts[1], parts[2])
  }

  /// Queries of one sequence, keys and values of another.
  private func projected(_ x: Tensor, memory: Tensor) -> (q: Tensor, k: Tensor, v: Tensor) {
    let channels = projection.inputs
    require(
      memory.rank == 3 && memory.shape[0] == x.shape[0] && memory.shape[2] == channels,
      "MultiHeadAttention",
      "needs a memory [\(x.shape[0]), S, \(channels)], the shape is \(memory.shape)")
    let sizes = [channels, qkv.outputs - channels]
    let weights = qkv.adaptedWeight.split(sizes: sizes)
    let biases = qkv.bias.map { $0.split(sizes: sizes) }
    func product(_ x: Tensor, _ part: Int) -> Tensor {
      let y = x.matmul(weights[part].transposed())
      return biases.map { y + $0[part] } ?? y
    }
    let depth = channels / heads
    let q = product(x, 0).reshaped([x.shape[0], x.shape[1], heads, depth])
    let pairs = product(memory, 1)
      .reshaped([memory.shape[0], memory.shape[1], 2 * keyValueHeads, depth])
      .chunked(2, axis: 2).map { $0.permuted([0, 2, 1, 3]) }
    return (q.permuted([0, 2, 1, 3]), pairs[0], pairs[1])
  }

  /// The mask with the padding hidden, too.
  private func visible(_ mask: Tensor?, keyMask: Tensor?, keys: Int, batch: Int) -> Tensor? {
    guard let keyMask else { return mask }
    require(
      keyMask.dtype == .bool && keyMask.shape == [batch, keys], "MultiHeadAttention",
      "needs a key mask bool[\(batch), \(keys)], got \(keyMask.dtype)\(keyMask.shape)")
    let isKey = keyMask.reshaped([batch, 1, 1, keys])
    guard let mask else { return isKey }
    if mask.dtype == .bool { return mask.and(isKey) }
    return Tensor.where(isKey, mask, Tensor.full([], -.infinity, dtype: mask.dtype))
  }

  private func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?) -> Tensor {
    if isTraining && dropout.probability > 0 { return attendDropping(q, k, v, mask: mask) }
    if keyValueHeads == heads { return attention(q, k, v, mask: mask, isCausal: isCausal) }
    // Each key head beside its group of query heads, as a view: [B, K, H/K, T, D].
    let group = heads / keyValueHeads
    func grouped(_ x: Tensor) -> Tensor {
      let s = x.shape
      return x.expandedDims(axis: 2).broadcast(to: [s[0], s[1], group, s[2], s[3]])
    }
    let queries = q.reshaped([q.shape[0], keyValueHeads, group, q.shape[2], q.shape[3]])
    let y = attention(
      queries, grouped(k), grouped(v), mask: mask.map { groupedMask($0, group) },
      isCausal: isCausal)
    return y.reshaped(q.shape)
  }

  /// A mask over [B, H, T, S] as one over [B, K, H/K, T, S].
  private func groupedMask(_ mask: Tensor, _ group: Int) -> Tensor {
    guard mask.rank >= 3 else { return mask }
    if mask.shape[-3] == 1 { return mask.expandedDims(axis: mask.rank - 3) }
    let shape = mask.shape.dimensions
    return mask.reshaped(
      Shape(shape.dropLast(3) + [keyValueHeads, group] + shape.suffix(2)))
  }

  /// The composed form, with some of the attention weights dropped.
  private func attendDropping(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?
  ) -> Tensor {
    let group = heads / keyValueHeads
    let (k, v) = group == 1 ? (k, v) : (k.repeated(group, axis: 1), v.repeated(group, axis: 1))
    let (t, s) = (q.shape[2], k.shape[2])
    var scores = q.matmul(k.transposed()) * (1 / Double(q.shape[3]).squareRoot())
    if let mask {
      scores =
        mask.dtype == .bool
        ? Tensor.where(mask, scores, Tensor.full([], -.infinity, dtype: scores.dtype))
        : scores + mask.cast(to: scores.dtype)
    }
    if isCausal {
      let isSeen = Tensor.ones([t, s], dtype: .bool).lowerTriangle(diagonal: s - t)
      scores = Tensor.where(isSeen, scores, Tensor.full([], -.infinity, dtype: scores.dtype))
    }
    return dropout(softmax(scores)).matmul(v)
  }

  public override var details: String {
    let parts = [
      "\(projection.inputs), \(heads) heads",
      keyValueHeads < heads ? "\(keyValueHeads) for keys and values" : nil,
      isCausal ? "causal" : nil, rotaryBase != nil ? "rotary positions" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}
