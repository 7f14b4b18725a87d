import FledgeCore
import Foundation

/// An operation that passed the framework's door.
public struct PassedOperation {
  /// The name of its primitive, "matmul".
  public let name: String
  /// The operation's inputs.
  public let inputs: [Tensor]
  /// Its outputs, without those that exist for its gradient rule only.
  public let outputs: [Tensor]
  /// Whether a backward pass was running.
  public let isBackward: Bool
}

/// Runs `body` and calls `note` with each operation on tensors that passes the framework's door in
/// it, forward and backward, in order. Operations that make a tensor from nothing (a number as an
/// operand, `arange`, `zeros`) are left out.
public func observingOperations<R>(
  _ note: @escaping (PassedOperation) -> Void, in body: () throws -> R
) rethrows -> R {
  try withTransformation(DoorObserver(note), body)
}

/// Runs `body` and returns the names of the operations that ``observingOperations(_:in:)`` sees.
public func operationNames<R>(in body: () throws -> R) rethrows -> (result: R, names: [String]) {
  var names: [String] = []
  let result = try observingOperations({ names.append($0.name) }, in: body)
  return (result, names)
}

/// Operations may come from several threads; `note` is called under a lock.
private final class DoorObserver: Transformation, @unchecked Sendable {
  private let lock = NSLock()
  private let note: (PassedOperation) -> Void

  init(_ note: @escaping (PassedOperation) -> Void) { self.note = note }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    if inputs.isEmpty { return outputs }
    let operation = PassedOperation(
      name: type(of: primitive).name, inputs: Array(inputs),
      outputs: Array(outputs.dropLast(primitive.auxiliaryOutputCount)),
      isBackward: ExecutionContext.current.isBackward)
    lock.withLock { note(operation) }
    return outputs
  }
}
