/// What is told of a program that runs on abstract tensors in order to become a graph.
///
/// The door shows operations. A program also reads and changes tensors that last from one step to the
/// next, reserves places in streams of random numbers, and makes tensors of Swift numbers: the code that
/// does so says it here. The compiler's floor has the only tracer; without one, nothing of this costs
/// more than a look at ``ExecutionContext``.
package protocol Tracer: AnyObject {
  /// A tensor was made of Swift numbers.
  func noteLiteral(_ x: Tensor)

  /// A place in a stream. `reserve` sets `count` words of a generator aside; the result stands for the
  /// place that each run reserves anew.
  func draw(
    _ count: Int, from generator: Generator?, _ reserve: @escaping (Generator) -> Tensor
  ) -> Tensor

  /// A tensor that ordinary code works out before each run, by `make`.
  func numbers(_ name: String, _ type: TensorType, _ make: @escaping () -> Tensor) -> Tensor

  /// `state` is about to be read or written: at the first time abstract tensors take the place of its
  /// own, which come back when the trace ends.
  func touch(_ state: some TracedState)

  /// The program goes on as it does because `holds()`; where it does not hold, it must be traced again.
  func assume(_ what: StateKey, _ holds: @escaping () -> Bool)
}

/// What tells apart the states, and the assumptions, of one trace.
package struct StateKey: Hashable {
  let object: ObjectIdentifier
  let part: String

  package init(_ object: AnyObject, _ part: String = "") {
    (self.object, self.part) = (ObjectIdentifier(object), part)
  }
}

/// Something that holds tensors from one step to the next: a parameter with its gradient, a buffer, the
/// moments of an optimizer.
package protocol TracedState {
  var key: StateKey { get }
  /// The tensors by themselves.
  var cells: [TracedCell] { get }
  /// Puts other tensors in the places of the cells, nil where `values` has nil. What it returns puts
  /// back what was there, gradients and places in graphs included.
  func replace(_ values: [Tensor?]) -> () -> Void
}

/// One tensor of a ``TracedState``, which may be absent.
package struct TracedCell {
  package enum Kind: Sendable { case parameter, gradient, other }

  package let name: String
  package let kind: Kind
  /// Its type, also where a gradient is absent.
  package let type: TensorType?
  package let read: () -> Tensor?
  package let write: (Tensor?) -> Void
  /// Calls its argument with the tensor, moved out of its place, to be changed in place; nil where a
  /// new tensor takes the place of the old one.
  package let modify: (((inout Tensor) -> Void) -> Void)?

  package init(
    _ name: String, _ kind: Kind, _ type: TensorType?, read: @escaping () -> Tensor?,
    write: @escaping (Tensor?) -> Void, modify: (((inout Tensor) -> Void) -> Void)? = nil
  ) {
    (self.name, self.kind, self.type) = (name, kind, type)
    (self.read, self.write, self.modify) = (read, write, modify)
  }
}

extension ExecutionContext {
  /// The context of a trace: shapes alone, all operations shown to `tracer`.
  package func tracing(_ tracer: some Tracer & Transformation) -> ExecutionContext {
    changing(
      recordsGradients: true, transformations: [tracer], isAbstract: true
    ).telling(tracer)
  }

  /// The same context without the trace, for what a tracer computes meanwhile.
  package var outsideOfTrace: ExecutionContext {
    tracer == nil
      ? self
      : changing(recordsGradients: false, transformations: [], isAbstract: false).telling(nil)
  }
}
