import CKernels

extension CPUBackend {
  public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, options: AttentionOptions
  ) -> (y: Tensor, logSumExp: Tensor) {
    guard let heads = AttentionHeads(q, k, v, mask, self) else {
      return fallback.attention(q, k, v, mask: mask, options: options)
    }
    let y = Tensor(uninitialized: q.shape, .float32)
    let totals = Tensor(uninitialized: Shape(Array(q.shape.dropLast())), .float32)
    let (py, pt) = (y.pointer(Float.self), totals.pointer(Float.self))
    let (t, s, d) = (heads.queries, heads.keys, heads.depth)
    let scratchCount = fledge_attention_forward_scratch(t, s, d)
    ThreadPool.run(parts: heads.count) { head in
      let scratch = Tensor(uninitialized: [max(scratchCount, 1)], .float32)
      fledge_attention_forward_f32(
        heads.q.pointer(head), heads.q.rowStride, heads.k.pointer(head), heads.k.rowStride,
        heads.v.pointer(head), heads.v.rowStride, py + head * t * d, d, pt + head * t, t, s, d,
        Float(options.scale), options.isCausal, heads.mask?.pointer(head),
        heads.mask?.rowStride ?? 0, scratch.pointer(Float.self))
    }
    withExtendedLifetime(heads) {}
    return (y, totals)
  }

  public func attentionGradient(
    _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, y: Tensor, logSumExp: Tensor,
    options: AttentionOptions
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    guard let heads = AttentionHeads(q, k, v, mask, self) else {
      return fallback.attentionGradient(
        dy, q: q, k: k, v: v, mask: mask, y: y, logSumExp: logSumExp, options: options)
    }
    let gradient = HeadOperand(dy, dy.shape, self)
    let dq = Tensor(uninitialized: q.shape, .float32)
    let dk = Tensor(uninitialized: k.shape, .float32)
    let dv = Tensor(uninitialized: v.shape, .float32)
    let (pq, pk, pv) = (
      dq.pointer(Float.self), dk.pointer(Float.self), dv.pointer(Float.self)
    )
    let (py, pt) = (y.pointer(Float.self), logSumExp.pointer(Float.self))
    let (t, s, d) = (heads.queries, heads.keys, heads.depth)
    let scratchCount = fledge_attention_backward_scratch(t, s, d)
    ThreadPool.run(parts: heads.count) { head in
      let scratch = Tensor(uninitialized: [max(scratchCount, 1)], .float32)
      fledge_attention_backward_f32(
        heads.q.pointer(head), heads.q.rowStride, heads.k.pointer(head), heads.k.rowStride,
        heads.v.pointer(head), heads.v.rowStride, py + head * t * d, d, pt + head * t,
        gradient.pointer(head), gradient.rowStride, pq + head * t * d, d, pk + head * s * d, d,
        pv + head * s * d, d, t, s, d, Float(options.scale), options.isCausal,
        heads.mask?.pointer(head), heads.mask?.rowStride ?? 0, scratch.pointer(Float.self))
    }
    withExtendedLifetime((heads, gradient, y, logSumExp)) {}
    return (dq, dk, dv)
  }
}

/// The (batch, head) pairs of an attention, each a small problem of its own.
private struct AttentionHeads {
  let q, k, v: HeadOperand
  let mask: HeadOperand?
  let queries, keys, depth, count: Int

  /// Nil where the fast kernel does not apply.
  init?(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ backend: CPUBackend) {
    guard q.dtype == .float32, q.count > 0, k.count > 0 else { return nil }
    (queries, keys, depth) = (q.shape[-2], k.shape[-2], q.shape[-1])
    count = q.count / (queries * depth)
    self.q = HeadOperand(q, q.shape, backend)
    self.k = HeadOperand(k, k.shape, backend)
    self.v = HeadOperand(v, v.shape, backend)
    self.mask = mask.map {
      HeadOperand($0, Shape(q.shape.dropLast() + [k.shape[-2]]), backend)
    }
  }
}

/// A batch of matrices whose rows are contiguous, at any distance from each other.
private struct HeadOperand {
  let rowStride: Int
  private let tensor: Tensor
  private let base: UnsafePointer<Float>
  private let positions: [Int]

  init(_ x: Tensor, _ shape: Shape, _ backend: CPUBackend) {
    var view = x.view(x.layout.broadcast(to: shape))
    if view.shape[-1] > 1 && view.layout.strides[view.rank - 1] != 1 { view = backend.copy(view) }
    tensor = view
    rowStride = view.layout.strides[view.rank - 2]
    base = UnsafePointer(view.storage.pointer.assumingMemoryBound(to: Float.self))
    var list: [Int] = []
    Layout(
      shape: Shape(Array(view.shape.dropLast(2))), strides: Array(view.layout.strides.dropLast(2)),
      offset: view.layout.offset
    ).forEachPosition { list.append($0) }
    positions = list
  }

  func pointer(_ head: Int) -> UnsafePointer<Float> { base + positions[head] }
}
