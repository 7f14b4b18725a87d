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
    get { stored }
    set { stored = newValue?.detached() }
  }
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
