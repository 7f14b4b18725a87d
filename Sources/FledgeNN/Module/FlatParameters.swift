import FledgeCore

/// Puts the values of parameters one after another into one ``/FledgeCore/FlatBuffer``, so that all of
/// them, or any range, can be reached at once: broadcast to other ranks, averaged, divided among ranks.
///
///     let flat = FlatParameters(model.parameters(), divisibleBy: ranks)
///     flat.update { values in values /= Double(ranks) }     // all parameters of the model
///
/// Each parameter keeps its identity, its gradient and its shape; its value is now a part of the
/// buffer and stays there: optimizer steps, assignments and `load` write through to the buffer.
/// Forward and backward passes and steps give the same bits as before.
///
/// **Values stay values.** A parameter in the buffer has one place, and its value may have other
/// holders: a snapshot (`let before = layer.weight`), or a graph that is still alive. An ordinary
/// parameter leaves its old storage to them and takes a new one, copied. This one cannot leave, so
/// they do: before the place is written, the storage object that they hold moves to a copy of the old
/// elements, and the parameter gets a new object for the old place. In a training step nobody else
/// holds a value any more when the optimizer comes, and nothing is copied. What this does not cover
/// is another thread that reads such a snapshot at the very moment of the update; give it a copy.
public final class FlatParameters {
  /// In the order in which they lie in the buffer.
  public let parameters: [AnyParameter]
  /// Holds their values.
  public let buffer: FlatBuffer

  /// Moves the values into a new buffer, of which the parameters keep the parts alive. Its number of
  /// elements is a multiple of `divisor`.
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

  /// Changes the values in `range` of the buffer (all, unless it is given) where they lie; `body` gets
  /// them as a tensor of one axis, padding included, and must keep its shape and dtype.
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
