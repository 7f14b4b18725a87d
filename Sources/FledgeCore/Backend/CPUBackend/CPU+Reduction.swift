import CKernels

extension CPUBackend {
  public func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    if x.dtype == .float16 || x.dtype == .bfloat16, kernel.rows != nil {
      return cast(reduce(kernel, cast(x, to: .float32), axes: axes, dtype: .float32), to: dtype)
    }
    guard x.dtype == .float32, let rows = kernel.rows, let columns = kernel.columns, x.count > 0,
      !axes.isEmpty
    else { return fallback.reduce(kernel, x, axes: axes, dtype: dtype) }
    let shape = x.shape.collapsing(axes)
    // One kernel call suffices if the folded axes stand together after or before the kept ones; a
    // copy brings any other order to the first case.
    let kept = (0..<x.rank).filter { !axes.contains($0) && x.shape[$0] != 1 }
    let folded = axes.filter { x.shape[$0] != 1 }
    let outerCount = kept.reduce(1) { $0 * x.shape[$1] }
    let innerCount = folded.reduce(1) { $0 * x.shape[$1] }
    let y = Tensor(uninitialized: shape, .float32)
    if x.layout.isContiguous, let lastFolded = folded.last, let firstKept = kept.first,
      lastFolded < firstKept
    {
      foldColumns(columns, x, y, rows: innerCount, columns: outerCount)
      return y
    }
    let isRowMajor = x.layout.isContiguous && (kept.last ?? -1) < (folded.first ?? x.rank)
    let flat =
      isRowMajor ? x : copy(x.view(x.layout.permuted(kept + folded + ones(x, kept, folded))))
    let (source, target) = (flat.pointer(Float.self), y.pointer(Float.self))
    if outerCount < 4 && innerCount >= 2 * ThreadPool.grain {
      foldInChunks(rows, source, target, rows: outerCount, columns: innerCount)
      withExtendedLifetime(flat) {}
      return y
    }
    ThreadPool.forRanges(outerCount, grain: max(1, ThreadPool.grain / max(innerCount, 1))) {
      range in
      rows(
        source + range.lowerBound * innerCount, target + range.lowerBound, range.count, innerCount,
        innerCount)
    }
    withExtendedLifetime(flat) {}
    return y
  }

  /// Folds a few long rows: each in chunks, then the chunks' results.
  private func foldInChunks(
    _ kernel: ReduceFloat, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int
  ) {
    let chunks = (columns + ThreadPool.grain - 1) / ThreadPool.grain
    let partial = Tensor(uninitialized: [rows, chunks], .float32)
    let results = partial.pointer(Float.self)
    ThreadPool.run(parts: rows * chunks) { part in
      let (row, start) = (part / chunks, part % chunks * ThreadPool.grain)
      let count = min(ThreadPool.grain, columns - start)
      kernel(source + row * columns + start, results + part, 1, count, count)
    }
    kernel(results, target, rows, chunks, chunks)
    withExtendedLifetime(partial) {}
  }

  private func ones(_ x: Tensor, _ kept: [Int], _ folded: [Int]) -> [Int] {
    (0..<x.rank).filter { !kept.contains($0) && !folded.contains($0) }
  }

  /// Folds rows together, a range of columns a part: each column is folded by one thread.
  private func foldColumns(
    _ kernel: ReduceFloat, _ x: Tensor, _ y: Tensor, rows: Int, columns: Int
  ) {
    let (source, target) = (x.pointer(Float.self), y.pointer(Float.self))
    let grain = max(64, ThreadPool.grain / max(rows, 1) / 16 * 16)
    ThreadPool.forRanges(columns, grain: grain) { range in
      kernel(source + range.lowerBound, target + range.lowerBound, rows, range.count, columns)
    }
    withExtendedLifetime(x) {}
  }

  public func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor {
    guard x.dtype == .float32 else { return fallback.argReduce(x, axis: axis, largest: largest) }
    var order = Array(0..<x.rank)
    order.append(order.remove(at: axis))
    let moved = x.view(x.layout.permuted(order))
    let flat = moved.layout.isContiguous ? moved : copy(moved)
    let y = Tensor(uninitialized: x.shape.collapsing([axis]), .int64)
    let width = x.shape[axis]
    let kernel = largest ? fledge_argmax_rows_f32 : fledge_argmin_rows_f32
    kernel(flat.pointer(Float.self), y.pointer(Int64.self), y.count, width, width)
    withExtendedLifetime(flat) {}
    return y
  }
}
