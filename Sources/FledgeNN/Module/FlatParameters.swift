import FledgeCore

/// Stores the values of parameters one after another in one ``/FledgeCore/FlatBuffer``, so that all
/// of them, or any range, can be broadcast to other ranks, averaged or divided among ranks at once.
///
///     let flat = FlatParameters(model.parameters(), divisibleBy: ranks)
///     flat.update { values in values /= Double(ranks) }     // all parameters of the model
///
/// Each parameter keeps its identity, its gradient and its shape; its value is now a part of the
/// buffer and stays there: optimizer steps, assignments and `load` write through to the buffer.
/// Forward and backward passes and steps give the same bits as before.
///
/// **Values stay values.** A parameter has a fixed place in the buffer, and its value may have
/// other holders: a snapshot (`let before = layer.weight`) or a graph that is still alive. An
/// ordinary parameter leaves its old storage to them and takes a new copy. A parameter in the
/// buffer cannot move, so they do: before a write, the storage object that they hold moves to a
/// copy of the old elements, and the parameter gets a new object for the old place. In a training
/// step the values have no other holder when the optimizer steps, and nothing is copied. This does
/// not protect another thread that reads such a snapshot during the update; give it a copy.
public final class FlatParameters {
  /// In the order in which they lie in the buffer.
  public let parameters: [AnyParameter]
  /// Holds their values.
  public let buffer: FlatBuffer

  /// Moves the values into a new buffer; each parameter keeps its part alive. The buffer's size is
  /// a multiple of `divisor`.
  ///
  /// Traps unless all have a value here and one dtype, and each is given once. (Parameters of several dtypes
  /// take a buffer for each.)
  public init(_ parameters: [AnyParameter], divisibleBy divisor: Int = 1) {
    require(
      Set(parameters.map(ObjectIdentifier.init)).count == parameters.count, "FlatParameters",
      "a parameter is given twice")
    var dtype: DType?
    let shapes = parameters.map { parameter in
      guard let shape = parameter.shape, let own = parameter.dtype, parameter.home == nil else {
        fledgeTrap("FlatParameters", "a parameter has no value, or its value lives elsewhere")
      }
      require(
        own == dtype ?? own, "FlatParameters",
        "the parameters are of \(dtype!) and \(own); make a buffer for each dtype")
      dtype = own
      return shape
    }
    self.parameters = parameters
    buffer = withMemoryTag(.parameter) {
      FlatBuffer(shapes: shapes, dtype: dtype ?? .float32, divisibleBy: divisor)
    }
    for (index, parameter) in parameters.enumerated() { parameter.move(into: buffer.part(index)) }
  }

  /// Changes the values in `range` of the buffer (by default all) in place; `body` gets them as a
  /// tensor of one axis, padding included, and must keep its shape and dtype.
  public func update<R>(_ range: Range<Int>? = nil, _ body: (inout Tensor) -> R) -> R {
    let changed = range ?? 0..<buffer.count
    for (index, parameter) in parameters.enumerated() where buffer.ranges[index].overlaps(changed) {
      // Whoever else holds the value moves out.
      parameter.update { _ in }
    }
    return buffer.update(range, body)
  }

  /// Gives each parameter memory of its own again.
  public func release() {
    withMemoryTag(.parameter) {
      for (shape, parameter) in zip(buffer.shapes, parameters) {
        parameter.move(into: Tensor(uninitialized: shape, buffer.dtype))
      }
    }
  }
}
