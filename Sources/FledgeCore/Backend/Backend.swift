/// The kernels under the operations: map, zip, reduce, matrix product, and a few ways to move
/// elements.
///
/// Inputs may have any strides (a broadcast axis has stride 0); outputs are new contiguous tensors.
/// Shapes are checked before the call. Every requirement defaults to ``fallback``, so a small
/// backend implements only the kernels that it is about.
///
///     struct MyBackend: Backend {
///       func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { … }
///     }
///     withBackend(MyBackend()) { train() }
///
/// Beyond these kernels, a backend may compute any operation whole: see ``run(_:_:)``.
public protocol Backend: Sendable {
  /// The backend for everything that this one does not implement; by default the reference.
  var fallback: any Backend { get }

  /// Computes a whole operation with a kernel of this backend, or returns nil to decline; then the
  /// operation's forward rule runs on the requirements below. By default it asks the fallback.
  ///
  /// An operation's name and attributes identify it. The outputs must have the shapes and dtypes
  /// that its shape rule gives; inputs are as in its "Shape:" comment, with any strides:
  ///
  ///     func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
  ///       switch type(of: primitive).name {
  ///       case "softmax": [mySoftmax(inputs[0])]
  ///       case "attention": nil  // in smaller operations, on this backend's matmul
  ///       default: fallback.run(primitive, inputs)
  ///       }
  ///     }
  ///
  /// If a fused operation with half-precision inputs is declined, it is offered again in float32.
  func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors?

  /// The same for an update in place, such as an optimizer's step: changes the targets, which are
  /// contiguous and the only holders of their storage, or declines with false.
  func update(
    _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
  ) -> Bool

  // MARK: Elementwise
  /// y = f(x).
  func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor
  /// y = f(a, b); a and b have the same shape and dtype.
  func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor
  /// a = f(a, b) in place; `a` is contiguous and the only holder of its storage.
  func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor)
  /// y = f(a, b) as bool.
  func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor
  /// y = condition ? a : b; all of one shape, `condition` bool.
  func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor

  // MARK: Moving elements
  /// A contiguous copy.
  func copy(_ x: Tensor) -> Tensor
  /// A contiguous copy in another dtype.
  func cast(_ x: Tensor, to dtype: DType) -> Tensor
  /// All elements the same.
  func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor
  /// The tensors one after another along `axis`; all other sizes agree.
  func concatenate(_ x: [Tensor], axis: Int) -> Tensor
  /// Zeros of `shape` with x written at `region`, a layout of x's shape over the result's elements.
  func placeInZeros(_ x: Tensor, of shape: Shape, at region: Layout) -> Tensor
  /// Writes x into y at `region`, a layout of x's shape over y's storage that names no place twice.
  /// y is contiguous and the only holder of its storage.
  func write(_ x: Tensor, into y: inout Tensor, at region: Layout)
  /// Writes slices of x [a…, n, b…] into y: region[a…, indices[i], b…] = x[a…, i, b…] for i = 0, 1,
  /// … in this order, where `region` is a layout [a…, N, b…] over y's storage and the int64 indices
  /// [n] are in 0 ..< N. y is as in ``write(_:into:at:)``.
  func write(_ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int)
  /// Slices of x along `axis`: [a…, n, b…] and int64 indices [i…] → [a…, i…, b…].
  func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor
  /// The adjoint of ``take(_:_:axis:)``: adds the slices of x [a…, i…, b…], in the order of the
  /// indices, to zeros [a…, n, b…].
  func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor
  /// Elements of x along `axis`: y[…, j, …] = x[…, indices[…, j, …], …].
  func gather(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor
  /// base with y[…, indices[…, j, …], …] += x[…, j, …], in row-major order.
  func scatterAdd(_ base: Tensor, _ indices: Tensor, _ x: Tensor, axis: Int) -> Tensor

  // MARK: Reductions and scans
  /// Folds the given axes (normalized, ascending) to size 1; integer sums come out as `dtype`.
  func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor
  /// The int64 position of the first largest (smallest) element along `axis`, which becomes size 1.
  func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor
  /// y[…, i, …] = Σ_{j ≤ i} x[…, j, …].
  func cumulativeSum(_ x: Tensor, axis: Int) -> Tensor
  /// The last axis sorted stably, and the int64 positions the elements came from.
  func sort(_ x: Tensor, descending: Bool) -> (values: Tensor, indices: Tensor)

  // MARK: Products
  /// [b…, M, K] × [b…, K, N] → [b…, M, N]; the batch axes are equal.
  func matmul(_ a: Tensor, _ b: Tensor) -> Tensor

}

extension Backend where Self == ReferenceBackend {
  /// Plain Swift; the definition of every kernel.
  public static var reference: ReferenceBackend { ReferenceBackend() }
}

extension Backend where Self == CPUBackend {
  /// SIMD kernels, OpenBLAS and threads.
  public static var cpu: CPUBackend { CPUBackend() }
}
