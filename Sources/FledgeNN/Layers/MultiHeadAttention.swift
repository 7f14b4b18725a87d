import FledgeCore

/// Multi-head attention (Vaswani et al. 2017) of a sequence to itself or to another one.
///
///     q = x W_qᵀ + b_q                         [B, T, H·D], then [B, H, T, D]
///     k, v = m W_kᵀ + b_k, m W_vᵀ + b_v        [B, S, K·D], then [B, K, S, D]; m is x, or the memory
///     y = softmax(q kᵀ / √D + mask) v          [B, H, T, D] → [B, T, H·D]
///     output = y Pᵀ + p                        [B, T, C]
///
/// Shape: [B, T, C] → [B, T, C], or [T, C] → [T, C] for a single sequence.
///
/// One product makes queries, keys and values: rows 0 ..< H·D of `qkv.weight` are the query weights,
/// then the keys', then the values', as in PyTorch's `in_proj_weight`. With fewer key and value heads
/// than query heads, K < H, each serves H / K neighbouring query heads (Ainslie et al. 2023).
public final class MultiHeadAttention: Module, Layer {
  /// C → (H + 2·K)·D.
  public let qkv: Linear
  /// H·D → C, over the heads side by side.
  public let projection: Linear
  /// The dropout of the attention weights, in training.
  public let dropout: Dropout
  /// C, the width of x.
  public let channels: Int
  /// D, the width of a head.
  public let headSize: Int
  /// H, the heads of the queries that `qkv` makes; see ``divide(heads:keyValueHeads:qkv:projection:)``.
  public private(set) var heads: Int
  /// K, those of keys and values.
  public private(set) var keyValueHeads: Int
  /// Whether position t sees only positions up to t.
  public let isCausal: Bool
  /// The base of rotary positions for queries and keys; nil for none.
  public let rotaryBase: Double?

  /// - Parameters:
  ///   - keyValueHeads: K; by default the number of query heads.
  ///   - headSize: D; by default C / H.
  ///   - dropout: The probability of dropping an attention weight; the weights are then stored.
  ///   - rotaryBase: Turns queries and keys by their positions, see ``/FledgeCore/rotary(_:base:offset:)``.
  public init(
    _ channels: Int, heads: Int, keyValueHeads: Int? = nil, headSize: Int? = nil,
    isCausal: Bool = false, bias: Bool = true, dropout: Double = 0, rotaryBase: Double? = nil
  ) {
    require(
      heads > 0 && channels > 0 && (headSize != nil || channels % heads == 0), "MultiHeadAttention",
      "\(channels) channels do not divide into \(heads) heads")
    require(
      headSize ?? 1 > 0, "MultiHeadAttention", "the head size is \(headSize ?? 1), not positive")
    require(
      rotaryBase.map { $0 > 0 && $0.isFinite } ?? true, "MultiHeadAttention",
      "the rotary base must be positive, got \(rotaryBase ?? 0)")
    _ = heads.times(headSize ?? 1, "MultiHeadAttention").times(channels, "MultiHeadAttention")
    let shared = keyValueHeads ?? heads
    Self.requireSharing(heads, shared)
    let depth = headSize ?? channels / heads
    self.channels = channels
    self.headSize = depth
    self.heads = heads
    self.keyValueHeads = shared
    self.isCausal = isCausal
    self.rotaryBase = rotaryBase
    qkv = Linear(channels, (heads + 2 * shared) * depth, bias: bias)
    projection = Linear(heads * depth, channels, bias: bias)
    self.dropout = Dropout(dropout)
  }

  private static func requireSharing(_ heads: Int, _ shared: Int) {
    require(
      shared > 0 && heads % shared == 0, "MultiHeadAttention",
      "\(heads) query heads do not divide among \(shared) key and value heads")
  }

  /// Reduces this module to a part of the heads, whose queries, keys and values `qkv` computes:
  /// each of t ranks keeps H / t and K / t of them, and `projection` sums over the ranks (Shoeybi
  /// et al. 2019). Traps if the widths of the forms do not fit these numbers of heads.
  public func divide(
    heads: Int, keyValueHeads: Int, qkv: any LinearForm, projection: any LinearForm
  ) {
    Self.requireSharing(heads, keyValueHeads)
    let (width, inner) = ((heads + 2 * keyValueHeads) * headSize, heads * headSize)
    require(
      qkv.inputs == channels && qkv.outputs == width && projection.inputs == inner
        && projection.outputs == channels, "MultiHeadAttention",
      "\(heads) query and \(keyValueHeads) key heads of \(headSize) need "
        + "\(channels) → \(width) and \(inner) → \(channels), got "
        + "\(qkv.inputs) → \(qkv.outputs) and \(projection.inputs) → \(projection.outputs)")
    (self.heads, self.keyValueHeads) = (heads, keyValueHeads)
    (self.qkv.form, self.projection.form) = (qkv, projection)
  }

  /// The parts of ``qkv``.
  enum Part { case query, key, value }

  /// Which of its outputs a part is.
  func rows(of part: Part) -> Range<Int> {
    let (keys, values) = (heads * headSize, (heads + keyValueHeads) * headSize)
    return switch part {
    case .query: 0..<keys
    case .key: keys..<values
    case .value: values..<values + keyValueHeads * headSize
    }
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

  /// - Parameters:
  ///   - memory: The sequence that x attends to, [B, S, C]; x itself if nil.
  ///   - mask: Broadcasts to [B, H, T, S]: bool, true where a query may look; or numbers that are
  ///     added to the scores, where −∞ hides a key.
  ///   - keyMask: bool [B, S], false for padding, at which no query looks.
  ///   - cache: The positions of each row before x; x is added to them. S is then the length of the
  ///     longest row. Only for causal attention of a sequence to itself.
  ///   - positions: The positions of x for rotary encoding: int64 [B, T], or [B] for the first of
  ///     each row. By default they continue those in the cache, or start at 0 without one.
  ///   - angles: What ``rotaryAngles(_:batch:cache:positions:)`` makes of these positions, where layers
  ///     share it.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: Tensor?, keyMask: Tensor? = nil,
    cache: (any AttentionCache)? = nil, positions: Tensor? = nil, angles: RotaryAngles? = nil
  ) -> Tensor {
    if x.rank == 2 {
      func batched(_ x: Tensor) -> Tensor { x.expandedDims(axis: 0) }
      let time = x.shape[0]
      return self(
        batched(x), memory: memory.map(batched), mask: mask, keyMask: keyMask.map(batched),
        cache: cache, positions: positions.map { $0.shape == [time] ? batched($0) : $0 },
        angles: angles
      ).squeezed(axis: 0)
    }
    require(
      x.rank == 3 && x.shape[2] == channels, "MultiHeadAttention",
      "needs [B, T, \(channels)], the shape is \(x.shape)")
    let (batch, time) = (x.shape[0], x.shape[1])
    var (q, k, v) = memory.map { projected(x, memory: $0) } ?? projected(x)
    let turn = angles ?? rotaryAngles(time, batch: batch, cache: cache, positions: positions)
    if let turn { (q, k) = (rotary(q, turn), rotary(k, turn)) }
    guard let cache else {
      let mask = visible(mask, keyMask: keyMask, keys: k.shape[2], batch: batch)
      return output(attend(q, k, v, mask: mask, isCausal: isCausal))
    }
    require(
      memory == nil && isCausal && cache.lengths.count == batch, "MultiHeadAttention",
      "a cache is for causal attention of a sequence to itself, with a row for each of \(batch) "
        + "sequences; it has \(cache.lengths.count)")
    // Rows of one length see by the order alone, as without a cache; others by their positions.
    let own = cache.commonLength == nil ? cache.positions(time) : nil
    (k, v) = cache.append(keys: k, values: v)
    let keys = k.shape[2]
    var mask = visible(mask, keyMask: keyMask, keys: keys, batch: batch)
    if let own {
      let isSeen = Tensor.arange(keys) .<= own.reshaped([batch, 1, time, 1])
      mask = mask.map { restricted($0, to: isSeen) } ?? isSeen
    }
    return output(attend(q, k, v, mask: mask, isCausal: own == nil))
  }

  /// [B, H, T, D] → [B, T, C]
  private func output(_ y: Tensor) -> Tensor {
    projection(y.permuted([0, 2, 1, 3]).reshaped([y.shape[0], y.shape[2], heads * headSize]))
  }

  /// Queries [B, H, T, D], keys and values [B, K, T, D] of one sequence: one product, then views.
  private func projected(_ x: Tensor) -> (q: Tensor, k: Tensor, v: Tensor) {
    let parts = qkv(x)
      .reshaped([x.shape[0], x.shape[1], heads + 2 * keyValueHeads, headSize])
      .split(sizes: [heads, keyValueHeads, keyValueHeads], axis: 2).map {
        $0.permuted([0, 2, 1, 3])
      }
    return (parts[0], parts[1], parts[2])
  }

  /// Queries of one sequence, keys and values of another.
  private func projected(_ x: Tensor, memory: Tensor) -> (q: Tensor, k: Tensor, v: Tensor) {
    require(
      memory.rank == 3 && memory.shape[0] == x.shape[0] && memory.shape[2] == channels,
      "MultiHeadAttention",
      "needs a memory [\(x.shape[0]), S, \(channels)], the shape is \(memory.shape)")
    let q = qkv(x, rows: rows(of: .query)).reshaped([x.shape[0], x.shape[1], heads, headSize])
    let pairs = qkv(memory, rows: rows(of: .key).lowerBound..<rows(of: .value).upperBound)
      .reshaped([memory.shape[0], memory.shape[1], 2 * keyValueHeads, headSize])
      .chunked(2, axis: 2).map { $0.permuted([0, 2, 1, 3]) }
    return (q.permuted([0, 2, 1, 3]), pairs[0], pairs[1])
  }

  /// The angles of the next `time` positions of each row; nil without rotary positions. Layers of one kind
  /// have the same, so a model makes them once.
  public func rotaryAngles(
    _ time: Int, batch: Int, cache: (any AttentionCache)?, positions: Tensor? = nil
  ) -> RotaryAngles? {
    guard let base = rotaryBase else { return nil }
    if positions == nil, let offset = cache.map({ $0.commonLength }) ?? 0 {
      return RotaryAngles(time, depth: headSize, base: base, offset: offset)
    }
    let positions =
      positions.map { spreadPositions($0, batch: batch, count: time) } ?? cache!.positions(time)
    return RotaryAngles(at: positions, depth: headSize, base: base)
  }

  /// The mask with the padding hidden, too.
  private func visible(_ mask: Tensor?, keyMask: Tensor?, keys: Int, batch: Int) -> Tensor? {
    guard let keyMask else { return mask }
    require(
      keyMask.dtype == .bool && keyMask.shape == [batch, keys], "MultiHeadAttention",
      "needs a key mask bool[\(batch), \(keys)], got \(keyMask.dtype)\(keyMask.shape)")
    let isKey = keyMask.reshaped([batch, 1, 1, keys])
    return mask.map { restricted($0, to: isKey) } ?? isKey
  }

  /// A mask of either kind that hides what is not `seen` (bool), too.
  private func restricted(_ mask: Tensor, to seen: Tensor) -> Tensor {
    if mask.dtype == .bool { return mask.and(seen) }
    return Tensor.where(seen, mask, Tensor.full([], -.infinity, dtype: mask.dtype))
  }

  private func attend(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, isCausal: Bool
  ) -> Tensor {
    if isTraining && dropout.probability > 0 {
      return attendDropping(q, k, v, mask: mask, isCausal: isCausal)
    }
    if keyValueHeads == heads { return attention(q, k, v, mask: mask, isCausal: isCausal) }
    // Each key head beside its group of query heads, as a view: [B, K, H/K, T, D].
    let group = heads / keyValueHeads
    if mask == nil && q.shape[2] == 1 {
      // A lone position sees all keys, so the queries of a group are rows of one problem: their keys
      // are packed once.
      let rows = q.reshaped([q.shape[0], keyValueHeads, group, headSize])
      return attention(rows, k, v).reshaped(q.shape)
    }
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
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, isCausal: Bool
  ) -> Tensor {
    let group = heads / keyValueHeads
    let (k, v) = group == 1 ? (k, v) : (k.repeated(group, axis: 1), v.repeated(group, axis: 1))
    let (t, s) = (q.shape[2], k.shape[2])
    return inFloat32([q, k, v]) { inputs in
      var scores = inputs[0].matmul(inputs[1].transposed()) * (1 / Double(q.shape[3]).squareRoot())
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
      return dropout(attentionWeights(ofScores: scores)).matmul(inputs[2])
    }
  }

  public override var details: String {
    let parts = [
      "\(channels), \(heads) heads" + (headSize * heads == channels ? "" : " of \(headSize)"),
      keyValueHeads < heads ? "\(keyValueHeads) for keys and values" : nil,
      isCausal ? "causal" : nil, rotaryBase != nil ? "rotary positions" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}
