import FledgeCore
import Foundation

/// A value that was computed while a check ran; `learn diff` compares it with the reference's value
/// at the same place.
package struct Observation: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    /// The value that an expectation tested.
    case expectation
    /// An intermediate result that the check names.
    case step
    /// An output of an operation of the framework.
    case operation
    /// An output of an operation in a backward pass.
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

/// A recorded value: a word, a number, numbers, or a tensor.
package struct ObservedValue: Codable, Sendable, Equatable {
  /// A value that is not a number, as text.
  package var text: String?
  package var dtype: String?
  /// Nil for anything but a tensor.
  package var shape: [Int]?
  package var strides: [Int]?
  /// The elements in row-major order; only the first ones of a large tensor.
  package var elements: [Double] = []
  /// The number of elements, and their sum.
  package var count = 0
  package var sum = 0.0

  /// The most elements that are recorded one by one.
  static let limit = 4096

  package init(text: String) { self.text = text }

  package init(_ numbers: [Double]) {
    elements = Array(numbers.prefix(Self.limit))
    count = numbers.count
    sum = numbers.reduce(0, +)
  }

  /// Keeps only a few elements, with the count and the sum.
  mutating func shorten() { elements = Array(elements.prefix(16)) }

  package init(_ tensor: Tensor) {
    self.init(tensor.array(of: Double.self))
    dtype = "\(tensor.dtype)"
    shape = Array(tensor.shape)
    strides = Array(tensor.layout.strides)
  }
}

extension Observation {
  /// One for each output of an operation; what exists for its gradient rule only is left out.
  static func all(of operation: PassedOperation) -> [Observation] {
    let from = operation.inputs.map { "\($0.shape)" }.joined(separator: ", ")
    return operation.outputs.map { output in
      Observation(
        operation.isBackward ? .backwardOperation : .operation, "\(operation.name) of \(from)",
        ObservedValue(output))
    }
  }
}
