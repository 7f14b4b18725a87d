import CKernels

/// One large matrix product on our own kernel: the right side packed once, then blocks of the
/// result as threads are free.
///
/// Against BLAS calls on parts of the result (each of which packs the shared side again), measured
/// on two cores at the products of a small Transformer. Every cut depends on the shape alone, and
/// no element's sum depends on a cut.
struct BlockedProduct {
  let m: Int
  let n: Int
  let k: Int

  /// Products below this are over before a second thread is awake, or have too few rows to pay for
  /// packing.
  static func suits(m: Int, n: Int, k: Int) -> Bool {
    suitsProcessor && m >= 24 && n >= 24 && k >= 16
  }

  private static let suitsProcessor = fledge_gemm_suits_processor()

  /// The packed part of the right side stays below this many floats (8 MB).
  private static let packedLimit = 1 << 21

  func run(
    _ a: UnsafePointer<Float>, _ left: MatrixOperand, _ b: UnsafePointer<Float>,
    _ right: MatrixOperand, _ c: UnsafeMutablePointer<Float>
  ) {
    let chunk = min(n, max(64, Self.packedLimit / k / 16 * 16))
    let packed = Tensor(uninitialized: [fledge_gemm_packed_count(chunk, k)], .float32)
    let panels = packed.pointer(Float.self)
    for start in stride(from: 0, to: n, by: chunk) {
      let columns = min(chunk, n - start)
      let corner = b + (right.isTransposed ? start * right.leadingDimension : start)
      let grain = max(1, (1 << 15) / (16 * k))  // panels
      ThreadPool.forRanges((columns + 15) / 16, grain: grain) { range in
        fledge_gemm_pack_f32(
          right.isTransposed, 16 * range.lowerBound, min(columns, 16 * range.upperBound), columns,
          k, corner, right.leadingDimension, panels)
      }
      multiply(a, left, panels, columns: columns, c + start)
    }
  }

  private func multiply(
    _ a: UnsafePointer<Float>, _ left: MatrixOperand, _ panels: UnsafePointer<Float>, columns: Int,
    _ c: UnsafeMutablePointer<Float>
  ) {
    let parts = m * columns * k < 1 << 19 ? 1 : 8
    let rowParts = max((m + 119) / 120, min(parts, m / 48), 1)
    let height = ((m + rowParts - 1) / rowParts + 5) / 6 * 6
    let columnParts = max(1, min(columns / 64, parts / rowParts))
    let width = ((columns + columnParts - 1) / columnParts + 15) / 16 * 16
    let (rowBlocks, columnBlocks) = ((m + height - 1) / height, (columns + width - 1) / width)
    ThreadPool.run(parts: rowBlocks * columnBlocks) { part in
      let scratch = Tensor(uninitialized: [fledge_gemm_scratch()], .float32)
      let (row, column) = (part / columnBlocks * height, part % columnBlocks * width)
      fledge_gemm_block_f32(
        left.isTransposed, min(height, m - row), column, min(columns, column + width), columns, k,
        a + (left.isTransposed ? row : row * left.leadingDimension), left.leadingDimension, panels,
        c + row * n, n, scratch.pointer(Float.self))
    }
  }
}
