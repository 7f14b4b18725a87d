import FledgeCore
import Foundation

/// Why a model does not take an input or an option.
public enum InputError: Error, Equatable, Sendable {
  /// An input that the model needs was not given.
  case missing(input: String)
  /// The model has no input of this name.
  case unknown(input: String, known: [String])
  /// An input has another dtype.
  case dtype(input: String, expected: DType, found: DType)
  /// An input has a shape that does not fit; `expected` as ``ModelSignature`` prints it.
  case shape(input: String, expected: String, found: Shape)
  /// An axis has another size here than in an input before.
  case size(axis: String, input: String, expected: Int, found: Int)
  /// An element, counted in row-major order, is out of range.
  case value(input: String, index: Int, allowed: ClosedRange<Int>, found: Int)
  /// An option or a size has a value that makes no sense.
  case option(name: String, reason: String)
}

extension InputError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .missing(let input): "the input \(input) is missing"
    case .unknown(let input, let known):
      "there is no input \(input); the model takes \(known.joined(separator: ", "))"
    case .dtype(let input, let expected, let found):
      "\(input) must be \(expected), it is \(found)"
    case .shape(let input, let expected, let found):
      "\(input) must have the shape \(expected), it has \(found)"
    case .size(let axis, let input, let expected, let found):
      "\(axis) is \(found) in \(input) and \(expected) in the inputs before"
    case .value(let input, let index, let allowed, let found):
      "element \(index) of \(input) is \(found), it must be in "
        + "\(allowed.lowerBound)…\(allowed.upperBound)"
    case .option(let name, let reason): "\(name) \(reason)"
    }
  }

  public var errorDescription: String? { description }
}

/// Throws ``InputError/option(name:reason:)`` unless the condition holds.
func check(
  _ condition: Bool, _ name: String, _ reason: @autoclosure () -> String
) throws(InputError) {
  if !condition { throw .option(name: name, reason: reason()) }
}
