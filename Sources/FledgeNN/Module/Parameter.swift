import FledgeCore

/// A trained tensor of a module: an identity with a value and a gradient.
///
///     public final class Linear: Module {
///       @Parameter public var weight: Tensor
///       @Parameter public var bias: Tensor?
///
/// Reading the property gives the value as a leaf of the autograd graph, so that operations on it
/// are recorded. Assigning copies the new value in, drops the old gradient and keeps the identity,
/// so an existing optimizer continues with the same parameter. The read-only weights of a mapped
/// file are not copied until the first update.
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
  // Unchecked, like `home`, as both are read for every parameter of every step.
  @exclusivity(unchecked)
  public private(set) var isTrainable = true

  /// The paths under which a model last listed it by ``Module/parameters()`` or
  /// ``Module/namedParameters()``: several if it is shared, none before that. An optimizer names
  /// its state by them.
  public internal(set) var paths: [String] = []

  init(_ value: Tensor?) {
    leaf = value.map(Self.makeLeaf)
  }

  private static func makeLeaf(_ value: Tensor) -> Tensor {
    if value.isReadOnly && value.layout.isContiguous { return value.requiringGradients() }
    return withMemoryTag(.parameter) { value.copied() }
      .requiringGradients()
  }

  /// The value as operations see it: a leaf, or a constant while frozen.
  var tensor: Tensor? {
    noteUse()
    let value = home == nil ? leaf : leaf?.fetched()
    return isTrainable ? value : value?.detached()
  }

  /// Where the elements live while they are not in use; nil if they are in this process as usual.
  /// See ``move(to:)``.
  @exclusivity(unchecked)
  public private(set) var home: (any ParameterHome)?
  private var source: LeafSource?

  /// Whether there is a value, wherever it lives.
  public var isPresent: Bool { leaf != nil }
  /// The shape of the value; known without fetching it. Nil where an optional parameter is absent.
  public var shape: Shape? { leaf?.shape }
  /// The dtype of the value; known without fetching it.
  public var dtype: DType? { leaf?.dtype }

  /// The value outside the graph; nil where an optional parameter is absent. Assigning copies; a
  /// parameter in a flat buffer (``FlatParameters``) takes the new value in its place there.
  public var value: Tensor? {
    get {
      noteUse()
      return home == nil ? leaf?.detached() : leaf?.fetched().detached()
    }
    set {
      noteUse()
      if home != nil {
        storeAtHome(newValue)
        return
      }
      guard let newValue, leaf?.hasPlace == true else {
        leaf = newValue.map(Self.makeLeaf)
        return
      }
      leaf?.updateLeaf { $0 = newValue.detached() }
      leaf = leaf?.requiringGradients()
    }
  }

  /// The gradient added up by backward passes since the last ``zeroGrad()``, in the value's shape.
  public var grad: Tensor? {
    get {
      noteUse()
      return leaf?.grad
    }
    set {
      noteUse()
      leaf?.replaceGrad(newValue)
    }
  }

  /// Changes the gradient in place; does nothing if there is none.
  package func updateGrad(_ body: (inout Tensor) -> Void) {
    noteUse()
    leaf?.updateGrad(body)
  }

  /// Identifies this parameter in `Tensor.backward(retainGraph:onLeaf:)`; nil if it is frozen.
  public var leafIdentity: ObjectIdentifier? { leaf?.leafIdentity }

  /// Forgets the gradient.
  public func zeroGrad() {
    noteUse()
    leaf?.zeroGrad()
  }

  /// Makes the parameter a constant: no gradients, no optimizer steps.
  public func freeze() {
    isTrainable = false
    zeroGrad()
  }

  /// Ends ``freeze()``.
  public func unfreeze() { isTrainable = true }

  /// Whether it was trainable when adapters froze it; nil where they did not.
  private var wasTrainable: Bool?

  /// Freezes it as long as the layers have adapters.
  func freezeForAdapters() {
    wasTrainable = isTrainable
    freeze()
  }

  /// Ends ``freezeForAdapters()``: it is as trainable as it was before.
  func unfreezeAfterAdapters() {
    if wasTrainable == true { unfreeze() }
    wasTrainable = nil
  }

  /// Changes the value in place; the gradient stays. `body` gets the only holder of contiguous
  /// storage and must not read this parameter. Does nothing if the value is nil.
  package func update(_ body: (inout Tensor) -> Void) {
    noteUse()
    guard let home, let source, var value = leaf?.fetched().detached() else {
      leaf?.updateLeaf(body)
      return
    }
    body(&value)
    require(
      value.shape == shape && value.dtype == dtype, "Parameter",
      "the value was \(dtype!)\(shape!), the update made it \(value.dtype)\(value.shape)")
    home.store(value, for: self)
    source.noteChange()
  }

  /// Gives the elements to `home` and releases them: from now on they are fetched whenever the
  /// parameter is read, and freed after the last read. Identity, shape, dtype and gradient stay; a
  /// graph does not keep the elements and fetches them again in the backward pass.
  public func move(to home: some ParameterHome) {
    guard let value else { return }
    let gradient = grad
    home.store(value, for: self)
    // The graph that holds the source ends with its training step, on the parameter's own thread.
    nonisolated(unsafe) weak let parameter = self
    let source = LeafSource {
      guard let parameter, let home = parameter.home else {
        fledgeTrap("Parameter", "a graph reads a parameter that is gone or came back meanwhile")
      }
      return home.fetch(parameter).detached()
    }
    (self.home, self.source) = (home, source)
    leaf = Tensor(
      leafOf: TensorType(shape: value.shape, dtype: value.dtype), source: source)
    leaf?.replaceGrad(gradient)
  }

  /// Fetches the elements to stay: the end of ``move(to:)``.
  public func moveBack() {
    guard home != nil, let value else { return }
    let gradient = grad
    (home, source) = (nil, nil)
    leaf = Self.makeLeaf(value)
    leaf?.replaceGrad(gradient)
  }

  /// Says that the home has changed the elements itself: graphs of before must not go on with them.
  package func noteChangeAtHome() { source?.noteChange() }

  private func storeAtHome(_ newValue: Tensor?) {
    guard let home, let source, let newValue, newValue.shape == shape, newValue.dtype == dtype
    else {
      fledgeTrap(
        "Parameter",
        "a parameter that lives elsewhere keeps its type, \(dtype!)\(shape!); bring it back first")
    }
    home.store(newValue.detached(), for: self)
    source.noteChange()
    zeroGrad()
  }

  /// Moves the value into the memory of `target`, a tensor of its type with no other holder;
  /// identity and gradient stay.
  package func move(into target: consuming Tensor) {
    leaf?.moveLeaf(into: target)
  }

  // MARK: Traces

  /// Tells a trace, if one is made, that the value or the gradient is used.
  @inline(__always)
  private func noteUse() {
    if let tracer = ExecutionContext.currentTracer { tell(tracer) }
  }

  @inline(never)
  private func tell(_ tracer: any Tracer) {
    require(
      home == nil, "Parameter",
      "`\(paths.first ?? "parameter")` lives elsewhere and cannot be traced; move it back first")
    tracer.touch(TracedParameter(self))
    tracer.assume(StateKey(self, "isTrainable")) { [self, expected = isTrainable] in
      isTrainable == expected
    }
  }

  /// Puts another value and gradient here until what it returns is called.
  fileprivate func substitute(_ value: Tensor?, _ gradient: Tensor?) -> () -> Void {
    let original = leaf
    leaf = value?.requiringGradients()
    leaf?.replaceGrad(gradient)
    return { [self] in leaf = original }
  }

  /// What a run left behind, in the place of the value; the gradient stays.
  fileprivate func takeOver(_ newValue: Tensor?) {
    guard let newValue else { return }
    leaf?.updateLeaf { $0 = newValue.detached() }
  }
}

/// A parameter as a trace sees it: its value and its gradient.
private struct TracedParameter: TracedState {
  let parameter: AnyParameter

  init(_ parameter: AnyParameter) { self.parameter = parameter }

  var key: StateKey { StateKey(parameter) }

  var cells: [TracedCell] {
    let type = parameter.shape.map { TensorType(shape: $0, dtype: parameter.dtype!) }
    let name = parameter.paths.first ?? "parameter"
    return [
      TracedCell(
        name, .parameter, type, read: { parameter.value }, write: { parameter.takeOver($0) },
        modify: { parameter.update($0) }),
      TracedCell(
        "\(name).grad", .gradient, type, read: { parameter.grad }, write: { parameter.grad = $0 }),
    ]
  }

  func replace(_ values: [Tensor?]) -> () -> Void { parameter.substitute(values[0], values[1]) }
}

/// Where elements of parameters live while they are not in use: other ranks, chunks of memory, a
/// file. See ``AnyParameter/move(to:)``.
public protocol ParameterHome: AnyObject {
  /// Returns the elements in the parameter's shape and dtype. They can be freed after use if the
  /// home keeps no reference to the result.
  func fetch(_ parameter: AnyParameter) -> Tensor
  /// Takes the elements over: at first, and after every change.
  func store(_ value: Tensor, for parameter: AnyParameter)
}

/// A type that a `@Parameter` or `@Buffer` can have: `Tensor` or `Tensor?`.
public protocol TensorSlot {
  /// The property's value for what is stored; nil where nothing is.
  init(slotTensor: Tensor?)
  /// The value to store.
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
