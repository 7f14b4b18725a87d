import FledgeCore
import Foundation

/// A text in numbers, in two parts: the first to train on, the rest to validate on.
public struct TextCorpus: Sendable, Equatable {
  /// The characters of the whole text.
  public let vocabulary: CharacterVocabulary
  /// The first part of the text.
  public let train: [Int32]
  /// The rest of it, never trained on.
  public let validation: [Int32]

  /// Splits `text` after ⌊`trainFraction` · characters⌋ characters.
  ///
  /// - Parameter vocabulary: the vocabulary to encode with, such as that of a checkpoint; the
  ///   characters of the whole text (both parts) if none is given.
  /// - Throws: `empty`, or `unknownCharacter` where a given vocabulary does not cover the text.
  /// - Precondition: `trainFraction` is in 0…1.
  public init(
    text: String, trainFraction: Double = 0.9, vocabulary: CharacterVocabulary? = nil
  ) throws(TextError) {
    require(
      (0...1).contains(trainFraction), "TextCorpus", "the fraction \(trainFraction) is not in 0…1")
    guard !text.isEmpty else { throw .empty }
    let vocabulary = vocabulary ?? CharacterVocabulary(of: text)
    let encoded = try vocabulary.encode(text)
    let trainCount = Int(Double(encoded.count) * trainFraction)
    self.vocabulary = vocabulary
    train = Array(encoded[..<trainCount])
    validation = Array(encoded[trainCount...])
  }

  /// Reads a UTF-8 file. A byte order mark at its start is not part of the text.
  ///
  /// - Throws: `missingFile`, `unreadable`, `notUTF8`, and what `init(text:)` throws.
  public init(
    contentsOf url: URL, trainFraction: Double = 0.9, vocabulary: CharacterVocabulary? = nil
  ) throws(TextError) {
    try self.init(
      text: Self.readText(url), trainFraction: trainFraction, vocabulary: vocabulary)
  }

  private static func readText(_ url: URL) throws(TextError) -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
      throw .missingFile(path: url.path)
    }
    if isDirectory.boolValue {
      throw .unreadable(path: url.path, reason: "it is a directory; give a file")
    }
    var bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: url))
    } catch {
      throw .unreadable(path: url.path, reason: error.localizedDescription)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .notUTF8(path: url.path, offset: firstInvalidByte(bytes))
    }
    if text.isEmpty { throw .emptyFile(path: url.path) }
    return text
  }

  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return offset
  }
}
