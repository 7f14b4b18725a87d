/// One operation: its shape rule, its forward, and its gradient rule.
///
/// Everything that happens to operations in general (recording, scopes, profiling, compiling)
/// happens in ``apply(_:_:)-(_,Tensors)``; a primitive knows nothing of it. To add an operation,
/// write one file with one of these, and name it in the registry. Outside the package the same
/// protocol makes new operations:
///
///     /// y = x³.   Shape: [*] → [*]
///     struct Cube: Primitive {
///       static let name = "cube"
///       static let formula = "y = x³"
///       func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
///       func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
///         [inputs[0] * inputs[0] * inputs[0]]
///       }
///       func gradients(_ g: GradientContext) -> Gradients { [g.dy * 3 * g.input(0).square()] }
///     }
///     let y = apply(Cube(), x)
///
/// A primitive is a value: one `Sum` differs from another by its stored properties. Swift makes
/// them `Codable` and `Hashable` by itself, and ``attributes`` come from them. A closure is
/// neither, so it cannot be stored.
public protocol Primitive: Sendable, Hashable, Codable {
  /// The operation's name in messages, profiles and tables.
  static var name: String { get }
  /// The formula, on one line.
  static var formula: String { get }

  /// The shape rule: the output types for the input types. Traps (``fledgeTrap(_:_:)``) on inputs
  /// that the operation does not take, before anything is computed.
  func outputTypes(of inputs: TensorTypes) -> TensorTypes

  /// Computes the outputs. Nothing in here is recorded.
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors

  /// Which values the gradient rule reads. What it does not name is freed with its tensor.
  var saves: SavedValues { get }

  /// How many of the last outputs exist for the gradient rule only (a saved mean, a log-sum-exp);
  /// they carry no gradients themselves.
  var auxiliaryOutputCount: Int { get }

  /// The gradient rule: for each input the vector–Jacobian product Σ dy·∂y/∂x in the input's shape,
  /// or nil where the input has no gradient. It is written in tensor operations, so it can itself
  /// be differentiated. A primitive with a composed form may leave it out.
  func gradients(_ g: GradientContext) -> Gradients

  /// The same function written in smaller operations: the oracle of a fused primitive, and its
  /// gradient rule where it has no other. Nil if there is none.
  func composed(_ inputs: Tensors) -> Tensors?

  /// The precision in which it computes under ``autocast(_:_:)``.
  static var precision: AutocastRule { get }

  /// Floating-point operations of one call, for profiles: additions, multiplications and functions
  /// count one each. The default is one for each element of the outputs.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int

  /// Multiplications with an addition each, as in matrix products, for summaries of models. The
  /// default is half of ``operationCount(_:_:)`` where autocast reduces a primitive, else 0.
  func multiplyAddCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int

  /// Computes the whole operation by C kernels of ``CPUBackend``, or returns nil if none fits the
  /// inputs (their dtypes, mostly). Inputs may have any strides.
  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors?

  /// Whether the backward pass computes the operation again instead of following a rule, as it does
  /// for a ``checkpoint(_:_:)->Tensor``.
  var isRematerialized: Bool { get }

  /// Inputs for the registry-driven checks (gradients, backend parity, …).
  static var samples: [Sample] { get }

  /// The primitive whose checks run through this gradient primitive. Its inputs depend on each
  /// other (a saved mean belongs to its x), so samples of its own would be meaningless.
  static var checkedThrough: (any Primitive.Type)? { get }
}

extension Primitive {
  /// The stored properties as an ordered list of names and values; with ``name`` they describe an
  /// operation completely.
  public var attributes: Attributes {
    do {
      return try AttributeEncoder.attributes(of: self)
    } catch {
      fledgeTrap(Self.name, "its properties cannot be written as attributes: \(error)")
    }
  }

  /// The operation that has these attributes: the way back from ``attributes``.
  public init(attributes: Attributes) throws(AttributeError) {
    self = try AttributeDecoder.make(Self.self, from: attributes)
  }

  /// Name and attributes on one line: `sum[axes=[1], keepDims=true]`.
  public var signature: String { "\(Self.name)\(attributes)" }

  /// Whether both are the same operation with the same attributes.
  public func isEqual(to other: any Primitive) -> Bool { other as? Self == self }

  public var saves: SavedValues { .inputs }
  public var auxiliaryOutputCount: Int { 0 }
  public func composed(_ inputs: Tensors) -> Tensors? { nil }
  public static var precision: AutocastRule { .widest }
  public func gradients(_ g: GradientContext) -> Gradients {
    guard let result = g.throughComposed(self) else {
      fledgeTrap(Self.name, "has neither a gradient rule nor a composed form to derive it from")
    }
    return result
  }
  public func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs.reduce(0) { $0 + $1.shape.count }
  }
  public func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? { nil }
  public var isRematerialized: Bool { false }
  public func multiplyAddCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    Self.precision == .reduced ? operationCount(inputs, outputs) / 2 : 0
  }
  public static var samples: [Sample] { [] }
  public static var checkedThrough: (any Primitive.Type)? { nil }
}

/// Which of its inputs and outputs a primitive's gradient rule reads.
public struct SavedValues: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The rule needs shapes only.
  public static let nothing: SavedValues = []
  /// All inputs.
  public static let inputs = SavedValues(rawValue: 0xffff)
  /// All outputs.
  public static let outputs = SavedValues(rawValue: 0xffff_0000)
  /// Input `i` alone.
  public static func input(_ i: Int) -> SavedValues { SavedValues(rawValue: 1 << UInt32(i)) }
  /// Output `i` alone.
  public static func output(_ i: Int) -> SavedValues {
    SavedValues(rawValue: 1 << UInt32(16 + i))
  }

  // Operations with more than 16 inputs (concatenate) save all of them or none.
  @inline(__always)
  func containsInput(_ i: Int) -> Bool { rawValue & (1 << UInt32(min(i, 15))) != 0 }
  @inline(__always)
  func containsOutput(_ i: Int) -> Bool { rawValue & (1 << UInt32(min(i, 15) + 16)) != 0 }
}

/// The arguments of a gradient rule.
public struct GradientContext {
  let node: Node
  /// The inputs, with their nodes in the graph.
  let inputs: Tensors
  let outputGradients: OutputValues
  /// Whether what the rule computes is itself recorded.
  public let createsGraph: Bool
  let lowestSerial: UInt64

  /// The gradient of output `i`; zeros where the output was not used.
  public func dy(_ i: Int) -> Tensor {
    if let gradient = outputGradients[i] { return gradient }
    let type = node.outputType(i)
    return Tensor.zeros(type.shape, dtype: type.dtype)
  }

  /// The gradient of the only output.
  public var dy: Tensor { dy(0) }

  /// Whether output `i` has a gradient at all.
  public func hasGradient(_ i: Int) -> Bool { outputGradients[i] != nil }

  /// Saved input `i`; it is in the graph if the rule is being recorded.
  public func input(_ i: Int) -> Tensor {
    let input = node.readable(inputs[i], i)
    return createsGraph ? input : input.detached()
  }

  /// All inputs; the rule saves them.
  var savedInputs: Tensors { Tensors((0..<inputCount).map { input($0) }) }

  /// Saved output `i`.
  public func output(_ i: Int) -> Tensor { node.savedOutput(i, attached: createsGraph) }

  /// The only output, saved.
  public var output: Tensor { output(0) }

  /// The shape of input `i`, saved or not.
  public func inputShape(_ i: Int) -> Shape { inputs[i].shape }
  /// The dtype of input `i`, saved or not.
  public func inputDType(_ i: Int) -> DType { inputs[i].dtype }
  /// The number of inputs of the operation.
  public var inputCount: Int { inputs.count }

  /// The gradients of a primitive through its composed form; nil if it has none.
  ///
  /// Each input passes through an alias, so that one tensor used twice counts twice.
  func throughComposed(_ primitive: some Primitive) -> Gradients? {
    guard primitive.saves.isSuperset(of: .inputs) else { return nil }
    let inputs = Tensors(
      (0..<inputCount).map { i -> Tensor in
        if !needs(i) { return input(i).detached() }
        return createsGraph ? apply(Alias(), input(i)) : input(i).requiringGradients()
      })
    guard let outputs = withGradients({ composedOutputs(primitive, inputs) }) else { return nil }
    let wanted = inputs.indices.filter { inputs[$0].node != nil }
    let used = outputs.indices.filter { hasGradient($0) && outputs[$0].node != nil }
    let found = gradientsWhereReached(
      of: used.map { outputs[$0] }, withRespectTo: wanted.map { inputs[$0] },
      outputGradients: used.map { dy($0) }, createGraph: createsGraph, retainGraph: createsGraph)
    var result = Gradients(repeating: nil, count: inputCount)
    for (i, gradient) in zip(wanted, found) { result[i] = gradient }
    return result
  }

  /// The composed form; of a fused primitive in float32 where there are halves, as in its forward rule.
  private func composedOutputs(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    guard inputs.hasHalves, primitive is any FusedPrimitive else {
      return primitive.composed(inputs)
    }
    let types = primitive.outputTypes(of: inputs.types)
    return primitive.composed(inputs.widened).map { outputs in
      Tensors(zip(outputs, types).map { $0.cast(to: $1.dtype) })
    }
  }

  /// Whether anyone wants the gradient of input `i`; a rule may skip the work where not.
  public func needs(_ i: Int) -> Bool {
    guard let source = inputs[i].node else { return false }
    return source.serial >= lowestSerial
  }
}
