import FledgeCore

/// A trained tensor of a module: an identity with a value and a gradient.
///
///     public final class Linear: Module {
///       @Parameter public var weight: Tensor
///       @Parameter public var bias: Tensor?
///
/// Reading the property gives the value as a leaf of the autograd graph, so that operations on it
/// are recorded. Assigning copies the new value in (the old gradient is forgotten) and keeps the
/// identity, so an optimizer made before goes on with the same parameter.
@propertyWrapper
public final class Parameter<Value: TensorSlot>: AnyParameter {
  /// `@Parameter var weight = Tensor.zeros([outputs, inputs])`; the value is copied.
  public init(wrappedValue: Value) {
    super.init(wrappedValue.slotTensor)
  }

  /// The value with its place in the graph; nil where an optional parameter is absent.
  public var wrappedValue: Value {
    get { Value(slotTensor: tensor) }
    set { value = newValue.slotTensor }
  }

  /// The parameter itself: `layer.$weight.freeze()`.
  public var projectedValue: Parameter<Value> { self }
}

/// A parameter of either kind, `Tensor` or `Tensor?`: what optimizers and checkpoints work with.
public class AnyParameter {
  /// The value with its place in the graph; the only holder of the storage between passes.
  private var leaf: Tensor?

  /// Whether gradients are recorded; see ``freeze()``.
  public private(set) var isTrainable = true

  /// The paths under which a model last listed it by ``Module/parameters()`` or
  /// ``Module/namedParameters()``, several where it is shared: what an optimizer names its state by.
  /// Empty where none has.
  public internal(set) var paths: [String] = []

  init(_ value: Tensor?) {
    leaf = value.map(Self.makeLeaf)
  }

  private static func makeLeaf(_ value: Tensor) -> Tensor {
    withMemoryTag(.parameter) { value.copied() }
      .requiringGradients()
  }

  /// The value as operations see it: a leaf, or a constant while frozen.
  var tensor: Tensor? { isTrainable ? leaf : leaf?.detached() }

  /// The value outside the graph; nil where an optional parameter is absent. Assigning copies.
  public var value: Tensor? {
    get { leaf?.detached() }
    set { leaf = newValue.map(Self.makeLeaf) }
  }

  /// The gradient added up by backward passes since the last ``zeroGrad()``, in the value's shape.
  public var grad: Tensor? {
    get { leaf?.grad }
    set { leaf?.replaceGrad(newValue) }
  }

  /// Changes the gradient where it lies; does nothing where there is none.
  package func updateGrad(_ body: (inout Tensor) -> Void) { leaf?.updateGrad(body) }

  /// What `Tensor.backward(onLeaf:)` names this parameter by.
  package var leafIdentity: ObjectIdentifier? { leaf?.leafIdentity }

  /// Forgets the gradient.
  public func zeroGrad() { leaf?.zeroGrad() }

  /// Makes the parameter a constant: no gradients, no optimizer steps.
  public func freeze() {
    isTrainable = false
    zeroGrad()
  }

  /// Ends ``freeze()``.
  public func unfreeze() { isTrainable = true }

  /// Changes the value in place; the gradient stays. `body` gets the only holder of contiguous
  /// storage and must not read this parameter. Does nothing where the value is nil.
  package func update(_ body: (inout Tensor) -> Void) {
    leaf?.updateLeaf(body)
  }
}

/// What a `@Parameter` or `@Buffer` can be declared as: `Tensor` or `Tensor?`.
public protocol TensorSlot {
  /// The property's value for what is stored; nil where nothing is.
  init(slotTensor: Tensor?)
  /// What is to be stored.
  var slotTensor: Tensor? { get }
}

extension Tensor: TensorSlot {
  public init(slotTensor: Tensor?) {
    guard let slotTensor else {
      fledgeTrap("Parameter", "a property of type Tensor was emptied; declare it as Tensor?")
    }
    self = slotTensor
  }

  public var slotTensor: Tensor? { self }
}

extension Tensor?: TensorSlot {
  public init(slotTensor: Tensor?) { self = slotTensor }
  public var slotTensor: Tensor? { self }
}
