import FledgeIO

/// Why a tokenizer could not be made. Its description is one sentence that names the file, the fault
/// and the remedy.
public struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The faults.
  public enum Fault: Error, Equatable, Sendable {
    /// The file itself could not be read or written.
    case file(FileSystemError)
    /// A file that is not UTF-8.
    case notUTF8
    /// A file that is not JSON; `position` counts bytes.
    case notJSON(reason: String, position: Int)
    /// A member that is missing or of the wrong kind, by its path such as `model.vocab`.
    case malformed(field: String, expected: String)
    /// A part of the pipeline that Fledge does not have, such as a pre-tokenizer of another pattern.
    case unsupported(field: String, value: String)
    /// A token below 0 or above what any vocabulary has.
    case invalidToken(Int, piece: String)
    /// A merge of pieces that the vocabulary lacks; merges count from 0.
    case mergeOutOfVocabulary(index: Int, merge: String)
    /// A special token that the vocabulary lacks.
    case missingToken(String)
    /// Lists of the same tokens that have different lengths, such as pieces and their kinds.
    case differentCounts(String, Int, Int)
  }

  /// What is wrong.
  public var fault: Fault
  /// The file; nil where the parts came from elsewhere.
  public var path: String?

  /// An error without a path is about data in memory.
  public init(_ fault: Fault, path: String? = nil) {
    self.fault = fault
    self.path = path
  }

  public var description: String {
    let place = path.map { "'\($0)'" } ?? "the tokenizer"
    let again = "download or export it again"
    switch fault {
    case .file(let error): return error.description
    case .notUTF8:
      return "\(place) is not UTF-8 text; \(again)"
    case .notJSON(let reason, let position):
      return "\(place) is not JSON: \(reason) at byte \(position); \(again)"
    case .malformed(let field, let expected):
      return "\(place) is no tokenizer: \(field) should be \(expected); \(again)"
    case .unsupported(let field, let value):
      return "\(place) has \(field) \(value), which Fledge does not have; "
        + "use a tokenizer of one of the kinds that docs/tokenizers.md lists"
    case .invalidToken(let token, let piece):
      return "\(place) gives piece '\(piece)' the number \(token); "
        + "numbers are from 0 to \(PieceTable.maximumNumber); \(again)"
    case .mergeOutOfVocabulary(let index, let merge):
      return "\(place) merges '\(merge)' (merge \(index)), "
        + "and the vocabulary lacks a part of it or the whole; \(again)"
    case .missingToken(let name):
      return "\(place) needs the token '\(name)', which its vocabulary lacks; \(again)"
    case .differentCounts(let what, let first, let second):
      return "\(place) has \(what) that do not belong together: \(first) and \(second); \(again)"
    }
  }
}
