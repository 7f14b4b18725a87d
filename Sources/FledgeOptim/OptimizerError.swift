import FledgeCore
import Foundation

/// Why a state could not be loaded into an optimizer.
public enum OptimizerError: Error, Equatable, Sendable {
  /// A tensor that this optimizer keeps is not in the state.
  case missing(name: String)
  /// The state has a tensor that this optimizer does not keep.
  case unexpected(name: String)
  /// A tensor of the state has another shape than its parameter.
  case mismatched(name: String, expected: Shape, found: Shape)
  /// A number of steps that no optimizer can have taken.
  case invalidCount(name: String, found: Double)
}

extension OptimizerError: CustomStringConvertible, LocalizedError {
  public var description: String {
    let remedy = "load the state of the same optimizer over the same model"
    return switch self {
    case .missing(let name):
      "the optimizer's state has no '\(name)'; \(remedy)"
    case .unexpected(let name):
      "this optimizer has no place for '\(name)'; \(remedy)"
    case .mismatched(let name, let expected, let found):
      "'\(name)' has shape \(found), the parameter needs \(expected); \(remedy)"
    case .invalidCount(let name, let found):
      "'\(name)' is \(found), not a number of steps; the state is damaged, load another one"
    }
  }

  public var errorDescription: String? { description }
}
