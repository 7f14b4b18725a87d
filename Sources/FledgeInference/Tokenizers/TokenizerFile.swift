import FledgeIO
import Foundation

/// What stands in a `tokenizer.json` (the format of the package `tokenizers`).
///
/// The vocabulary and the merges, nearly all of the file, are read as they come; the rest becomes
/// values to look at.
struct TokenizerFile {
  private(set) var members: [String: JSONValue] = [:]
  private(set) var model: [String: JSONValue] = [:]
  private(set) var entries = VocabularyEntries()

  init(_ bytes: [UInt8]) throws(TokenizerError) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw TokenizerError(.notUTF8)
    }
    do throws(JSONScanner.Failure) {
      var scanner = JSONScanner(bytes)
      try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
        if name == "model", scanner.peek() == UInt8(ascii: "{") {
          try readModel(&scanner)
        } else {
          members[name] = try scanner.value()
        }
      }
      try scanner.end()
    } catch {
      throw TokenizerError(.notJSON(reason: error.reason, position: error.position))
    }
  }

  private mutating func readModel(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
      switch (name, scanner.peek()) {
      case ("vocab", UInt8(ascii: "{")): try entries.readPieces(&scanner)
      case ("vocab", UInt8(ascii: "[")): try entries.readScoredPieces(&scanner)
      case ("merges", UInt8(ascii: "[")): try entries.readMerges(&scanner)
      default: model[name] = try scanner.value()
      }
    }
  }
}

extension VocabularyEntries {
  /// `{"piece": token, …}`
  mutating func readPieces(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    try scanner.objectOfBytes { (scanner, name) throws(JSONScanner.Failure) in
      let token = try scanner.unsignedInteger()
      addPiece(name, Int(clamping: token))
    }
  }

  /// `[["piece", score], …]`
  mutating func readScoredPieces(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    var piece: [UInt8] = []
    try scanner.array { (scanner) throws(JSONScanner.Failure) in
      var element = 0
      try scanner.array { (scanner) throws(JSONScanner.Failure) in
        switch element {
        case 0:
          piece.removeAll(keepingCapacity: true)
          try scanner.string(appendingTo: &piece)
          addPiece(piece, pieceCount)
        case 1: addScore(try scanner.double())
        default: throw scanner.failure("expected a piece and its score")
        }
        element += 1
      }
      if element != 2 { throw scanner.failure("expected a piece and its score") }
    }
  }

  /// `["a b", …]` or `[["a", "b"], …]`
  mutating func readMerges(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    var line: [UInt8] = []
    try scanner.array { (scanner) throws(JSONScanner.Failure) in
      line.removeAll(keepingCapacity: true)
      if scanner.peek() == UInt8(ascii: "[") {
        var ends: [Int] = []
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
          try scanner.string(appendingTo: &line)
          ends.append(line.count)
        }
        guard ends.count == 2 else { throw scanner.failure("expected two pieces that merge") }
        addMerge(line, leftCount: ends[0])
      } else {
        try scanner.string(appendingTo: &line)
        guard addMerge(line: line) else {
          throw scanner.failure("expected two pieces with a space between")
        }
      }
    }
  }
}

/// The bytes of a file.
func readFile(_ path: String) throws(TokenizerError) -> [UInt8] {
  do throws(FileSystemError) {
    let file = try FileDescriptor(opening: path, O_RDONLY, for: .read)
    defer { file.closeIgnoringErrors() }
    var bytes = [UInt8](repeating: 0, count: try file.byteCount())
    let result = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(FileSystemError) in try file.read(into: buffer, at: 0) }
    }
    try result.get()
    return bytes
  } catch {
    throw TokenizerError(.file(error), path: path)
  }
}
