import Fledge
import FledgeCourse
import Foundation

/// Memory that several threads write at once, each of them places of its own.
struct SharedFloats: @unchecked Sendable {
  private let floats: UnsafeMutableBufferPointer<Float>

  init(_ floats: UnsafeMutableBufferPointer<Float>) { self.floats = floats }

  /// In a debug build it traps outside of the memory.
  @inline(__always)
  subscript(position: Int) -> Float {
    get { floats[position] }
    nonmutating set { floats[position] = newValue }
  }
}

/// Work for several threads.
enum Parallel {
  /// Cuts 0 ..< count into at most `threads` ranges, as equal as can be and none empty; calls
  /// `body` once for each, all at the same time; returns when all of them have ended.
  ///
  /// The first range is the calling thread's own work; `Thread.detachNewThread { … }` starts
  /// another thread. A `DispatchGroup` counts: `enter()` before a thread starts, `leave()` when its
  /// work is done, `wait()` until as many have left as have entered.
  static func forRanges(
    _ count: Int, threads: Int, _ body: @escaping @Sendable (Range<Int>) -> Void
  ) {
    // solution
    if count == 0 { return }
    let parts = min(threads, count)
    let ranges = (0..<parts).map { $0 * count / parts..<($0 + 1) * count / parts }
    let group = DispatchGroup()
    for range in ranges.dropFirst() {
      group.enter()
      Thread.detachNewThread {
        body(range)
        group.leave()
      }
    }
    body(ranges[0])
    group.wait()
    // end solution
  }
}

/// The kernels of 3.1 where nothing has to be looked up, on several threads.
///
/// A position costs a multiplication and an addition for each axis. Where elements lie side by
/// side, element n is at `offset + n`, and where one number is seen everywhere it is at `offset`:
/// nothing is left to compute, and nothing keeps the compiler from taking eight elements at a time.
struct FastKernels: Sendable {
  var threads = 2
  /// Smaller work than this is over before a second thread has started.
  var grain = 1 << 15
  /// What runs where the elements do not lie in step.
  var stridedMap: @Sendable (Tensor, (Float) -> Float) -> Tensor = StridedKernels.map
  var stridedZip: @Sendable (Tensor, Tensor, (Float, Float) -> Float) -> Tensor =
    StridedKernels.zip
  /// The sum of the elements at some positions. The next exercise has a better one.
  var sumOfRange: @Sendable (FloatBuffer, Range<Int>) -> Float = { buffer, positions in
    positions.reduce(0) { $0 + buffer[$1] }
  }

  /// How many places it is from one element of x to the next, in row-major order: 1 where they lie
  /// side by side (`x.layout.isContiguous`), 0 where one number is seen everywhere (every axis has
  /// the stride 0 or the size 1), nil where it is not the same all the way.
  static func step(of x: Tensor) -> Int? {
    // solution
    if x.layout.isContiguous { return 1 }
    let isOneNumber = (0..<x.rank).allSatisfy { x.layout.strides[$0] == 0 || x.shape[$0] == 1 }
    return isOneNumber ? 0 : nil
    // end solution
  }

  /// y = f(x). Elements in step are taken as they lie, cut among the threads (one thread below
  /// `grain` elements); others go to `stridedMap`.
  func map(_ x: Tensor, _ f: @escaping @Sendable (Float) -> Float) -> Tensor {
    // solution
    guard let step = Self.step(of: x) else { return stridedMap(x, f) }
    let (buffer, offset, count) = (FloatBuffer(x), x.layout.offset, x.count)
    return Tensor(shape: x.shape, writing: Float.self) { floats in
      let y = SharedFloats(floats)
      Parallel.forRanges(count, threads: count < grain ? 1 : threads) { range in
        for n in range { y[n] = f(buffer[offset + n * step]) }
      }
    }
    // end solution
  }

  /// y = f(a, b), likewise, where both are in step, each in its own.
  func zip(_ a: Tensor, _ b: Tensor, _ f: @escaping @Sendable (Float, Float) -> Float) -> Tensor {
    // solution
    guard let stepA = Self.step(of: a), let stepB = Self.step(of: b) else {
      return stridedZip(a, b, f)
    }
    let (left, startA) = (FloatBuffer(a), a.layout.offset)
    let (right, startB) = (FloatBuffer(b), b.layout.offset)
    let count = a.count
    return Tensor(shape: a.shape, writing: Float.self) { floats in
      let y = SharedFloats(floats)
      Parallel.forRanges(count, threads: count < grain ? 1 : threads) { range in
        for n in range { y[n] = f(left[startA + n * stepA], right[startB + n * stepB]) }
      }
    }
    // end solution
  }

  /// How many elements are summed in one go.
  static let chunk = 4096

  /// Σ x over all elements of a tensor that lie side by side.
  ///
  /// Float addition is not associative, so where a sum is cut decides its last bits. The cuts must
  /// come from the problem alone: chunks of `chunk` elements (the last one may be shorter), each
  /// summed by `sumOfRange` on whichever thread; then the chunks' sums, one after the other. Any
  /// number of threads gives the same bits.
  func sum(_ x: Tensor) -> Float {
    // solution
    let (buffer, offset, count) = (FloatBuffer(x), x.layout.offset, x.count)
    let chunks = (count + Self.chunk - 1) / Self.chunk
    let sums = Tensor(shape: [chunks], writing: Float.self) { floats in
      let sums = SharedFloats(floats)
      Parallel.forRanges(chunks, threads: count < grain ? 1 : threads) { [sumOfRange] range in
        for i in range {
          let end = min((i + 1) * Self.chunk, count)
          sums[i] = sumOfRange(buffer, offset + i * Self.chunk..<offset + end)
        }
      }
    }
    return sums.array().reduce(0, +)
    // end solution
  }
}
