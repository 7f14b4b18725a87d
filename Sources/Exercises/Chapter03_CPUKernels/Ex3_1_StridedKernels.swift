import Fledge
import FledgeCourse

extension StridedLayout {
  /// The layout of one of Fledge's tensors.
  init(_ x: Tensor) {
    self.init(shape: Array(x.shape), strides: Array(x.layout.strides), offset: x.layout.offset)
  }
}

/// The memory under a float32 tensor, by position. Views of one tensor have the same memory.
struct FloatBuffer: Sendable {
  private let storage: Storage

  init(_ x: Tensor) { storage = x.storage }

  /// In a debug build it traps outside of the buffer.
  @inline(__always)
  subscript(position: Int) -> Float {
    assert(
      position >= 0 && 4 * position < storage.byteCount,
      "position \(position) in a buffer of \(storage.byteCount / 4) floats")
    return withExtendedLifetime(storage) {
      storage.pointer.assumingMemoryBound(to: Float.self)[position]
    }
  }
}

/// Three kernels under nearly every operation of a tensor library, over float32 tensors with any
/// strides. What they make is new and lies side by side in row-major order.
///
/// `Tensor(shape: x.shape, writing: Float.self) { y in … }` makes a tensor whose element number n
/// the closure writes as `y[n]`; `FloatBuffer(x)[position]` reads one at a position.
enum StridedKernels {
  /// y = f(x), element by element.
  static func map(_ x: Tensor, _ f: (Float) -> Float) -> Tensor {
    // solution
    let buffer = FloatBuffer(x)
    return Tensor(shape: x.shape, writing: Float.self) { y in
      for (n, place) in StridedLayout(x).positions.enumerated() { y[n] = f(buffer[place]) }
    }
    // end solution
  }

  /// y = f(a, b), element by element; a and b have the same shape, but each its own strides.
  static func zip(_ a: Tensor, _ b: Tensor, _ f: (Float, Float) -> Float) -> Tensor {
    // solution
    let (left, right) = (FloatBuffer(a), FloatBuffer(b))
    let places = Swift.zip(StridedLayout(a).positions, StridedLayout(b).positions)
    return Tensor(shape: a.shape, writing: Float.self) { y in
      for (n, (i, j)) in places.enumerated() { y[n] = f(left[i], right[j]) }
    }
    // end solution
  }

  /// Folds axes into one value each: y = f(… f(f(start, x₀), x₁) …) over the elements along `axes`,
  /// in row-major order.   Shape: [a…, n, b…] → [a…, 1, b…]
  ///
  /// A position is a sum over the axes. So it is also the sum of two positions: one in a layout
  /// that has only the axes that stay (the others have size 1), one in a layout that has only those
  /// folded.
  /// - Parameter start: what the fold begins with (0 for a sum, also for a sum of nothing); nil
  ///   where it begins with the first element, as a maximum does.
  static func reduce(
    _ x: Tensor, axes: [Int], from start: Float?, _ f: (Float, Float) -> Float
  ) -> Tensor {
    // solution
    let buffer = FloatBuffer(x)
    var kept = StridedLayout(x)
    var folded = kept
    folded.offset = 0
    for axis in kept.shape.indices {
      if axes.contains(axis) { kept.shape[axis] = 1 } else { folded.shape[axis] = 1 }
    }
    let steps = folded.positions
    return Tensor(shape: Shape(kept.shape), writing: Float.self) { y in
      for (n, first) in kept.positions.enumerated() {
        var total = start
        for step in steps {
          let element = buffer[first + step]
          total = total.map { f($0, element) } ?? element
        }
        y[n] = total!
      }
    }
    // end solution
  }
}

/// A backend of Fledge on your three kernels: `withBackend(StridedBackend()) { model(x) }` runs
/// real models on them. What they do not do, the reference backend does.
struct StridedBackend: Backend {
  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor {
    guard x.dtype == .float32 else { return fallback.map(kernel, x) }
    return StridedKernels.map(x) { Float(kernel.reference(Double($0))) }
  }

  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.dtype == .float32 else { return fallback.zip(kernel, a, b) }
    return StridedKernels.zip(a, b) { Float(kernel.reference(Double($0), Double($1))) }
  }

  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) { a = zip(kernel, a, b) }

  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    guard x.dtype == .float32 else {
      return fallback.reduce(kernel, x, axes: axes, dtype: dtype)
    }
    return StridedKernels.reduce(x, axes: axes, from: kernel.neutral.map { Float($0) }) {
      Float(kernel.reference(Double($0), Double($1)))
    }
  }
}
