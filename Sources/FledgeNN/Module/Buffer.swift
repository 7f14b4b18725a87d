import FledgeCore

/// A tensor of a module that is saved with it but not trained, such as a running mean.
@propertyWrapper
public final class Buffer<Value: TensorSlot>: AnyBuffer {
  public init(wrappedValue: Value) {
    super.init(wrappedValue.slotTensor)
  }

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

  public var value: Tensor? {
    get { stored }
    set { stored = newValue?.detached() }
  }
}

/// A stored property that neither training nor checkpoints look at, whatever it holds.
@propertyWrapper
public struct NotSaved<Value>: UnsavedProperty {
  public var wrappedValue: Value

  public init(wrappedValue: Value) {
    self.wrappedValue = wrappedValue
  }
}

protocol UnsavedProperty {}
