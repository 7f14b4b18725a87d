/// A primitive of one output, written without lists: a convenience for its shape rule and forward.
public protocol SingleOutput: Primitive {
  /// The shape rule: see ``Primitive/outputTypes(of:)``.
  func outputType(of inputs: TensorTypes) -> TensorType
  /// Computes the output: see ``Primitive/forward(_:on:)``.
  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor
}

extension SingleOutput {
  @inline(__always)
  public func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    TensorTypes(outputType(of: inputs))
  }

  @inline(__always)
  public func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    Tensors(output(inputs, on: backend))
  }
}
