// A backend's fallback does whatever the backend does not implement.
extension Backend {
  public var fallback: any Backend { ReferenceBackend() }

  public func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    fallback.run(primitive, inputs)
  }
  public func update(
    _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
  ) -> Bool {
    fallback.update(primitive, &targets, others)
  }

  public func map(_ kernel: UnaryKernel, _ x: Tensor) -> Tensor { fallback.map(kernel, x) }
  public func zip(_ kernel: BinaryKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    fallback.zip(kernel, a, b)
  }
  public func zip(_ kernel: BinaryKernel, into a: inout Tensor, _ b: Tensor) {
    fallback.zip(kernel, into: &a, b)
  }
  public func compare(_ kernel: ComparisonKernel, _ a: Tensor, _ b: Tensor) -> Tensor {
    fallback.compare(kernel, a, b)
  }
  public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    fallback.select(condition, a, b)
  }
  public func copy(_ x: Tensor) -> Tensor { fallback.copy(x) }
  public func cast(_ x: Tensor, to dtype: DType) -> Tensor { fallback.cast(x, to: dtype) }
  public func fill(_ shape: Shape, _ value: Double, _ dtype: DType) -> Tensor {
    fallback.fill(shape, value, dtype)
  }
  public func concatenate(_ x: [Tensor], axis: Int) -> Tensor {
    fallback.concatenate(x, axis: axis)
  }
  public func placeInZeros(_ x: Tensor, of shape: Shape, at region: Layout) -> Tensor {
    fallback.placeInZeros(x, of: shape, at: region)
  }
  public func write(_ x: Tensor, into y: inout Tensor, at region: Layout) {
    fallback.write(x, into: &y, at: region)
  }
  public func write(
    _ x: Tensor, into y: inout Tensor, at region: Layout, indices: Tensor, axis: Int
  ) {
    fallback.write(x, into: &y, at: region, indices: indices, axis: axis)
  }
  public func take(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    fallback.take(x, indices, axis: axis)
  }
  public func takeAdjoint(_ x: Tensor, _ indices: Tensor, axis: Int, count: Int) -> Tensor {
    fallback.takeAdjoint(x, indices, axis: axis, count: count)
  }
  public func gather(_ x: Tensor, _ indices: Tensor, axis: Int) -> Tensor {
    fallback.gather(x, indices, axis: axis)
  }
  public func scatterAdd(_ base: Tensor, _ indices: Tensor, _ x: Tensor, axis: Int) -> Tensor {
    fallback.scatterAdd(base, indices, x, axis: axis)
  }
  public func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    fallback.reduce(kernel, x, axes: axes, dtype: dtype)
  }
  public func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor {
    fallback.argReduce(x, axis: axis, largest: largest)
  }
  public func cumulativeSum(_ x: Tensor, axis: Int) -> Tensor {
    fallback.cumulativeSum(x, axis: axis)
  }
  public func sort(_ x: Tensor, descending: Bool) -> (values: Tensor, indices: Tensor) {
    fallback.sort(x, descending: descending)
  }
  public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { fallback.matmul(a, b) }
}

extension Backend {
  /// The elements side by side; a copy only where they are not.
  func compact(_ x: Tensor) -> Tensor { x.layout.isContiguous ? x : copy(x) }
}
