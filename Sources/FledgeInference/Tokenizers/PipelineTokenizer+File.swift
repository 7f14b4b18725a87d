import FledgeIO
import Foundation

extension PipelineTokenizer {
  /// Reads a `tokenizer.json`.
  /// - Parameter path: the file, or a directory that has one. GPT-2's two files, `vocab.json` and
  ///   `merges.txt`, do as well.
  public init(contentsOf path: String) throws(TokenizerError) {
    var file = path
    if FileKind(path) == .directory {
      file += "/tokenizer.json"
      if FileKind(file) == .missing, FileKind("\(path)/vocab.json") != .missing {
        try self.init(vocabulary: "\(path)/vocab.json", merges: "\(path)/merges.txt")
        return
      }
    }
    do throws(TokenizerError) {
      try self.init(json: readFile(file))
    } catch {
      throw TokenizerError(error.fault, path: file)
    }
  }

  /// Reads the bytes of a `tokenizer.json`.
  public init(json: [UInt8]) throws(TokenizerError) {
    try self.init(TokenizerFile(json))
  }

  /// Reads the two files of a byte-level tokenizer, as GPT-2 was published: `{"piece": token, …}`,
  /// and a line for each merge, behind a line with the version.
  ///
  /// - Parameters:
  ///   - specials: special tokens, which the vocabulary must have
  public init(
    vocabulary: String, merges: String, specials: [String] = ["<|endoftext|>"]
  ) throws(TokenizerError) {
    var entries = VocabularyEntries()
    do throws(TokenizerError) {
      try entries.readPieces(json: readFile(vocabulary))
    } catch {
      throw TokenizerError(error.fault, path: vocabulary)
    }
    do throws(TokenizerError) {
      try entries.readMerges(lines: readFile(merges))
      try self.init(byteLevel: entries, preTokenizer: .pattern(.gpt2), added: [])
    } catch {
      throw TokenizerError(error.fault, path: error.path ?? merges)
    }
    var tokens: [AddedTokens.Token] = []
    for special in specials {
      guard let token = token(of: special) else {
        throw TokenizerError(.missingToken(special), path: vocabulary)
      }
      tokens.append(.init(token: token, content: Array(special.utf8), isSpecial: true))
    }
    added = AddedTokens(tokens)
  }
}

extension VocabularyEntries {
  fileprivate mutating func readPieces(json: [UInt8]) throws(TokenizerError) {
    guard String(validating: json, as: UTF8.self) != nil else { throw TokenizerError(.notUTF8) }
    do throws(JSONScanner.Failure) {
      var scanner = JSONScanner(json)
      try readPieces(&scanner)
      try scanner.end()
    } catch {
      throw TokenizerError(.notJSON(reason: error.reason, position: error.position))
    }
  }

  fileprivate mutating func readMerges(lines: [UInt8]) throws(TokenizerError) {
    guard String(validating: lines, as: UTF8.self) != nil else { throw TokenizerError(.notUTF8) }
    for (index, line) in lines.split(separator: 0x0A, omittingEmptySubsequences: true).enumerated()
    {
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty || (index == 0 && line.starts(with: "#version".utf8)) { continue }
      guard addMerge(line: Array(line)) else {
        throw TokenizerError(
          .malformed(field: "line \(index + 1)", expected: "two pieces with a space between"))
      }
    }
  }
}
