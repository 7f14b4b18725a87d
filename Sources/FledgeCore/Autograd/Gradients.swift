extension Tensor {
  /// This value as a leaf of a new graph: operations on the result are recorded, and
  /// ``backward(retainGraph:)`` adds up its gradient in ``grad``.
  public func requiringGradients() -> Tensor {
    require(
      dtype.isFloatingPoint, "requiringGradients",
      "only floating-point tensors have gradients, this one is \(dtype)")
    var leaf = detached()
    leaf.node = Node(leaf: type)
    return leaf
  }

  /// Whether operations on this tensor are recorded.
  public var requiresGradients: Bool { node != nil }

  /// The gradient that ``backward(retainGraph:)`` has added up in this leaf; nil before the first
  /// pass and for tensors that are not leaves.
  public var grad: Tensor? { node?.accumulator?.gradient }

  /// Forgets the gradient added up so far.
  public func zeroGrad() { node?.accumulator?.gradient = nil }

  /// Goes backward from a scalar: adds ∂self/∂leaf to the gradient of every leaf it depends on.
  ///
  /// Saved values are released on the way; pass `retainGraph` to run the backward pass again.
  public func backward(retainGraph: Bool = false) {
    requireScalar()
    goBackward(retainGraph: retainGraph) { Tensor.ones(like: self) }
  }

  /// Goes backward from any tensor: adds the vector–Jacobian product of `gradient` (in this
  /// tensor's shape) to the gradient of every leaf.
  public func backward(gradient: Tensor, retainGraph: Bool = false) {
    require(
      gradient.shape == shape, "backward",
      "the gradient's shape \(gradient.shape) is not the tensor's, \(shape)")
    goBackward(retainGraph: retainGraph) { gradient.detached().cast(to: dtype) }
  }

  /// Goes backward from a scalar and calls `onLeaf` with each leaf's ``leafIdentity`` as soon as the
  /// gradient in its ``grad`` is complete; the pass does not read the leaf's value after that.
  ///
  ///     loss.backward { leaf in
  ///       if leaf == weight.leafIdentity { exchange(weight.grad!) }
  ///     }
  ///
  /// So work on gradients, such as their exchange between ranks or an optimizer's step, can begin
  /// while the pass goes on. Operations in `onLeaf` are not recorded.
  public func backward(retainGraph: Bool = false, onLeaf: @escaping (ObjectIdentifier) -> Void) {
    requireScalar()
    goBackward(retainGraph: retainGraph, onLeaf: onLeaf) { Tensor.ones(like: self) }
  }

  private func requireScalar() {
    require(
      count == 1, "backward",
      "starts from a scalar, the shape is \(shape); reduce it first (for example with .sum()), or "
        + "give the gradient: backward(gradient: dy)")
  }

  /// Identifies this leaf in ``backward(retainGraph:onLeaf:)``; nil for a tensor that is not a leaf.
  public var leafIdentity: ObjectIdentifier? { node?.accumulator.map { ObjectIdentifier($0) } }

  /// `gradient` is made within the pass's scope, under its memory tag.
  private func goBackward(
    retainGraph: Bool, onLeaf: ((ObjectIdentifier) -> Void)? = nil, from gradient: () -> Tensor
  ) {
    guard let node else {
      fledgeTrap("backward", "the tensor does not depend on anything that requires gradients")
    }
    let context = ExecutionContext.current.changing(
      recordsGradients: false, memoryTag: .gradient, isBackward: true)
    context.run {
      var pass = BackwardPass(
        createGraph: false, retainGraph: retainGraph, visitsLeavesEarly: onLeaf != nil)
      pass.add(gradient(), to: node, output: Int(outputIndex))
      pass.run { node, gradients in
        guard let accumulator = node.accumulator, let gradient = gradients[0] else { return true }
        accumulator.accumulate(gradient)
        onLeaf?(ObjectIdentifier(accumulator))
        return false
      }
    }
  }

  /// The same tensor, with `hook` called on its gradient in every backward pass; the pass continues
  /// with what the hook returns. (To observe only, return the argument.)
  public func withGradientHook(_ hook: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
    apply(GradientHook(hook: Hook(hook)), self)
  }
}

/// The gradients of `y` with respect to tensors of its graph (leaves or not):
/// ∂(Σ y · outputGradient)/∂xᵢ, in the shape of xᵢ; `outputGradient` is 1 by default.
///
/// With `createGraph` the result can be differentiated again. A tensor that `y` does not depend on
/// gets zeros.
public func gradients(
  of y: Tensor, withRespectTo x: [Tensor], outputGradient: Tensor? = nil,
  createGraph: Bool = false, retainGraph: Bool = false
) -> [Tensor] {
  if outputGradient == nil {
    require(
      y.count == 1, "gradients",
      "of a tensor of shape \(y.shape): give outputGradient, or reduce it to a scalar first")
  }
  let dy = outputGradient?.cast(to: y.dtype) ?? Tensor.ones(like: y)
  require(
    dy.shape == y.shape, "gradients",
    "the outputGradient's shape \(dy.shape) is not the tensor's, \(y.shape)")
  let found = gradientsWhereReached(
    of: [y], withRespectTo: x, outputGradients: [dy], createGraph: createGraph,
    retainGraph: retainGraph)
  return zip(x, found).map { x, gradient in gradient ?? Tensor.zeros(like: x) }
}

/// Like ``gradients(of:withRespectTo:outputGradient:createGraph:retainGraph:)`` for several outputs
/// at once, with nil for tensors that they do not depend on.
func gradientsWhereReached(
  of outputs: [Tensor], withRespectTo targets: [Tensor], outputGradients: [Tensor],
  createGraph: Bool, retainGraph: Bool
) -> [Tensor?] {
  for target in targets where target.node == nil {
    fledgeTrap(
      "gradients",
      "a tensor of shape \(target.shape) to differentiate by is not part of a graph; "
        + "make it a leaf with requiringGradients()")
  }
  let lowest = targets.map { $0.node!.serial }.min() ?? 0
  var wanted: [ObjectIdentifier: [Int]] = [:]
  for (i, target) in targets.enumerated() {
    wanted[ObjectIdentifier(target.node!), default: []].append(i)
  }
  var result = [Tensor?](repeating: nil, count: targets.count)
  func run() {
    var pass = BackwardPass(
      createGraph: createGraph, retainGraph: retainGraph, lowestSerial: lowest)
    for (output, gradient) in zip(outputs, outputGradients) {
      guard let node = output.node else { continue }
      pass.add(gradient, to: node, output: Int(output.outputIndex))
    }
    pass.run { node, gradients in
      for i in wanted[ObjectIdentifier(node)] ?? [] {
        result[i] = gradients[Int(targets[i].outputIndex)]
      }
      return node.serial > lowest
    }
  }
  let context = ExecutionContext.current.changing(
    recordsGradients: createGraph, memoryTag: .gradient, isBackward: true)
  context.run(run)
  return result
}
