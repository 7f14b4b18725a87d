/// The one door: every operation on tensors passes through here.
///
/// It checks shapes, runs the forward rule on the scope's backend, and puts the outputs into the
/// autograd graph when an input is in it. Transformations of the scope wrap all of that. If an
/// input or the scope is abstract, the shape rule alone decides what comes out.
public func apply(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors {
  let context = ExecutionContext.current
  if context.transformations.isEmpty { return execute(primitive, inputs, in: context) }
  return transformed(primitive, inputs, in: context, depth: context.transformations.count)
}

/// A primitive of one input and one output through the door.
@inline(__always)
public func apply(_ primitive: some Primitive, _ input: Tensor) -> Tensor {
  apply(primitive, Tensors(input)).onlyElement()
}

/// A primitive of two inputs and one output through the door.
@inline(__always)
public func apply(_ primitive: some Primitive, _ a: Tensor, _ b: Tensor) -> Tensor {
  apply(primitive, Tensors(a, b)).onlyElement()
}

/// A primitive of three inputs and one output through the door.
@inline(__always)
public func apply(_ primitive: some Primitive, _ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
  apply(primitive, Tensors(a, b, c)).onlyElement()
}

private func transformed(
  _ primitive: some Primitive, _ inputs: Tensors, in context: ExecutionContext, depth: Int
) -> Tensors {
  // By now without transformations: they do not see the operations inside a forward rule.
  if depth == 0 { return execute(primitive, inputs, in: .current) }
  // Operations that a transformation itself performs see only the transformations inside it.
  let inner = context.changing(
    transformations: Array(context.transformations.prefix(depth - 1)))
  return inner.run {
    context.transformations[depth - 1].apply(primitive, inputs) { primitive, inputs in
      transformed(primitive, inputs, in: context, depth: depth - 1)
    }
  }
}

private func execute(
  _ primitive: some Primitive, _ inputs: Tensors, in context: ExecutionContext
) -> Tensors {
  let types = primitive.outputTypes(of: inputs.types)
  let records = context.recordsGradients && inputs.isInGraph
  let outputs: Tensors
  if context.isAbstract || inputs.isAbstract {
    outputs = abstractOutputs(types)
  } else if records {
    outputs = context.withoutRecording.run { run(primitive, inputs, in: context) }
    check(outputs, types, primitive)
  } else {
    outputs = run(primitive, inputs, in: context)
    check(outputs, types, primitive)
  }
  if records { return record(primitive, inputs, consume outputs) }
  return outputs.isInGraph ? detached(outputs) : outputs
}

// What only some operations need is out of line, so that the rest is short.

@inline(never)
private func abstractOutputs(_ types: TensorTypes) -> Tensors {
  Tensors(types.lazy.map { Tensor(abstract: $0) })
}

/// A forward rule may return an input or a view of it.
@inline(never)
private func detached(_ outputs: Tensors) -> Tensors { Tensors(outputs.lazy.map { $0.detached() }) }

/// Puts the outputs into the graph. Its parameter is consumed: a copy would count references.
private func record(
  _ primitive: some Primitive, _ inputs: Tensors, _ outputs: consuming Tensors
) -> Tensors {
  let node = Node(primitive: primitive, inputs: inputs, outputs: outputs)
  for i in 0..<outputs.count - primitive.auxiliaryOutputCount
  where outputs[i].dtype.isFloatingPoint {
    outputs.change(i) { ($0.node, $0.outputIndex) = (node, Int32(i)) }
  }
  return outputs
}

/// The outputs of a primitive whose inputs are known to fit, in a context without transformations that
/// records nothing: the door for a program that was checked when it was made.
package func computeOutputs(
  of primitive: some Primitive, _ inputs: Tensors, in context: ExecutionContext
) -> Tensors {
  run(primitive, inputs, in: context)
}

/// The backend may answer for the whole operation; where it declines, the forward rule runs on it.
@inline(__always)
private func run(
  _ primitive: some Primitive, _ inputs: Tensors, in context: ExecutionContext
) -> Tensors {
  if context.offersOperations, let outputs = context.backend.run(primitive, inputs) {
    return outputs
  }
  return primitive.forward(inputs, on: context.backend)
}

/// Traps at once if a forward rule breaks its own shape rule.
@inline(__always)
private func check(_ outputs: Tensors, _ types: TensorTypes, _ primitive: some Primitive) {
  // One output is the rule, and is compared without a copy.
  if outputs.count == 1, types.count == 1,
    outputs.first!.layout.shape == types.first!.shape, outputs.first!.dtype == types.first!.dtype
  {
    return
  }
  checkAll(outputs, types, Swift.type(of: primitive).name)
}

@inline(never)
private func checkAll(_ outputs: Tensors, _ types: TensorTypes, _ name: String) {
  require(
    outputs.count == types.count, name,
    "the forward rule made \(outputs.count) outputs, the shape rule says \(types.count)")
  for i in outputs.indices {
    require(
      outputs[i].type == types[i], name,
      "the forward rule made \(outputs[i].type), the shape rule says \(types[i])")
  }
}

// MARK: In place

/// An operation whose outputs replace its first inputs, such as an optimizer's step:
/// [targets…, others…] → [new targets…].
///
/// ``applyInPlace(_:_:_:)`` runs ``update(_:_:on:)`` on the targets themselves. A transformation or
/// a graph sees an ordinary operation, whose forward rule updates copies.
public protocol UpdatingPrimitive: Primitive {
  /// How many of the first inputs the outputs replace.
  var targetCount: Int { get }
  /// Traps on targets and others that the operation does not take, before anything is written; by
  /// default by the shape rule.
  func check(_ targets: Tensors, _ others: Tensors)
  /// Changes the targets, which are contiguous and the only holders of their storage.
  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend)
  /// Does ``update(_:_:on:)`` by a C kernel of ``CPUBackend``; changes nothing and returns false if
  /// none fits.
  func fusedUpdate(_ targets: inout Tensors, _ others: Tensors) -> Bool
}

extension UpdatingPrimitive {
  public func fusedUpdate(_ targets: inout Tensors, _ others: Tensors) -> Bool { false }

  public func check(_ targets: Tensors, _ others: Tensors) {
    let types = outputTypes(of: (targets + others).types)
    require(
      types == targets.types, Self.name,
      "the shape rule makes \(types) of the targets \(targets.types)")
  }

  public func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    TensorTypes(inputs.prefix(targetCount))
  }

  public func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    var targets = Tensors(inputs.prefix(targetCount).map { backend.copy($0) })
    update(&targets, Tensors(inputs.dropFirst(targetCount)), on: backend)
    return targets
  }
}

/// The door for updates: replaces `targets` with the outputs of `primitive`.
///
/// It works in place if no transformation is in force and nothing is recorded; a target whose
/// storage has another holder is copied first. Otherwise the operation passes through
/// ``apply(_:_:)-(_,Tensors)`` and makes new tensors, so that an observer may keep what it saw. The
/// shape rule is asked either way.
public func applyInPlace(
  _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
) {
  let context = ExecutionContext.current
  let isRecorded = context.recordsGradients && (targets.isInGraph || others.isInGraph)
  guard context.isPlain, !isRecorded, !targets.isAbstract, !others.isAbstract else {
    targets = apply(primitive, targets + others)
    return
  }
  primitive.check(targets, others)
  for i in 0..<targets.count {
    targets.change(i) {
      $0.node = nil
      $0.makeUnique()
    }
  }
  primitive.update(&targets, others, on: context.backend)
}
