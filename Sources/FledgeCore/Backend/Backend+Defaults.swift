// What a backend does not do itself, its fallback does.
extension Backend {
  public var fallback: any Backend { ReferenceBackend() }
  public var runsFusedKernels: Bool { fallback.runsFusedKernels }

  public func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    fallback.run(primitive, inputs)
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
  public func embed(_ x: Tensor, in shape: Shape, at region: Layout) -> Tensor {
    fallback.embed(x, in: shape, at: region)
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
  public func softmax(_ x: Tensor) -> Tensor { fallback.softmax(x) }
  public func softmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    fallback.softmaxGradient(dy, y: y)
  }
  public func logSoftmax(_ x: Tensor) -> Tensor { fallback.logSoftmax(x) }
  public func logSoftmaxGradient(_ dy: Tensor, y: Tensor) -> Tensor {
    fallback.logSoftmaxGradient(dy, y: y)
  }
  public func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Double)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    fallback.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
  }
  public func layerNormGradient(
    _ dy: Tensor, x: Tensor, weight: Tensor?, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor) {
    fallback.layerNormGradient(
      dy, x: x, weight: weight, mean: mean, inverseDeviation: inverseDeviation)
  }
  public func crossEntropy(_ logits: Tensor, _ targets: Tensor, options: CrossEntropyOptions)
    -> (losses: Tensor, logSumExp: Tensor)
  {
    fallback.crossEntropy(logits, targets, options: options)
  }
  public func crossEntropyGradient(
    _ dy: Tensor, logits: Tensor, targets: Tensor, logSumExp: Tensor, options: CrossEntropyOptions
  ) -> Tensor {
    fallback.crossEntropyGradient(
      dy, logits: logits, targets: targets, logSumExp: logSumExp, options: options)
  }
  public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, options: AttentionOptions
  ) -> (y: Tensor, logSumExp: Tensor) {
    fallback.attention(q, k, v, mask: mask, options: options)
  }
  public func attentionGradient(
    _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor?, y: Tensor, logSumExp: Tensor,
    options: AttentionOptions
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
    fallback.attentionGradient(
      dy, q: q, k: k, v: v, mask: mask, y: y, logSumExp: logSumExp, options: options)
  }
  public func sumOfSquares(_ x: Tensor) -> Double { fallback.sumOfSquares(x) }
  public func sgdStep(
    _ p: inout Tensor, _ g: Tensor, momentum buffer: inout Tensor?, _ step: SGDStep
  ) {
    fallback.sgdStep(&p, g, momentum: &buffer, step)
  }
  public func adamStep(
    _ p: inout Tensor, _ g: Tensor, mean: inout Tensor, square: inout Tensor, _ step: AdamStep
  ) {
    fallback.adamStep(&p, g, mean: &mean, square: &square, step)
  }
}
