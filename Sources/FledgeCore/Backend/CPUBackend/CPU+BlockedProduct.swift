import CKernels

/// One large matrix product C = A B with our own kernel: one side is packed once for all threads,
/// then each free thread takes the next block of the result.
///
/// It was measured against BLAS calls on parts of the result (each of which packs the shared side
/// again), on two cores at the products of a small Transformer. Every cut depends on the shape
/// alone, and no element's sum depends on a cut.
struct BlockedProduct {
  let m: Int
  let n: Int
  let k: Int

  /// Products below this end before a second thread is awake, or have too few rows to pay for
  /// packing.
  static func suits(m: Int, n: Int, k: Int) -> Bool {
    suitsProcessor && m >= 24 && n >= 24 && k >= 16 && m * n * k >= smallest
  }

  private static let suitsProcessor = fledge_gemm_suits_processor()
  // OpenBLAS has kernels for small products with AVX-512, which need no packing.
  private static let smallest = fledge_gemm_is_wide() ? 1 << 19 : 0

  private static let panel = fledge_gemm_panel()
  private static let group = fledge_gemm_group()
  private static let depth = fledge_gemm_depth()

  /// A packed side stays below this many floats (8 MB).
  private static let packedLimit = 1 << 21

  /// Whether A is packed whole and B is streamed: B is then so much larger that a packed copy of it
  /// would be written to memory and read back.
  private var streamsRight: Bool { n >= 2 * m && m <= 512 }

  func run(
    _ a: UnsafePointer<Float>, _ left: MatrixOperand, _ b: UnsafePointer<Float>,
    _ right: MatrixOperand, _ c: UnsafeMutablePointer<Float>
  ) {
    // Whole blocks of k, so that their sums are the same wherever k is cut.
    let packedSide = streamsRight ? m : min(n, 4096)
    let step = max(1, Self.packedLimit / packedSide / Self.depth) * Self.depth
    for start in stride(from: 0, to: k, by: step) {
      let part = BlockedProduct(m: m, n: n, k: min(step, k - start))
      let a = a + start * (left.isTransposed ? left.leadingDimension : 1)
      let b = b + start * (right.isTransposed ? 1 : right.leadingDimension)
      if streamsRight {
        part.stream(a, left, b, right, adds: start > 0, c)
      } else {
        part.multiply(a, left, b, right, adds: start > 0, c)
      }
    }
  }

  /// A packed whole; each part packs the panels of its columns of B as it comes to them.
  private func stream(
    _ a: UnsafePointer<Float>, _ left: MatrixOperand, _ b: UnsafePointer<Float>,
    _ right: MatrixOperand, adds: Bool, _ c: UnsafeMutablePointer<Float>
  ) {
    let packed = Tensor(uninitialized: [fledge_gemm_packed_left_count(m, k)], .float32)
    let groups = packed.pointer(Float.self)
    ThreadPool.forRanges(m, grain: Self.grain(m, of: k, by: Self.group)) { rows in
      fledge_gemm_pack_left_f32(
        left.isTransposed, rows.lowerBound, rows.upperBound, m, k, a, left.leadingDimension, groups)
    }
    ThreadPool.forRanges(n, grain: Self.grain(n, of: m * k / 8, by: Self.panel)) { columns in
      let start = columns.lowerBound
      withScratch(fledge_gemm_scratch()) { scratch in
        fledge_gemm_stream_f32(
          left.isTransposed, right.isTransposed, m, columns.count, k, groups,
          b + start * (right.isTransposed ? right.leadingDimension : 1), right.leadingDimension,
          adds, c + start, n, scratch)
      }
    }
    withExtendedLifetime(packed) {}
  }

  /// B packed whole, or as many columns of it as the limit allows; each part packs its rows of A.
  private func multiply(
    _ a: UnsafePointer<Float>, _ left: MatrixOperand, _ b: UnsafePointer<Float>,
    _ right: MatrixOperand, adds: Bool, _ c: UnsafeMutablePointer<Float>
  ) {
    let chunk = min(n, max(1, Self.packedLimit / k / Self.panel) * Self.panel)
    let packed = Tensor(uninitialized: [fledge_gemm_packed_right_count(chunk, k)], .float32)
    let panels = packed.pointer(Float.self)
    for start in stride(from: 0, to: n, by: chunk) {
      let columns = min(chunk, n - start)
      let corner = b + start * (right.isTransposed ? right.leadingDimension : 1)
      ThreadPool.forRanges(columns, grain: Self.grain(columns, of: k, by: Self.panel)) { range in
        fledge_gemm_pack_right_f32(
          right.isTransposed, range.lowerBound, range.upperBound, columns, k, corner,
          right.leadingDimension, panels)
      }
      ThreadPool.forRanges(m, grain: Self.grain(m, of: columns * k / 8, by: Self.group)) { rows in
        let row = rows.lowerBound
        withScratch(fledge_gemm_scratch()) { scratch in
          fledge_gemm_block_f32(
            left.isTransposed, rows.count, 0, columns, columns, k,
            a + row * (left.isTransposed ? 1 : left.leadingDimension), left.leadingDimension,
            panels, adds, c + row * n + start, n, scratch)
        }
      }
    }
    withExtendedLifetime(packed) {}
  }

  /// The rows or columns of a part: about a sixteenth of them, so that two threads end within a few
  /// percent of each other, but at least 32 Ki units of work; a multiple of `unit`.
  private static func grain(_ count: Int, of work: Int, by unit: Int) -> Int {
    let least = (1 << 15) / max(work, 1)
    return (max(least, count / 16, 1) + unit - 1) / unit * unit
  }
}
