import FledgeCore
import FledgeNN

/// The inputs that a model takes, by name, each with its dtype, its shape and its allowed values. A
/// layer traps on wrong inputs, so check inputs from outside first:
///
///     try model.checkInputs(["tokens": tokens])      // throws an InputError, computes nothing
///     let logits = model(tokens)
///
/// Prints as `tokens int64 [B, T ≤ 128] in 0…50256`, a line for each input.
public struct ModelSignature: Sendable, Hashable {
  /// One axis of an input's shape, or several.
  public enum Axis: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// An axis of this size.
    case size(Int)
    /// An axis whose size is free within a range; one name has one size in all inputs of a call.
    case free(String, ClosedRange<Int>)
    /// All axes that are left, with so many elements altogether; only as the last one.
    case flattened(Int)

    public init(integerLiteral value: Int) { self = .size(value) }

    /// A free axis of size 1 or more.
    public static func free(_ name: String) -> Axis { .free(name, 1...Int.max) }
  }

  /// One input.
  public struct Input: Sendable, Hashable {
    /// Its name in ``ModelSignature/check(_:)``.
    public var name: String
    /// The one dtype that it may have.
    public var dtype: DType
    /// Its axes, outermost first.
    public var shape: [Axis]
    /// Which integers its elements may be; any where nil.
    public var values: ClosedRange<Int>?
    /// Whether it may be left out.
    public var isOptional: Bool

    /// `Input("tokens", .int64, [.free("B"), .free("T", 1...128)], values: 0...255)`
    public init(
      _ name: String, _ dtype: DType, _ shape: [Axis], values: ClosedRange<Int>? = nil,
      isOptional: Bool = false
    ) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.values = values
      self.isOptional = isOptional
    }
  }

  /// In the order of the model's arguments.
  public var inputs: [Input]

  /// `ModelSignature([Input("images", .float32, [.free("N"), 3, 32, 32])])`
  public init(_ inputs: [Input]) { self.inputs = inputs }

  /// Throws if the model would trap on `inputs`, or has no input of a name. Reads the elements of
  /// inputs whose values have bounds.
  public func check(_ inputs: [String: Tensor]) throws(InputError) {
    let known = self.inputs.map(\.name)
    if let name = inputs.keys.filter({ !known.contains($0) }).min() {
      throw .unknown(input: name, known: known)
    }
    var sizes: [String: Int] = [:]
    for input in self.inputs {
      guard let tensor = inputs[input.name] else {
        if input.isOptional { continue }
        throw .missing(input: input.name)
      }
      try input.check(tensor, sizes: &sizes)
    }
  }
}

extension ModelSignature.Input {
  /// Checks a tensor, and notes the sizes of the free axes.
  fileprivate func check(_ tensor: Tensor, sizes: inout [String: Int]) throws(InputError) {
    if tensor.dtype != dtype {
      throw .dtype(input: name, expected: dtype, found: tensor.dtype)
    }
    guard fits(tensor.shape) else {
      throw .shape(input: name, expected: shapeDescription, found: tensor.shape)
    }
    for (axis, size) in zip(shape, tensor.shape) {
      guard case .free(let label, _) = axis else { continue }
      if let known = sizes[label], known != size {
        throw .size(axis: label, input: name, expected: known, found: size)
      }
      sizes[label] = size
    }
    guard let values else { return }
    for (index, value) in tensor.array(of: Int.self).enumerated() where !values.contains(value) {
      throw .value(input: name, index: index, allowed: values, found: value)
    }
  }

  private func fits(_ found: Shape) -> Bool {
    for (index, axis) in shape.enumerated() {
      if case .flattened(let count) = axis {
        return found.rank >= index && found.dropFirst(index).reduce(1, *) == count
      }
      guard index < found.rank else { return false }
      switch axis {
      case .size(let size): if found[index] != size { return false }
      case .free(_, let range): if !range.contains(found[index]) { return false }
      case .flattened: break
      }
    }
    return found.rank == shape.count
  }

  fileprivate var shapeDescription: String {
    "[" + shape.map(\.description).joined(separator: ", ") + "]"
  }
}

extension ModelSignature.Axis: CustomStringConvertible {
  public var description: String {
    switch self {
    case .size(let size): "\(size)"
    case .free(let name, let range):
      switch (range.lowerBound, range.upperBound) {
      case (...1, Int.max): name
      case (...1, _): "\(name) ≤ \(range.upperBound)"
      case (_, Int.max): "\(name) ≥ \(range.lowerBound)"
      default: "\(range.lowerBound) ≤ \(name) ≤ \(range.upperBound)"
      }
    case .flattened(let count): "… = \(count)"
    }
  }
}

extension ModelSignature: CustomStringConvertible {
  public var description: String {
    inputs.map { input in
      "\(input.name) \(input.dtype) \(input.shapeDescription)"
        + (input.values.map { " in \($0.lowerBound)…\($0.upperBound)" } ?? "")
        + (input.isOptional ? ", optional" : "")
    }.joined(separator: "\n")
  }
}

/// A model that says what it takes.
public protocol CheckableModel: Module {
  /// The inputs of the model, for sizes that it was made with.
  var signature: ModelSignature { get }
}

extension CheckableModel {
  /// Throws where the model would trap on these inputs, see ``ModelSignature/check(_:)``.
  public func checkInputs(_ inputs: [String: Tensor]) throws(InputError) {
    try signature.check(inputs)
  }

  /// Throws where the model would trap on this input, its first, alone.
  public func checkInputs(_ input: Tensor) throws(InputError) {
    try signature.check([signature.inputs[0].name: input])
  }
}
