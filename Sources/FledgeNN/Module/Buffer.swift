import FledgeCore

/// A tensor of a module that is saved with it but not trained, such as a running mean.
@propertyWrapper
public final class Buffer<Value: TensorSlot>: AnyBuffer {
  /// `@Buffer var runningMean = Tensor.zeros([channels])`
  public init(wrappedValue: Value) {
    super.init(wrappedValue.slotTensor)
  }

  /// The tensor, outside of every graph.
  public var wrappedValue: Value {
    get { Value(slotTensor: value) }
    set { value = newValue.slotTensor }
  }
}

/// A buffer of either kind, `Tensor` or `Tensor?`. Its value is never part of a graph.
public class AnyBuffer {
  private var stored: Tensor?

  init(_ value: Tensor?) {
    stored = value?.detached()
  }

  /// The tensor, or nil where the property is empty.
  public var value: Tensor? {
    get {
      noteUse()
      return stored
    }
    set {
      noteUse()
      stored = newValue?.detached()
    }
  }

  /// Tells a trace, if one is made, that the value is used.
  private func noteUse() {
    if let tracer = ExecutionContext.currentTracer { tracer.touch(TracedBuffer(buffer: self)) }
  }

  /// Puts another value here until what it returns is called.
  fileprivate func substitute(_ value: Tensor?) -> () -> Void {
    let original = stored
    stored = value
    return { [self] in stored = original }
  }
}

/// A buffer as a trace sees it.
private struct TracedBuffer: TracedState {
  let buffer: AnyBuffer

  var key: StateKey { StateKey(buffer) }

  var cells: [TracedCell] {
    let type = buffer.value.map { TensorType(shape: $0.shape, dtype: $0.dtype) }
    return [
      TracedCell(
        "buffer", .other, type, read: { buffer.value }, write: { buffer.value = $0 })
    ]
  }

  func replace(_ values: [Tensor?]) -> () -> Void { buffer.substitute(values[0]) }
}

/// A stored property that neither training nor checkpoints look at, whatever it holds.
@propertyWrapper
public struct NotSaved<Value>: UnsavedProperty {
  /// The property's own value.
  public var wrappedValue: Value

  /// `@NotSaved var cache: [Tensor] = []`
  public init(wrappedValue: Value) {
    self.wrappedValue = wrappedValue
  }
}

protocol UnsavedProperty {}
