import FledgeCore
import Foundation

/// Something that came out while a check ran, for `learn diff` to hold against what came out of the
/// reference at the same place.
package struct Observation: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    /// What an expectation was held against.
    case expectation
    /// An intermediate result that the check names.
    case step
    /// What an operation of the framework put out.
    case operation
    /// The same while a backward pass ran.
    case backwardOperation
  }

  package var kind: Kind
  package var label: String
  package var value: ObservedValue
  package var gradient: ObservedValue?

  package init(_ kind: Kind, _ label: String, _ value: ObservedValue) {
    self.kind = kind
    self.label = label
    self.value = value
  }

  package var isOperation: Bool { kind == .operation || kind == .backwardOperation }
}

/// A value as it was: a word, a number, numbers, or a tensor.
package struct ObservedValue: Codable, Sendable, Equatable {
  /// What is no number, as text.
  package var text: String?
  package var dtype: String?
  /// Nil for anything but a tensor.
  package var shape: [Int]?
  package var strides: [Int]?
  /// The elements in row-major order; of a large tensor, the first.
  package var elements: [Double] = []
  /// How many elements there are, and what they come to.
  package var count = 0
  package var sum = 0.0

  /// More elements than these are not written one by one.
  static let limit = 4096

  package init(text: String) { self.text = text }

  package init(_ numbers: [Double]) {
    elements = Array(numbers.prefix(Self.limit))
    count = numbers.count
    sum = numbers.reduce(0, +)
  }

  /// Leaves only a few elements, beside how many there are and what they come to.
  mutating func shorten() { elements = Array(elements.prefix(16)) }

  package init(_ tensor: Tensor) {
    self.init(tensor.array(of: Double.self))
    dtype = "\(tensor.dtype)"
    shape = Array(tensor.shape)
    strides = Array(tensor.layout.strides)
  }
}

/// Writes down every operation that passes the framework's door, in both directions.
final class DoorObserver: Transformation, @unchecked Sendable {
  private let lock = NSLock()
  private let note: (Observation) -> Void

  init(_ note: @escaping (Observation) -> Void) { self.note = note }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    let kind: Observation.Kind =
      ExecutionContext.current.isBackward ? .backwardOperation : .operation
    let from = inputs.map { "\($0.shape)" }.joined(separator: ", ")
    // What a primitive puts out for its own gradient rule is nobody else's.
    for output in outputs.dropLast(primitive.auxiliaryOutputCount) {
      let observation = Observation(
        kind, "\(type(of: primitive).name) of \(from)", ObservedValue(output))
      lock.withLock { note(observation) }
    }
    return outputs
  }
}
