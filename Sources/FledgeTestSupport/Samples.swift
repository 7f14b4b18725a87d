import FledgeCore

extension Sample {
  /// "add([2, 3], [3])"
  public var label: String {
    "\(type(of: primitive).name)(\(inputs.map { $0.shape.description }.joined(separator: ", ")))"
  }
}

/// The primitive through the door, without its auxiliary outputs.
public func applied(_ primitive: any Primitive, _ inputs: [Tensor]) -> [Tensor] {
  func open(_ primitive: some Primitive) -> Tensors { apply(primitive, Tensors(inputs)) }
  return open(primitive).dropLast(primitive.auxiliaryOutputCount)
}
