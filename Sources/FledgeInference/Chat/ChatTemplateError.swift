import Foundation

/// Why a chat template could not be read or rendered. Lines count from 1.
public enum ChatTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not the template language.
  case syntax(reason: String, line: Int)
  /// A part of the language that Fledge does not have, such as `{% macro %}`.
  case unsupported(construct: String, line: Int)
  /// The template refused the messages by `raise_exception`, such as roles that do not alternate.
  case refused(reason: String)
  /// Something that cannot be done with the values, such as an attribute of what is not defined.
  case failed(reason: String, line: Int)

  public var description: String {
    switch self {
    case .syntax(let reason, let line):
      "the chat template is malformed in line \(line): \(reason); take it from the model's files again"
    case .unsupported(let construct, let line):
      "the chat template uses \(construct) in line \(line), which Fledge does not have; "
        + "give a simpler template with the same tokens"
    case .refused(let reason):
      "the chat template refuses these messages: \(reason)"
    case .failed(let reason, let line):
      "the chat template cannot be rendered, line \(line): \(reason); check the messages"
    }
  }
}

extension ChatTemplateError: LocalizedError {
  public var errorDescription: String? { description }
}
