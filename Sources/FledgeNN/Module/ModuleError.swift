import FledgeCore
import Foundation

/// Why a state could not be loaded into a module: every name and shape that does not fit.
public struct ModuleError: Error, Equatable, Sendable {
  /// A tensor whose shape is another one.
  public struct Mismatch: Equatable, Sendable {
    /// The parameter or buffer.
    public var name: String
    /// The module's shape.
    public var expected: Shape
    /// The shape in the state.
    public var found: Shape

    /// `Mismatch(name: "head.weight", expected: [10, 84], found: [100, 84])`
    public init(name: String, expected: Shape, found: Shape) {
      self.name = name
      self.expected = expected
      self.found = found
    }
  }

  /// Names that the module has and the state has not.
  public var missing: [String]
  /// Names that the state has and the module has not.
  public var unexpected: [String]
  /// Tensors of another shape than the module's.
  public var mismatched: [Mismatch]

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }
}

extension ModuleError: CustomStringConvertible, LocalizedError {
  public var description: String {
    var parts: [String] = []
    // The first few tell what is wrong; a large model has hundreds.
    func some(_ items: [String], separator: String) -> String {
      items.prefix(3).joined(separator: separator)
        + (items.count > 3 ? "\(separator)and \(items.count - 3) more" : "")
    }
    if !missing.isEmpty { parts.append("missing: \(some(missing, separator: ", "))") }
    if !unexpected.isEmpty { parts.append("unknown: \(some(unexpected, separator: ", "))") }
    if !mismatched.isEmpty {
      let shapes = mismatched.map { "\($0.name) is \($0.found), the model needs \($0.expected)" }
      parts.append("wrong shapes: \(some(shapes, separator: "; "))")
    }
    return "the state does not fit the model (\(parts.joined(separator: "; "))); "
      + "build the model with the sizes it was saved with"
  }

  public var errorDescription: String? { description }
}
