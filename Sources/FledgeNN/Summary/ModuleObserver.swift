import FledgeCore

/// A transformation that is told which module runs. Containers tell it: ``Sequential`` does for
/// each of its layers. Layers need no code for it.
package protocol ModuleObserver: Transformation {
  /// Stands around a call of `module`: must return what `body` returns.
  func call(of module: Module, _ body: () -> Tensor) -> Tensor
}

/// Runs `body`, a call of `module`, within every observer of the scope.
package func observingCall(of module: Module, _ body: () -> Tensor) -> Tensor {
  let transformations = ExecutionContext.current.transformations
  if transformations.isEmpty { return body() }
  let observers = transformations.compactMap { $0 as? any ModuleObserver }
  func nested(_ depth: Int) -> Tensor {
    depth == 0 ? body() : observers[depth - 1].call(of: module) { nested(depth - 1) }
  }
  return nested(observers.count)
}
