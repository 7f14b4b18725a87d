import FledgeCore

/// A program as data: operations in order, each with its inputs and the values that it makes.
///
/// It is in static single assignment form: every value is defined once, before it is used. What a
/// program keeps from one run to the next (parameters, moments of an optimizer, running means) comes
/// in as an input and goes out as an update, so that the graph itself is a pure function.
///
///     graph {
///       argument %0 x: float32[64, 784]
///       parameter %1 weight: float32[10, 784]
///       %2: float32[64, 10] = linear %0, %1
///       return %2
///     }
///
/// ``description`` prints it and ``init(parsing:constants:)`` reads that text.
/// ``verify()`` checks it; what the tracer and the passes make satisfies it by construction.
public struct Graph: Sendable {
  /// What is computed: an input, a constant or an output of an operation. Prints as `%7`.
  public struct Value: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number that tells it apart in its graph.
    public let index: Int

    /// The value of that number.
    public init(_ index: Int) { self.index = index }

    public static func < (a: Value, b: Value) -> Bool { a.index < b.index }
    public var description: String { "%\(index)" }
  }

  /// What an input is.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Given at each call.
    case argument
    /// A trained tensor of a model.
    case parameter
    /// Anything else that lasts from one call to the next: a gradient, a running mean, a moment.
    case state
    /// The place in a stream of random numbers, another one at each call.
    case draw
    /// Numbers that ordinary code works out before each call, such as a learning rate.
    case numbers

    /// Whether a program may update it.
    public var isUpdatable: Bool { self == .parameter || self == .state }
  }

  /// A value from outside.
  public struct Input: Sendable, Hashable {
    /// What the graph calls it.
    public var value: Value
    /// Its own name, once in a graph: a path such as `blocks.0.attention.qkv.weight`.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Its shape and dtype.
    public var type: TensorType

    /// An input by its parts.
    public init(_ value: Value, name: String, kind: Kind, type: TensorType) {
      (self.value, self.name, self.kind, self.type) = (value, name, kind, type)
    }
  }

  /// A value that the graph holds.
  public struct Constant: Sendable {
    /// What the graph calls it.
    public var value: Value
    /// Its elements.
    public var tensor: Tensor

    /// A constant by its parts.
    public init(_ value: Value, _ tensor: Tensor) { (self.value, self.tensor) = (value, tensor) }

    /// Its shape and dtype.
    public var type: TensorType { TensorType(shape: tensor.shape, dtype: tensor.dtype) }
  }

  /// One operation.
  public struct Equation: Sendable {
    /// The operation with its attributes.
    public var primitive: any Primitive
    /// What it reads.
    public var inputs: [Value]
    /// What it makes.
    public var outputs: [Value]
    /// The types of what it makes, by its shape rule.
    public var types: [TensorType]
    /// 0, or the number of the recomputation that it belongs to: a checkpoint's part is computed
    /// again so that its values need not be kept, and passes must not merge the two.
    public var region: Int

    /// An equation by its parts.
    public init(
      _ primitive: any Primitive, _ inputs: [Value], _ outputs: [Value], _ types: [TensorType],
      region: Int = 0
    ) {
      (self.primitive, self.inputs, self.outputs) = (primitive, inputs, outputs)
      (self.types, self.region) = (types, region)
    }

    /// The operation's name.
    public var name: String { type(of: primitive).name }
  }

  /// What a run leaves behind in a parameter or a state.
  public struct Update: Sendable, Hashable {
    /// The name of the parameter or state, also where it is no input.
    public var name: String
    /// Its new value; nil where the program clears it.
    public var value: Value?

    /// An update by its parts.
    public init(_ name: String, _ value: Value?) { (self.name, self.value) = (name, value) }
  }

  /// Values from outside, in the order of their first use; arguments first.
  public var inputs: [Input]
  /// Values that the graph holds.
  public var constants: [Constant]
  /// The operations, in an order in which they can run.
  public var equations: [Equation]
  /// What a run leaves behind.
  public var updates: [Update]
  /// What a run returns.
  public var outputs: [Value]

  /// A graph by its parts; empty by default.
  public init(
    inputs: [Input] = [], constants: [Constant] = [], equations: [Equation] = [],
    updates: [Update] = [], outputs: [Value] = []
  ) {
    (self.inputs, self.constants, self.equations) = (inputs, constants, equations)
    (self.updates, self.outputs) = (updates, outputs)
  }
}

// MARK: Facts

extension Graph {
  /// The types of all values.
  public var types: [Value: TensorType] {
    var types: [Value: TensorType] = [:]
    for input in inputs { types[input.value] = input.type }
    for constant in constants { types[constant.value] = constant.type }
    for equation in equations {
      for (value, type) in zip(equation.outputs, equation.types) { types[value] = type }
    }
    return types
  }

  /// How often each operation occurs, by name.
  public var operationCounts: [String: Int] {
    equations.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
  }

  /// What must be there at the end: what is returned and what is left behind.
  var results: [Value] { outputs + updates.compactMap(\.value) }

  /// For each value the position of the last equation that reads it; results are read at the end.
  var lastUses: [Value: Int] {
    var last: [Value: Int] = [:]
    for (position, equation) in equations.enumerated() {
      for value in equation.outputs + equation.inputs { last[value] = position }
    }
    for value in results { last[value] = equations.count }
    return last
  }

  /// A number that no value has yet.
  var unusedIndex: Int {
    let defined =
      inputs.map(\.value.index) + constants.map(\.value.index)
      + equations.flatMap { $0.outputs.map(\.index) }
    return (defined.max() ?? -1) + 1
  }
}

extension Graph: Equatable {
  /// Whether both have the same operations, names and numbers of values, and constants of the same
  /// bits.
  public static func == (a: Graph, b: Graph) -> Bool { a.difference(from: b) == nil }

  /// The first line in which the two differ, or a constant; nil where they are equal.
  func difference(from other: Graph) -> (here: String, there: String)? {
    let lines = (description.split(separator: "\n"), other.description.split(separator: "\n"))
    for (a, b) in zip(lines.0, lines.1) where a != b {
      return (a.trimmed, b.trimmed)
    }
    if lines.0.count != lines.1.count {
      return ("\(equations.count) operations", "\(other.equations.count)")
    }
    for (a, b) in zip(constants, other.constants) where !a.tensor.isIdentical(to: b.tensor) {
      return ("the constant \(a.value), \(a.type)", "another one of its type")
    }
    return nil
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
