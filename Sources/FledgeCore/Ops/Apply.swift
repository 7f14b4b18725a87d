/// The one door: every operation on tensors passes through here.
///
/// It checks shapes, runs the forward rule on the scope's backend, and puts the outputs into the
/// autograd graph when an input is in it. Transformations of the scope wrap all of that.
public func apply(_ primitive: some Primitive, _ inputs: [Tensor]) -> [Tensor] {
  let context = ExecutionContext.current
  if context.transformations.isEmpty { return execute(primitive, inputs, in: context) }
  return transformed(primitive, inputs, in: context, depth: context.transformations.count)
}

/// A primitive of one input and one output through the door.
@inline(__always)
public func apply(_ primitive: some Primitive, _ input: Tensor) -> Tensor {
  apply(primitive, [input])[0]
}

/// A primitive of two inputs and one output through the door.
@inline(__always)
public func apply(_ primitive: some Primitive, _ a: Tensor, _ b: Tensor) -> Tensor {
  apply(primitive, [a, b])[0]
}

/// A primitive of one output through the door.
func apply(_ primitive: some SingleOutput, _ input: Tensor) -> Tensor {
  applyForOne(primitive, [input])
}

/// A primitive of one output and two inputs through the door.
func apply(_ primitive: some SingleOutput, _ a: Tensor, _ b: Tensor) -> Tensor {
  applyForOne(primitive, [a, b])
}

/// A primitive of one output and three inputs through the door.
func apply(_ primitive: some SingleOutput, _ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
  applyForOne(primitive, [a, b, c])
}

private func applyForOne(_ primitive: some SingleOutput, _ inputs: [Tensor]) -> Tensor {
  let context = ExecutionContext.current
  if context.transformations.isEmpty { return execute(primitive, inputs, in: context) }
  return transformed(primitive, inputs, in: context, depth: context.transformations.count)[0]
}

private func transformed(
  _ primitive: some Primitive, _ inputs: [Tensor], in context: ExecutionContext, depth: Int
) -> [Tensor] {
  // By now without transformations: what a forward rule is made of is its own business.
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
  _ primitive: some Primitive, _ inputs: [Tensor], in context: ExecutionContext
) -> [Tensor] {
  let types = primitive.outputTypes(of: inputs.map(\.type))
  let records = context.recordsGradients && inputs.contains { $0.node != nil }
  if !records {
    var outputs = primitive.forward(inputs, on: context.backend)
    for i in outputs.indices where outputs[i].node != nil { outputs[i].node = nil }
    return checked(outputs, types, primitive)
  }
  var outputs = checked(
    context.withoutRecording.run { primitive.forward(inputs, on: context.backend) }, types,
    primitive)
  let node = Node(primitive: primitive, inputs: inputs, outputs: outputs, types: types)
  let differentiable = outputs.indices.dropLast(primitive.auxiliaryOutputCount)
  for i in differentiable where types[i].dtype.isFloatingPoint {
    outputs[i].node = node
    outputs[i].outputIndex = Int32(i)
  }
  return outputs
}

/// ``execute(_:_:in:)`` for a single output, without arrays.
private func execute(
  _ primitive: some SingleOutput, _ inputs: [Tensor], in context: ExecutionContext
) -> Tensor {
  let type = primitive.outputType(of: InputTypes(inputs))
  let records = context.recordsGradients && inputs.contains { $0.node != nil }
  if !records {
    var output = primitive.output(inputs, on: context.backend)
    output.node = nil
    check(output, type, primitive)
    return output
  }
  var output = context.withoutRecording.run { primitive.output(inputs, on: context.backend) }
  check(output, type, primitive)
  if type.dtype.isFloatingPoint {
    output.node = Node(primitive: primitive, inputs: inputs, output: output, type: type)
    output.outputIndex = 0
  }
  return output
}

/// A forward rule that breaks its own shape rule is found where it happens.
@inline(__always)
private func checked(
  _ outputs: [Tensor], _ types: [TensorType], _ primitive: some Primitive
) -> [Tensor] {
  for i in outputs.indices { check(outputs[i], types[i], primitive) }
  return outputs
}

@inline(__always)
private func check(_ output: Tensor, _ type: TensorType, _ primitive: some Primitive) {
  require(
    output.shape == type.shape && output.dtype == type.dtype, Swift.type(of: primitive).name,
    "the forward rule made \(output.type), the shape rule says \(type)")
}
