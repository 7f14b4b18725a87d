/// What can be wrong with a training text.
public enum TextError: Error, Equatable {
  /// No file of that name.
  case missingFile(path: String)
  /// A directory, or a file that the system refuses to read.
  case unreadable(path: String, reason: String)
  /// Bytes that are not UTF-8; `offset` counts bytes from the start of the file.
  case notUTF8(path: String, offset: Int)
  /// A file with nothing in it.
  case emptyFile(path: String)
  /// An empty text.
  case empty
  /// Fewer characters than one window and the character after it.
  case tooShort(characters: Int, context: Int)
  /// A character that the vocabulary lacks; `offset` counts Unicode scalars.
  case unknownCharacter(Unicode.Scalar, offset: Int)
  /// A word that the vocabulary lacks; `offset` counts words.
  case unknownWord(String, offset: Int)
  /// Fewer than two tokens for each stream.
  case tooFewTokens(Int, streams: Int)
  /// An identifier that the vocabulary lacks.
  case unknownIdentifier(Int32, offset: Int)
  /// A saved vocabulary with a character or word twice, or out of order.
  case unsortedVocabulary
}

extension TextError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile(let path):
      "\(path): no such file; check the path."
    case .unreadable(let path, let reason):
      "\(path): cannot be read (\(reason))."
    case .notUTF8(let path, let offset):
      "\(path): not UTF-8 text from byte \(offset) on; convert it to UTF-8."
    case .emptyFile(let path):
      "\(path): empty; give a text of at least a few thousand characters."
    case .empty:
      "the text is empty; give one of at least a few thousand characters."
    case .tooShort(let characters, let context):
      "a text of \(characters) characters is too short for windows of \(context) and the character "
        + "after them; give a longer text or a smaller context."
    case .unknownCharacter(let character, let offset):
      "character \(offset) of the text is \(character.debugDescription), which the vocabulary does "
        + "not have; use the text that the vocabulary was made from, or leave it out."
    case .unknownWord(let word, let offset):
      "word \(offset) of the text is '\(word)', which the vocabulary does not have."
    case .tooFewTokens(let tokens, let streams):
      "\(tokens) tokens are too few for \(streams) streams of at least two; give a longer text or "
        + "fewer streams."
    case .unknownIdentifier(let identifier, let offset):
      "element \(offset) is \(identifier), which is no entry of the vocabulary."
    case .unsortedVocabulary:
      "the saved vocabulary has an entry twice or out of order; the file is damaged."
    }
  }
}
