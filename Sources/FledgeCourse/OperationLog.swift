import FledgeCore
import Synchronization

/// Runs `body` and tells the names of the operations that passed ``/FledgeCore/apply(_:_:)-(_,Tensors)``
/// in it, in order.
public func operationNames<R>(in body: () throws -> R) rethrows -> (result: R, names: [String]) {
  let log = OperationLog()
  let result = try withTransformation(log, body)
  return (result, log.names)
}

private final class OperationLog: Transformation {
  private let entries = Mutex<[String]>([])
  var names: [String] { entries.withLock { $0 } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    entries.withLock { $0.append(type(of: primitive).name) }
    return next(primitive, inputs)
  }
}
