import FledgeIO

/// Pieces and merges as a file writes them, before the tables are made: bytes, since a `String` for
/// each of a few hundred thousand would take most of the time.
struct VocabularyEntries {
  /// The written forms of all pieces and merges, one after the other.
  private(set) var bytes: [UInt8] = []
  private var pieces: [(range: Range<Int>, token: Int)] = []
  private var merges: [(left: Range<Int>, right: Range<Int>)] = []
  /// The score of each piece, in the order of the file; empty where it has none.
  private(set) var scores: [Double] = []

  // MARK: Collecting

  /// Adds a piece with its number.
  mutating func addPiece(_ piece: some Collection<UInt8>, _ token: Int) {
    let start = bytes.count
    bytes += piece
    pieces.append((start..<bytes.count, token))
  }

  var pieceCount: Int { pieces.count }

  /// Adds the score of the last piece.
  mutating func addScore(_ score: Double) { scores.append(score) }

  /// Adds a merge: two pieces, one after the other, of which the left one has `leftCount` bytes.
  mutating func addMerge(_ both: some Collection<UInt8>, leftCount: Int) {
    let start = bytes.count
    bytes += both
    merges.append((start..<start + leftCount, start + leftCount..<bytes.count))
  }

  /// Adds a merge written as two pieces with a space between; false where it is not.
  mutating func addMerge(line: [UInt8]) -> Bool {
    guard let space = line.firstIndex(of: 0x20), !line[(space + 1)...].contains(0x20) else {
      return false
    }
    var both = line
    both.remove(at: space)
    addMerge(both, leftCount: space)
    return true
  }

  // MARK: Tables

  /// The pieces by their numbers, read in GPT-2's alphabet where `isByteLevel`.
  func table(isByteLevel: Bool) throws(TokenizerError) -> PieceTable {
    for (range, token) in pieces where token < 0 || token > PieceTable.maximumNumber {
      throw TokenizerError(.invalidToken(token, piece: text(range)))
    }
    var table = PieceTable(capacity: pieces.count)
    var read: [UInt8] = []
    bytes.withUnsafeBufferPointer { bytes in
      for (range, token) in pieces {
        if isByteLevel {
          ByteAlphabet.read(bytes.slice(range), into: &read)
          table.insert(read, token)
        } else {
          table.insert(bytes.slice(range), token)
        }
      }
    }
    return table
  }

  /// The merges, the earliest first.
  func mergeTable(
    _ table: PieceTable, isByteLevel: Bool
  ) throws(TokenizerError) -> PairTable<BPE.Merge> {
    var result = PairTable<BPE.Merge>(capacity: merges.count)
    var (left, right): ([UInt8], [UInt8]) = ([], [])
    let broken = bytes.withUnsafeBufferPointer { bytes -> Int? in
      for (rank, merge) in merges.enumerated() {
        if isByteLevel {
          ByteAlphabet.read(bytes.slice(merge.left), into: &left)
          ByteAlphabet.read(bytes.slice(merge.right), into: &right)
        } else {
          left.replaceSubrange(left.indices, with: bytes.slice(merge.left))
          right.replaceSubrange(right.indices, with: bytes.slice(merge.right))
        }
        let parts = (table.number(of: left), table.number(of: right))
        left += right
        guard let first = parts.0, let second = parts.1, let whole = table.number(of: left) else {
          return rank
        }
        result[first, second] = BPE.Merge(rank: UInt32(rank), token: whole)
      }
      return nil
    }
    if let broken {
      let merge = merges[broken]
      throw TokenizerError(
        .mergeOutOfVocabulary(index: broken, merge: "\(text(merge.left)) \(text(merge.right))"))
    }
    return result
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}
