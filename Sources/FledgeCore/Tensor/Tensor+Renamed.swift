// The names that PyTorch has for what is here, so that the compiler answers with the name to use.
// None of them can be called, and none has the labels of a method that can.

// MARK: Shapes

extension Tensor {
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func view(_ shape: Shape) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use reshaped([2, 3]), the sizes in one list")
  public func view(_ sizes: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(_ shape: Shape) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use reshaped([2, 3]), the sizes in one list")
  public func reshape(_ sizes: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "flattened()")
  public func flatten() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "flattened(from:)")
  public func flatten(_ from: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "expandedDims(axis:)")
  public func unsqueeze(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "expandedDims(axis:)")
  public func unsqueeze(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "squeezed()")
  public func squeeze() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "squeezed(axis:)")
  public func squeeze(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "squeezed(axis:)")
  public func squeeze(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "transposed()")
  public func t() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use transposed()")
  public var T: Tensor { fatalError() }
  @available(*, unavailable, renamed: "transposed(_:_:)")
  public func transpose(_ a: Int, _ b: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use permuted([2, 0, 1]), the order in one list")
  public func permute(_ order: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "permuted(_:)")
  public func permute(_ order: [Int]) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "broadcast(to:)")
  public func expand(_ shape: Shape) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use broadcast(to: [2, 3]), the sizes in one list")
  public func expand(_ sizes: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use tiled([2, 3]), or repeated(2, axis: 0) for each element")
  public func `repeat`(_ counts: Int...) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use repeated(2, axis: 0)")
  public func repeat_interleave(_ count: Int, dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "flipped(axis:)")
  public func flip(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "chunked(_:)")
  public func chunk(_ parts: Int) -> [Tensor] { fatalError() }
  @available(*, unavailable, renamed: "chunked(_:axis:)")
  public func chunk(_ parts: Int, dim: Int) -> [Tensor] { fatalError() }
  @available(*, unavailable, renamed: "split(every:axis:)")
  public func split(_ size: Int, dim: Int) -> [Tensor] { fatalError() }
  @available(*, unavailable, message: "use take(indices, axis: 0)")
  public func index_select(_ axis: Int, _ indices: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use gather(indices, axis: 1)")
  public func gather(_ axis: Int, _ indices: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use masked(where: mask, with: 0)")
  public func masked_fill(_ mask: Tensor, _ value: Double) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use shape")
  public func size() -> [Int] { fatalError() }
  @available(*, unavailable, message: "use shape[axis]")
  public func size(_ axis: Int) -> Int { fatalError() }
  @available(*, unavailable, message: "use count")
  public func numel() -> Int { fatalError() }
  @available(*, unavailable, message: "use rank")
  public func dim() -> Int { fatalError() }
  @available(*, unavailable, renamed: "rank")
  public var ndim: Int { fatalError() }
}

// MARK: Elements

extension Tensor {
  @available(
    *, unavailable, message: "use array(), or array(of: Int.self): the elements as a Swift array"
  )
  public func numpy() -> [Float] { fatalError() }
  @available(
    *, unavailable, message: "use array(), or array(of: Int.self): the elements as a Swift array"
  )
  public func tolist() -> [Float] { fatalError() }
  @available(*, unavailable, renamed: "cast(to:)")
  public func to(_ dtype: DType) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use cast(to: .float32)")
  public func float() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use cast(to: .float64)")
  public func double() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use cast(to: .float16)")
  public func half() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use cast(to: .int64)")
  public func long() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use cast(to: .int32)")
  public func int() -> Tensor { fatalError() }
  @available(
    *, unavailable, message: "tensors are in memory of the CPU; a backend is chosen by withBackend"
  )
  public func cpu() -> Tensor { fatalError() }
  @available(
    *, unavailable, message: "tensors are in memory of the CPU; a backend is chosen by withBackend"
  )
  public func cuda() -> Tensor { fatalError() }
  @available(
    *, unavailable,
    message: "a tensor is a value, so assign it: a change of one never shows in another"
  )
  public func clone() -> Tensor { fatalError() }
}

// MARK: Mathematics

extension Tensor {
  @available(*, unavailable, renamed: "sum(axis:)")
  public func sum(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "sum(axis:keepDims:)")
  public func sum(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "mean(axis:)")
  public func mean(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "mean(axis:keepDims:)")
  public func mean(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "max(axis:)")
  public func max(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "max(axis:keepDims:)")
  public func max(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "min(axis:)")
  public func min(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "min(axis:keepDims:)")
  public func min(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "prod(axis:)")
  public func prod(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "prod(axis:keepDims:)")
  public func prod(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "argmax(axis:)")
  public func argmax(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "argmax(axis:keepDims:)")
  public func argmax(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "argmin(axis:)")
  public func argmin(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "argmin(axis:keepDims:)")
  public func argmin(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use all(axes: [0])")
  public func all(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use any(axes: [0])")
  public func any(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use standardDeviation(axes: [0])")
  public func std(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use standardDeviation(axes: [0], keepDims: true)")
  public func std(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "logSumExp(axis:)")
  public func logsumexp(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "logSumExp(axis:keepDims:)")
  public func logsumexp(dim: Int, keepdim: Bool) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "cumulativeSum(axis:)")
  public func cumsum(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "cumulativeSum(axis:)")
  public func cumsum(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use softmax(x, axis: -1)")
  public func softmax(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use softmax(x, axis: -1)")
  public func softmax(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use logSoftmax(x, axis: -1)")
  public func log_softmax(dim: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use logSoftmax(x, axis: -1)")
  public func log_softmax(_ axis: Int) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use relu(x)")
  public func relu() -> Tensor { fatalError() }
  @available(*, unavailable, message: "use sigmoid(x)")
  public func sigmoid() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "matmul(_:)")
  public func mm(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "matmul(_:)")
  public func bmm(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "matmul(_:)")
  public func dot(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(min:max:)")
  public func clamp(min: Double, max: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(min:)")
  public func clamp(min: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(max:)")
  public func clamp(max: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(min:max:)")
  public func clip(min: Double, max: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(min:)")
  public func clip(min: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "clamped(max:)")
  public func clip(max: Double) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "argsorted()")
  public func argsort() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "topK(_:)")
  public func topk(_ k: Int) -> (values: Tensor, indices: Tensor) { fatalError() }
  @available(*, unavailable, renamed: "isNaN()")
  public func isnan() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "isFinite()")
  public func isfinite() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "rounded()")
  public func round() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "and(_:)")
  public func logical_and(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "or(_:)")
  public func logical_or(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "not()")
  public func logical_not() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "isClose(to:)")
  public func allclose(_ other: Tensor) -> Bool { fatalError() }
  @available(*, unavailable, renamed: "isIdentical(to:)")
  public func equal(_ other: Tensor) -> Bool { fatalError() }
  @available(*, unavailable, message: "use x .== y")
  public func eq(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use x .!= y")
  public func ne(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use x .< y")
  public func lt(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use x .<= y")
  public func le(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use x .> y")
  public func gt(_ other: Tensor) -> Tensor { fatalError() }
  @available(*, unavailable, message: "use x .>= y")
  public func ge(_ other: Tensor) -> Tensor { fatalError() }
}

// MARK: Gradients

extension Tensor {
  @available(*, unavailable, renamed: "detached()")
  public func detach() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "requiringGradients()")
  public func requires_grad_() -> Tensor { fatalError() }
  @available(*, unavailable, renamed: "requiresGradients")
  public var requires_grad: Bool { fatalError() }
  @available(*, unavailable, renamed: "zeroGrad()")
  public func zero_grad() { fatalError() }
  @available(*, unavailable, renamed: "backward(gradient:)")
  public func backward(_ gradient: Tensor) { fatalError() }
  @available(*, unavailable, renamed: "backward(retainGraph:)")
  public func backward(retain_graph: Bool) { fatalError() }
  @available(*, unavailable, message: "use x = x.withGradientHook { dx in dx }")
  public func register_hook(_ hook: (Tensor) -> Tensor) { fatalError() }
}
