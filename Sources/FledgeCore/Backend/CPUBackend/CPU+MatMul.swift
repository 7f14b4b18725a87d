import CKernels
import COpenBLAS

extension CPUBackend {
  public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    switch a.dtype {
    case .float32: break
    case .float16, .bfloat16:
      return cast(matmul(cast(a, to: .float32), cast(b, to: .float32)), to: a.dtype)
    default: return fallback.matmul(a, b)
    }
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    var shape = a.shape
    shape[-1] = n
    if m * n == 0 || k == 0 || a.count == 0 { return fill(shape, 0, .float32) }
    let y = Tensor(uninitialized: shape, .float32)
    let (left, right) = (MatrixOperand(a, self), MatrixOperand(b, self))
    let target = y.pointer(Float.self)
    let batch = y.count / (m * n)
    Self.useOneBLASThread
    if batch > 1 {
      let grain = max(1, (1 << 18) / (m * k * n))
      ThreadPool.forRanges(batch, grain: grain) { range in
        for i in range {
          multiply(
            m, n, k, left.pointer(i), left, right.pointer(i), right, target + i * m * n, n)
        }
      }
    } else if BlockedProduct.suits(m: m, n: n, k: k) {
      BlockedProduct(m: m, n: n, k: k)
        .run(left.pointer(0), left, right.pointer(0), right, target)
    } else {
      multiplyInParts(m, n, k, left, right, target)
    }
    withExtendedLifetime((left, right)) {}
    return y
  }

  /// Computes one product in parts along its longer side. The cut depends on the shape alone, so
  /// the bits are the same for any number of threads.
  private func multiplyInParts(
    _ m: Int, _ n: Int, _ k: Int, _ left: MatrixOperand, _ right: MatrixOperand,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let work = m * n * k
    let parts = work < 1 << 18 ? 1 : work < 1 << 27 ? 2 : 8
    let (a, b) = (left.pointer(0), right.pointer(0))
    if n >= m {
      let grain = max(16, ((n + parts - 1) / parts + 15) / 16 * 16)
      ThreadPool.forRanges(n, grain: grain) { range in
        let from = range.lowerBound
        let column = right.isTransposed ? from * right.leadingDimension : from
        multiply(m, range.count, k, a, left, b + column, right, target + from, n)
      }
    } else {
      let grain = max(16, ((m + parts - 1) / parts + 15) / 16 * 16)
      ThreadPool.forRanges(m, grain: grain) { range in
        let from = range.lowerBound
        let row = left.isTransposed ? from : from * left.leadingDimension
        multiply(range.count, n, k, a + row, left, b, right, target + from * n, n)
      }
    }
  }

  private func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ left: MatrixOperand,
    _ b: UnsafePointer<Float>, _ right: MatrixOperand, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    if m * n * k <= 4096 {
      // A call into BLAS costs more than such a product.
      fledge_gemm_small_f32(
        left.isTransposed, right.isTransposed, m, n, k, 1, a, left.leadingDimension, b,
        right.leadingDimension, 0, c, ldc)
      return
    }
    if m == 1 && !right.isTransposed && !left.isTransposed {
      fledge_vector_matrix_f32(a, b, right.leadingDimension, c, k, n, false)
      return
    }
    cblas_sgemm(
      CblasRowMajor, left.isTransposed ? CblasTrans : CblasNoTrans,
      right.isTransposed ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
      blasint(left.leadingDimension), b, blasint(right.leadingDimension), 0, c, blasint(ldc))
  }

  /// The threads are ours; OpenBLAS's own would fight with them.
  static let useOneBLASThread: Void = openblas_set_num_threads(1)
}

/// A batch of matrices as BLAS takes them: rows or columns side by side.
struct MatrixOperand {
  let tensor: Tensor
  let isTransposed: Bool
  let leadingDimension: Int
  private let base: UnsafeMutablePointer<Float>
  /// The offset of each matrix of a batch; empty for a single one.
  private let positions: [Int]

  init(_ x: Tensor, _ backend: CPUBackend) {
    let (rows, columns) = (x.shape[-2], x.shape[-1])
    let (rowStride, columnStride) = (x.layout.strides[x.rank - 2], x.layout.strides[x.rank - 1])
    if (columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1) {
      tensor = x
      isTransposed = false
      leadingDimension = rows == 1 ? columns : rowStride
    } else if (rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1) {
      tensor = x
      isTransposed = true
      leadingDimension = columns == 1 ? rows : columnStride
    } else {
      tensor = backend.copy(x)
      isTransposed = false
      leadingDimension = columns
    }
    base = tensor.storage.pointer.assumingMemoryBound(to: Float.self)
    if tensor.rank == 2 {
      positions = []
    } else {
      var list: [Int] = []
      Layout(
        shape: Shape(tensor.shape.dropLast(2)), strides: tensor.layout.strides.dropLast(2),
        offset: tensor.layout.offset
      ).forEachPosition { list.append($0) }
      positions = list
    }
  }

  func pointer(_ batch: Int) -> UnsafePointer<Float> {
    UnsafePointer(base + (positions.isEmpty ? tensor.layout.offset : positions[batch]))
  }
}
