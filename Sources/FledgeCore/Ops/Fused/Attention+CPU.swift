import CKernels

// The kernels of attention and its gradient, for values as wide as keys. Each (batch, head) pair is a
// problem of its own; if there are few, the queries of each (its keys, going backward) are divided
// among threads.

extension Attention {
  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    guard inputs.areFloat32, v.shape[-1] == q.shape[-1] else { return nil }
    let heads = AttentionHeads(q, k, v, hasMask ? inputs[3] : nil, backend)
    let y = result(inOrderOf: q)
    let output = HeadOperand(y, y.shape, backend)
    let totals = Tensor(uninitialized: Shape(Array(q.shape.dropLast())), .float32)
    let pt = totals.pointer(Float.self)
    let (t, s, d) = (heads.queries, heads.keys, heads.depth)
    let (blocks, height) = heads.cut(t, into: 16)
    ThreadPool.run(parts: heads.count * blocks) { part in
      let (head, row) = (part / blocks, part % blocks * height)
      let count = min(height, t - row)
      // The kernel aligns queries and keys at their ends: with the first rows go the first keys.
      let keys = options.isCausal ? min(s, max(0, row + count + s - t)) : s
      withScratch(fledge_attention_forward_scratch(count, keys, d)) { scratch in
        fledge_attention_forward_f32(
          heads.q.pointer(head) + row * heads.q.rowStride, heads.q.rowStride,
          heads.k.pointer(head), heads.k.rowStride, heads.v.pointer(head), heads.v.rowStride,
          output.pointer(head) + row * output.rowStride, output.rowStride, pt + head * t + row,
          count,
          keys, d, Float(options.scale), options.isCausal,
          heads.mask.map { $0.pointer(head) + row * $0.rowStride },
          heads.mask?.rowStride ?? 0, scratch)
      }
    }
    withExtendedLifetime(heads) {}
    return [y, totals]
  }
}

extension AttentionGradient {
  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let (dy, q, k, v, y) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
    guard inputs.areFloat32, v.shape[-1] == q.shape[-1] else { return nil }
    let logSumExp = backend.compact(inputs[5])
    guard Self.holdsDigits(logSumExp) else { return nil }
    let heads = AttentionHeads(q, k, v, hasMask ? inputs[6] : nil, backend)
    let (output, gradient) = (HeadOperand(y, y.shape, backend), HeadOperand(dy, dy.shape, backend))
    let (dq, dk, dv) = (result(inOrderOf: q), result(inOrderOf: k), result(inOrderOf: v))
    let keys = HeadOperand(dk, dk.shape, backend)
    let values = HeadOperand(dv, dv.shape, backend)
    let pt = logSumExp.pointer(Float.self)
    let (t, s, d) = (heads.queries, heads.keys, heads.depth)
    let scratchCount = fledge_attention_backward_scratch(t, s, d)
    // Each range of keys has its own part of dq, added up in order afterwards.
    let (blocks, width) = heads.cut(s, into: 8)
    let partial = blocks == 1 ? dq : Tensor(uninitialized: [blocks, dq.count], .float32)
    let queries = HeadOperand(partial.view(dq.layout), dq.shape, backend)
    ThreadPool.run(parts: heads.count * blocks) { part in
      let (head, block) = (part / blocks, part % blocks)
      withScratch(scratchCount) { scratch in
        fledge_attention_backward_f32(
          heads.q.pointer(head), heads.q.rowStride, heads.k.pointer(head), heads.k.rowStride,
          heads.v.pointer(head), heads.v.rowStride, output.pointer(head), output.rowStride,
          pt + head * t, gradient.pointer(head), gradient.rowStride,
          queries.pointer(head) + block * dq.count, queries.rowStride, keys.pointer(head),
          keys.rowStride, values.pointer(head), values.rowStride, t, s, block * width,
          min(s, (block + 1) * width), d, Float(options.scale), options.isCausal,
          heads.mask?.pointer(head), heads.mask?.rowStride ?? 0, scratch)
      }
    }
    if blocks > 1 {
      let count = dq.count
      let (pp, pq) = (partial.pointer(Float.self), dq.pointer(Float.self))
      ThreadPool.forElements(count) { range in
        fledge_sum_cols_f32(
          pp + range.lowerBound, pq + range.lowerBound, blocks, range.count, count)
      }
    }
    withExtendedLifetime((heads, output, gradient, logSumExp, partial)) {}
    return [dq, dk, dv]
  }

  /// Whether exp(score − logSumExp) is the softmax: a large logarithm has lost digits of its sum,
  /// at 1e8 it is the largest score itself. Up to 1024 its error is below 2⁻¹⁴, and so the relative
  /// one of the softmax. One larger row sends all to the composed form, which keeps the scores in
  /// memory.
  private static func holdsDigits(_ logSumExp: Tensor) -> Bool {
    let rows = UnsafeBufferPointer(start: logSumExp.pointer(Float.self), count: logSumExp.count)
    return withExtendedLifetime(logSumExp) {
      rows.allSatisfy { !($0.magnitude > 1024) || $0 == -.infinity }
    }
  }
}

/// A new tensor of x's shape with x's order of axes in memory, but the last axis innermost. Heads
/// are mostly views of [B, T, H, D]: the results have that order too, and need no copy to become
/// [B, T, H D] again.
private func result(inOrderOf x: Tensor) -> Tensor {
  let (axes, strides) = (0..<x.rank - 1, x.layout.strides)
  let order = axes.sorted { (strides[$0], $1) > (strides[$1], $0) } + [x.rank - 1]
  let y = Tensor(uninitialized: Shape(order.map { x.shape[$0] }), .float32)
  return y.view(y.layout.permuted((0..<x.rank).map { order.firstIndex(of: $0)! }))
}

/// The (batch, head) pairs of an attention, each an independent problem.
private struct AttentionHeads {
  let q, k, v: HeadOperand
  let mask: HeadOperand?
  let queries, keys, depth, count: Int

  /// How a head's rows are divided among threads: not at all if there are enough heads. It depends
  /// on the shape alone.
  func cut(_ rows: Int, into parts: Int) -> (blocks: Int, height: Int) {
    let wanted = max(1, min(rows / 128, parts / count))
    // Whole tiles of the kernels, which are 48 keys wide.
    let height = ((rows + wanted - 1) / wanted + 47) / 48 * 48
    return (max(1, (rows + height - 1) / height), height)
  }

  init(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ backend: any Backend) {
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
  private let base: UnsafeMutablePointer<Float>
  private let positions: [Int]

  init(_ x: Tensor, _ shape: Shape, _ backend: any Backend) {
    var view = x.view(x.layout.broadcast(to: shape))
    if view.shape[-1] > 1 && view.layout.strides[view.rank - 1] != 1 { view = backend.copy(view) }
    tensor = view
    rowStride = view.layout.strides[view.rank - 2]
    base = view.storage.pointer.assumingMemoryBound(to: Float.self)
    var list: [Int] = []
    Layout(
      shape: Shape(Array(view.shape.dropLast(2))), strides: Array(view.layout.strides.dropLast(2)),
      offset: view.layout.offset
    ).forEachPosition { list.append($0) }
    positions = list
  }

  func pointer(_ head: Int) -> UnsafeMutablePointer<Float> { base + positions[head] }
}
