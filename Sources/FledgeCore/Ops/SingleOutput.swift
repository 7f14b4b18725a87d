/// A primitive of one output, on its way through the door without arrays of types and outputs.
///
/// The same as a ``Primitive`` with one-element arrays. Making and freeing these was a third of an
/// operation's time on small tensors, so the primitives that small models are made of are written
/// this way.
protocol SingleOutput: Primitive {
  /// The shape rule: see ``Primitive/outputTypes(of:)``.
  func outputType(of inputs: InputTypes) -> TensorType
  /// Computes the output: see ``Primitive/forward(_:on:)``.
  func output(_ inputs: [Tensor], on backend: any Backend) -> Tensor
}

extension SingleOutput {
  func outputTypes(of inputs: [TensorType]) -> [TensorType] {
    [outputType(of: InputTypes(inputs))]
  }

  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    [output(inputs, on: backend)]
  }
}

/// The types of an operation's inputs, read off the inputs themselves where they are at hand.
struct InputTypes {
  private let tensors: [Tensor]
  private let types: [TensorType]

  @inline(__always)
  init(_ tensors: [Tensor]) {
    self.tensors = tensors
    types = []
  }

  init(_ types: [TensorType]) {
    tensors = []
    self.types = types
  }

  var count: Int { tensors.isEmpty ? types.count : tensors.count }

  @inline(__always)
  subscript(i: Int) -> TensorType { tensors.isEmpty ? types[i] : tensors[i].type }
}
