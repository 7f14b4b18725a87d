public typealias Tensors = [Tensor]
public typealias TensorTypes = [TensorType]
public typealias Gradients = [Tensor?]
extension Array where Element == Tensor {
  public init(_ a: Tensor, _ b: Tensor) { self = [a, b] }
}
extension Tensor {
  public var isAbstract: Bool { false }
}
public protocol UpdatingPrimitive: Primitive {
  var targetCount: Int { get }
  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend)
}
extension UpdatingPrimitive {
  public func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    TensorTypes(inputs.prefix(targetCount))
  }
  public func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    var targets = Tensors(inputs.prefix(targetCount).map { backend.copy($0) })
    update(&targets, Tensors(inputs.dropFirst(targetCount)), on: backend)
    return targets
  }
}
public func applyInPlace(
  _ primitive: some UpdatingPrimitive, _ targets: inout Tensors, _ others: Tensors
) {
  let context = ExecutionContext.current
  guard context.transformations.isEmpty else {
    targets = apply(primitive, targets + others)
    return
  }
  for i in targets.indices {
    targets[i].node = nil
    targets[i].makeUnique()
  }
  primitive.update(&targets, others, on: context.backend)
}
