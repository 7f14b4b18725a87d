import Fledge
import FledgeCourse

/// Loops that take eight floats at a time.
///
/// `SIMD8<Float>` is eight floats in one register of the processor: `x + y` and `x * y` work on all
/// eight at once, `SIMD8(repeating: a)` is a eight times, and `x.sum()` adds the eight up. (Stay away
/// from `addingProduct`: it rounds once instead of twice, and a program compiled for any processor
/// must call a function for that, eight times.)
enum VectorKernels {
  /// The eight floats from an address on.
  @inline(__always)
  static func load(_ start: UnsafePointer<Float>) -> SIMD8<Float> {
    UnsafeRawPointer(start).loadUnaligned(as: SIMD8<Float>.self)
  }

  /// Writes eight floats from an address on.
  @inline(__always)
  static func store(_ value: SIMD8<Float>, _ start: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(start).storeBytes(of: value, as: SIMD8<Float>.self)
  }

  /// Σ a[i] b[i] for i in 0 ..< count.
  ///
  /// Eight sums run side by side, element i in sum i mod 8, and become one at the end. What is left
  /// over when eight no longer fit is added one by one; nothing behind `count` may be read.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    // solution
    var sums = SIMD8<Float>.zero
    let whole = count / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
      sums += load(a + i) * load(b + i)
    }
    return (whole..<count).reduce(sums.sum()) { $0 + a[$1] * b[$1] }
    // end solution
  }

  /// y[i] += factor · x[i] for i in 0 ..< count: the innermost loop of 3.4. BLAS calls it axpy.
  static func add(
    _ x: UnsafePointer<Float>, times factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    // solution
    let factors = SIMD8(repeating: factor)
    let whole = count / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
      store(load(y + i) + factors * load(x + i), y + i)
    }
    for i in whole..<count { y[i] += factor * x[i] }
    // end solution
  }
}

/// A matrix as BLAS takes it: in rows that lie side by side, at one distance from each other; or
/// the transpose of such a matrix.
struct BLASOperand: Equatable {
  /// Whether it is the transpose that lies in rows: then it is the columns that lie side by side.
  let isTransposed: Bool
  /// How many places it is from one row to the next (from one column to the next, if transposed):
  /// at least as many as a row (a column) has elements, and at least 1.
  let leadingDimension: Int

  init(isTransposed: Bool, leadingDimension: Int) {
    self.isTransposed = isTransposed
    self.leadingDimension = leadingDimension
  }

  /// How BLAS can read a [rows, columns] matrix with these strides; nil where it cannot, and the
  /// matrix must be copied first.
  ///
  /// A stride along an axis of size 1 is never used. So one row may have any row stride; its
  /// leading dimension is then the number of columns. Where a matrix can be read both ways, not
  /// transposed.
  init?(rows: Int, columns: Int, rowStride: Int, columnStride: Int) {
    // solution
    if (columnStride == 1 || columns == 1) && (rowStride >= columns || rows == 1) {
      self.init(
        isTransposed: false, leadingDimension: max(rows == 1 ? columns : rowStride, 1))
    } else if (rowStride == 1 || rows == 1) && (columnStride >= rows || columns == 1) {
      self.init(
        isTransposed: true, leadingDimension: max(columns == 1 ? rows : columnStride, 1))
    } else {
      return nil
    }
    // end solution
  }

  init?(_ x: Tensor) {
    self.init(
      rows: x.shape[-2], columns: x.shape[-1], rowStride: x.layout.strides[x.rank - 2],
      columnStride: x.layout.strides[x.rank - 1])
  }
}

/// Products of matrices by OpenBLAS: decades of work on tiles, registers and instructions, for the
/// price of describing where the matrices lie.
enum BLASProduct {
  /// A tensor of the same elements whose matrices BLAS can read, and how it reads them: `x` itself
  /// where that is possible, else `x.contiguous()`.
  static func operand(_ x: Tensor) -> (Tensor, BLASOperand) {
    // solution
    if let operand = BLASOperand(x) { return (x, operand) }
    let copy = x.contiguous()
    return (copy, BLASOperand(copy)!)
    // end solution
  }

  /// The products of a batch of matrices, as in 3.4: [b…, M, K] × [b…, K, N] → [b…, M, N].
  ///
  /// A matrix that BLAS can read is read where it lies; nothing else is copied than ``operand(_:)``
  /// does. `sgemm` overwrites its result (with β = 0), so nothing has to be cleared. It takes the
  /// address and the leading dimension of each matrix, and whether it lies transposed:
  ///
  ///     sgemm(rows: m, columns: n, depth: k, a, leadingDimension: …, transposed: …,
  ///           b, leadingDimension: …, transposed: …, into: c, leadingDimension: …)
  static func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    // solution
    let (a, left) = operand(a)
    let (b, right) = operand(b)
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    let (layoutA, layoutB) = (
      TiledProduct.batch(StridedLayout(a)), TiledProduct.batch(StridedLayout(b))
    )
    return Tensor(shape: Shape(layoutA.shape + [m, n]), writing: Float.self) { c in
      for (i, (startA, startB)) in zip(layoutA.positions, layoutB.positions).enumerated() {
        withElements(a, b) { elementsA, elementsB in
          sgemm(
            rows: m, columns: n, depth: k, elementsA + startA,
            leadingDimension: left.leadingDimension, transposed: left.isTransposed,
            elementsB + startB, leadingDimension: right.leadingDimension,
            transposed: right.isTransposed, into: c.baseAddress! + i * m * n,
            leadingDimension: max(n, 1))
        }
      }
    }
    // end solution
  }

  /// Calls `body` with the addresses of both tensors' buffers (their positions 0).
  static func withElements(
    _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    withExtendedLifetime((a, b)) {
      body(
        UnsafePointer(a.storage.pointer.assumingMemoryBound(to: Float.self)),
        UnsafePointer(b.storage.pointer.assumingMemoryBound(to: Float.self)))
    }
  }
}

/// A backend of Fledge made of this chapter: your loops under every map, zip, reduction and product
/// of a real model.
struct LearnerBackend: Backend {
  var kernels = FastKernels()
  var product: @Sendable (Tensor, Tensor) -> Tensor = { BLASProduct.product($0, $1) }

  init() {
    kernels.sumOfRange = { Summation.pairwise($0, $1) }
  }

  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor {
    guard x.dtype == .float32 else { return fallback.map(kernel, x) }
    let f = kernel.reference
    return kernels.map(x) { Float(f(Double($0))) }
  }

  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.dtype == .float32 else { return fallback.zip(kernel, a, b) }
    let f = kernel.reference
    return kernels.zip(a, b) { Float(f(Double($0), Double($1))) }
  }

  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) { a = zip(kernel, a, b) }

  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    guard x.dtype == .float32 else {
      return fallback.reduce(kernel, x, axes: axes, dtype: dtype)
    }
    let shape = Shape((0..<x.rank).map { axes.contains($0) ? 1 : x.shape[$0] })
    if kernel.name == "sum", shape.count == 1, x.layout.isContiguous {
      return Tensor([kernels.sum(x)], shape: shape)
    }
    let f = kernel.reference
    return StridedKernels.reduce(x, axes: axes, from: kernel.neutral.map { Float($0) }) {
      Float(f(Double($0), Double($1)))
    }
  }

  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.dtype == .float32 else { return fallback.matmul(a, b) }
    return product(a, b)
  }
}
