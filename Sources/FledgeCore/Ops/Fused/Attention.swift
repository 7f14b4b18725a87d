/// y = softmax(q kᵀ · scale + mask) v (Vaswani et al. 2017), without the [T, S] scores in memory
/// where the backend can (Dao et al. 2022).
/// Shape: q [b…, T, D], k [b…, S, D], v [b…, S, D], mask broadcasting to [b…, T, S] → [b…, T, D],
/// log Σ e^score [b…, T]
struct Attention: Primitive {
  static let name = "attention"
  static let formula = "y = softmax(q kᵀ · scale + mask) v"
  let options: AttentionOptions
  let hasMask: Bool

  var saves: SavedValues { [.inputs, .outputs] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: [TensorType]) -> [TensorType] {
    requireFloatingPoint(inputs, Self.name)
    let (q, k, v) = (inputs[0].shape, inputs[1].shape, inputs[2].shape)
    let fits =
      q.rank >= 2 && k.rank == q.rank && v == k && q[-1] == k[-1]
      && q.dropLast(2).elementsEqual(k.dropLast(2))
    require(
      fits, Self.name, "needs q [b…, T, D] with k and v [b…, S, D], got \(q), \(k) and \(v)")
    if hasMask {
      let scores = Shape(q.dropLast() + [k[-2]])
      require(
        Shape.broadcast(inputs[3].shape, scores) == scores, Self.name,
        "a mask of shape \(inputs[3].shape) does not broadcast to the scores' \(scores)")
    }
    let rows = TensorType(shape: Shape(Array(q.dropLast())), dtype: inputs[0].dtype)
    return [inputs[0], rows]
  }

  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    let result = backend.attention(
      inputs[0], inputs[1], inputs[2], mask: hasMask ? inputs[3] : nil, options: options)
    return [result.y, result.logSumExp]
  }

  func gradients(_ g: GradientContext) -> [Tensor?] {
    // A mask that is trained (a position bias, say) needs the scores themselves.
    if hasMask && g.needs(3) { return g.throughComposed(self)! }
    let result = ExecutionContext.current.backend.attentionGradient(
      g.dy, q: g.input(0), k: g.input(1), v: g.input(2), mask: hasMask ? g.input(3) : nil,
      y: g.output(0), logSumExp: g.output(1), options: options)
    return [result.dq, result.dk, result.dv, nil]
  }

  func composed(_ inputs: [Tensor]) -> [Tensor]? {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    var scores = q.matmul(k.transposed()) * options.scale
    if hasMask { scores = scores + inputs[3] }
    if options.isCausal {
      let (t, s) = (q.shape[-2], k.shape[-2])
      let row = Tensor.arange(t).reshaped([t, 1]) + Double(s - t)
      scores = scores.masked(where: Tensor.arange(s) .> row, with: -.infinity)
    }
    return [softmax(scores).matmul(v), scores.logSumExp(axis: -1)]
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
      Sample(
        head(true), .uniform([2, 2, 17, 8]), .uniform([2, 2, 17, 8]), .uniform([2, 2, 17, 8])),
    ]
  }
}

/// Scaled dot-product attention softmax(q kᵀ · scale + mask) v.
///
/// - Parameters:
///   - mask: added to the scores (a floating type), or true where a query may look (bool); shape
///     broadcasting to [b…, T, S].
///   - isCausal: query i sees the keys j ≤ i + (S − T).
///   - scale: 1/√D where not given.
/// - Returns: [b…, T, D].
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil
) -> Tensor {
  let options = AttentionOptions(
    scale: scale ?? 1 / Double(q.shape[-1]).squareRoot(), isCausal: isCausal)
  let additive = mask.map { mask in
    mask.dtype == .bool
      ? Tensor.zeros(mask.shape, dtype: q.dtype).masked(where: mask.not(), with: -.infinity)
      : mask.cast(to: q.dtype)
  }
  let primitive = Attention(options: options, hasMask: additive != nil)
  return apply(primitive, [q, k, v] + (additive.map { [$0] } ?? []))[0]
}
