/// y = softmax(q kᵀ · scale + mask) v (Vaswani et al. 2017), without the [T, S] scores in memory
/// where there is a kernel (Dao et al. 2022). A query that sees no key gets 0.
/// Shape: q [b…, T, D], k [b…, S, D], v [b…, S, E], mask broadcasting to [b…, T, S] → [b…, T, E],
/// log Σ e^score [b…, T]
struct Attention: FusedPrimitive {
  static let name = "attention"
  static let formula = "y = softmax(q kᵀ · scale + mask) v"
  static var precision: AutocastRule { .reduced }
  let options: AttentionOptions
  let hasMask: Bool

  var saves: SavedValues { [.inputs, .outputs] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    requireFinite(options.scale, "the scale", for: inputs[0].dtype, Self.name)
    let (q, k, v) = (inputs[0].shape, inputs[1].shape, inputs[2].shape)
    let fits =
      q.rank >= 2 && k.rank == q.rank && v.rank == k.rank && q[-1] == k[-1]
      && v.dropLast().elementsEqual(k.dropLast()) && q.dropLast(2).elementsEqual(k.dropLast(2))
    require(
      fits, Self.name,
      "needs q [b…, T, D], k [b…, S, D] and v [b…, S, E], got \(q), \(k) and \(v)")
    if hasMask {
      let scores = Shape(q.dropLast() + [k[-2]])
      require(
        Shape.broadcast(inputs[3].shape, scores) == scores, Self.name,
        "a mask of shape \(inputs[3].shape) does not broadcast to the scores' \(scores)")
    }
    let rows = TensorType(
      shape: Shape(Array(q.dropLast())), dtype: inputs[0].dtype.ofStatistics)
    return [TensorType(shape: Shape(q.dropLast() + [v[-1]]), dtype: inputs[0].dtype), rows]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    let (q, k) = (inputs[0].shape, inputs[1].shape)
    return options.operationCount(depth: q[-1] + inputs[2].shape[-1], q: q, k: k)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    // A mask that is trained (a position bias, say) needs the scores themselves.
    if hasMask && g.needs(3) { return g.throughComposed(self)! }
    let primitive = AttentionGradient(options: options, hasMask: hasMask)
    var inputs: Tensors = [g.dy, g.input(0), g.input(1), g.input(2), g.output(0), g.output(1)]
    if hasMask { inputs.append(g.input(3)) }
    let gradients = Gradients(apply(primitive, inputs))
    return hasMask ? gradients + [nil] : gradients
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let scores = options.scores(inputs[0], inputs[1], mask: hasMask ? inputs[3] : nil)
    let totals = scores.cast(to: scores.dtype.ofStatistics).logSumExp(axis: -1)
    return [attentionWeights(ofScores: scores).matmul(inputs[2]), totals]
  }

  /// softmax(q kᵀ · scale + mask).   Shape: [b…, T, S]
  func weights(_ inputs: Tensors) -> Tensor {
    attentionWeights(
      ofScores: options.scores(inputs[0], inputs[1], mask: hasMask ? inputs[3] : nil))
  }

  static var samples: [Sample] {
    func head(_ causal: Bool, mask: Bool = false) -> Attention {
      Attention(options: .init(scale: 0.6, isCausal: causal), hasMask: mask)
    }
    let (small, wide): (Shape, Shape) = ([2, 3, 4], [2, 5, 4])
    return [
      Sample(head(false), .uniform(small), .uniform(wide), .uniform(wide)),
      Sample(head(true), .uniform(small), .uniform(small), .uniform(small)),
      Sample(head(true), .uniform(small), .uniform(wide), .uniform(wide)),
      Sample(
        head(false, mask: true), .uniform(small), .uniform(wide), .uniform(wide), .uniform([3, 5])),
      Sample(head(true), .uniform(small), .uniform(wide), .uniform([2, 5, 2])),
      Sample(
        head(true), .uniform([2, 2, 17, 8]), .uniform([2, 2, 17, 8]), .uniform([2, 2, 17, 8])),
    ]
  }
}

/// With p the attention weights, dp = dy vᵀ and ds = p (dp − Σ dp p): dq = ds k · scale,
/// dk = dsᵀ q · scale, dv = pᵀ dy.
/// Shape: dy [b…, T, E], q [b…, T, D], k [b…, S, D], v [b…, S, E], y [b…, T, E], log Σ e^score
/// [b…, T], mask → q, k, v's
struct AttentionGradient: FusedPrimitive {
  static let name = "attentionGradient"
  static let formula = "dq = ds k · scale, dk = dsᵀ q · scale, dv = pᵀ dy"
  static var checkedThrough: (any Primitive.Type)? { Attention.self }
  let options: AttentionOptions
  let hasMask: Bool

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let q = inputs[1]
    requireFloatingPoint(q, Self.name)
    for (i, input) in inputs.enumerated() where i != 5 { requireSameDType(q, input, Self.name) }
    requireStatistics(inputs[5], of: q, Self.name)
    return TensorTypes(q, inputs[2], inputs[3])
  }

  // q kᵀ again, and the gradients of the scores, of v, q and k.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    let (q, k) = (inputs[1].shape, inputs[2].shape)
    return options.operationCount(depth: 3 * q[-1] + 2 * inputs[3].shape[-1], q: q, k: k)
  }

  /// The weights are made from q and k again: what is saved of them has no derivative.
  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, q, k, v) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let p = attentionWeights(ofScores: options.scores(q, k, mask: hasMask ? inputs[6] : nil))
    let dp = dy.matmul(v.transposed())
    let ds = p * (dp - (dp * p).sum(axis: -1, keepDims: true)) * options.scale
    return [ds.matmul(k), ds.transposed().matmul(q), p.transposed().matmul(dy)]
  }
}

/// softmax over the keys; 0 for a query whose scores are all −∞, of which softmax would be 0/0.
package func attentionWeights(ofScores scores: Tensor) -> Tensor {
  if scores.count == 0 { return scores }
  let seesNone = scores.detached().max(axis: -1, keepDims: true) .== -.infinity
  return softmax(scores.masked(where: seesNone, with: 0)).masked(where: seesNone, with: 0)
}

/// How attention scores are computed.
struct AttentionOptions: Sendable, Hashable, Codable {
  /// The factor of the products q·k, usually 1/√D.
  var scale: Double
  /// Query i sees keys j ≤ i + (S − T).
  var isCausal: Bool
}

extension AttentionOptions {
  /// Floating-point operations of products of so many numbers for each pair of a query and a visible
  /// key.   Shape: q [b…, T, D], k [b…, S, D]
  func operationCount(depth: Int, q: Shape, k: Shape) -> Int {
    let (t, s) = (q[-2], k[-2])
    let hidden = isCausal ? Swift.min(t, s) * (Swift.min(t, s) - 1) / 2 : 0
    return 2 * depth * q.dropLast(2).reduce(1, *) * (t * s - hidden)
  }

  /// q kᵀ · scale + mask, −∞ where a query may not look.   Shape: [b…, T, S]
  fileprivate func scores(_ q: Tensor, _ k: Tensor, mask: Tensor?) -> Tensor {
    var scores = q.matmul(k.transposed()) * scale
    if let mask { scores = scores + mask }
    guard isCausal else { return scores }
    let (t, s) = (q.shape[-2], k.shape[-2])
    let row = Tensor.arange(t).reshaped([t, 1]) + Double(s - t)
    return scores.masked(where: Tensor.arange(s) .> row, with: -.infinity)
  }
}

/// Scaled dot-product attention softmax(q kᵀ · scale + mask) v.
///
/// - Parameters:
///   - mask: added to the scores (a floating type), or true where a query may look (bool); its
///     shape broadcasts to [b…, T, S].
///   - isCausal: query i sees the keys j ≤ i + (S − T).
///   - scale: 1/√D by default.
/// - Returns: [b…, T, E] for values of width E; 0 for a query that may look at no key.
///
/// Batch axes broadcast: queries [B, H, T, D] may share keys and values [1, H, S, D].
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil
) -> Tensor {
  require(q.rank > 0, Attention.name, "needs queries [b…, T, D], got a scalar")
  let (q, k, v) = sharingBatchAxes(q, k, v)
  let options = AttentionOptions(
    scale: scale ?? 1 / Double(max(q.shape[-1], 1)).squareRoot(), isCausal: isCausal)
  let additive = mask.map { mask in
    mask.dtype == .bool
      ? Tensor.zeros(mask.shape, dtype: q.dtype).masked(where: mask.not(), with: -.infinity)
      : mask.cast(to: q.dtype)
  }
  let primitive = Attention(options: options, hasMask: additive != nil)
  return apply(primitive, [q, k, v] + (additive.map { [$0] } ?? []))[0]
}

/// The three as views whose batch axes are equal. Shapes that do not broadcast stay as they are; the
/// shape rule traps on them.
private func sharingBatchAxes(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> (Tensor, Tensor, Tensor) {
  func batch(_ x: Tensor) -> Shape { Shape(x.shape.dropLast(2)) }
  guard q.rank >= 2, k.rank >= 2, v.rank >= 2 else { return (q, k, v) }
  let areEqual =
    q.rank == k.rank && k.rank == v.rank
    && (0..<q.rank - 2).allSatisfy { q.shape[$0] == k.shape[$0] && k.shape[$0] == v.shape[$0] }
  if areEqual { return (q, k, v) }
  guard let both = Shape.broadcast(batch(q), batch(k)), let all = Shape.broadcast(both, batch(v))
  else { return (q, k, v) }
  func repeated(_ x: Tensor) -> Tensor {
    batch(x) == all ? x : x.broadcast(to: Shape(Array(all) + x.shape.suffix(2)))
  }
  return (repeated(q), repeated(k), repeated(v))
}
