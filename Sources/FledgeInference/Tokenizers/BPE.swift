/// Byte-pair encoding (Sennrich et al. 2016): a word begins as single bytes or characters, and the
/// neighbours that merge earliest merge, again and again, the left one of two that are equal.
struct BPE: Sendable {
  /// What a word begins as.
  enum Unit: Sendable {
    /// Bytes, as in GPT-2: the token of each, −1 for none. The pieces are raw bytes.
    case bytes([Int32])
    /// Characters, as in SentencePiece. One that the vocabulary lacks becomes its bytes (the token
    /// of each, if there are all 256 or those that it needs), else it is unknown.
    case characters(fallback: [Int32]?)
  }

  /// A merge of two neighbours: the lowest rank goes first.
  struct Merge: Sendable {
    var rank: UInt32
    /// What they become.
    var token: Int32
  }

  let pieces: PieceTable
  let merges: PairTable<Merge>
  let unit: Unit
  /// For what the vocabulary lacks; without it such bytes and characters are dropped.
  let unknown: Int32?
  /// One token for several unknown characters in a row.
  let fusesUnknown: Bool
  /// A word that is a piece is that piece, whatever the merges say.
  let ignoresMerges: Bool

  /// Appends the tokens of `word`.
  func encode(_ word: UTF8Buffer, into tokens: inout [Int32], _ scratch: inout Scratch) {
    if ignoresMerges, let token = pieces.number(of: word) {
      tokens.append(token)
      return
    }
    scratch.start()
    switch unit {
    case .bytes(let byteTokens): begin(bytes: word, byteTokens, &scratch)
    case .characters(let fallback): begin(characters: word, fallback, &scratch)
    }
    merge(&scratch)
    for symbol in scratch.symbols where symbol.token >= 0 { tokens.append(symbol.token) }
  }

  private func begin(bytes word: UTF8Buffer, _ byteTokens: [Int32], _ scratch: inout Scratch) {
    for byte in word {
      let token = byteTokens[Int(byte)]
      if token >= 0 { scratch.append(token) } else { appendUnknown(&scratch) }
    }
  }

  private func begin(characters word: UTF8Buffer, _ fallback: [Int32]?, _ scratch: inout Scratch) {
    var position = 0
    while position < word.count {
      let character = word.slice(position..<position + word.scalar(at: position).length)
      position += character.count
      if let token = pieces.number(of: character) {
        scratch.append(token)
      } else if let fallback, character.allSatisfy({ fallback[Int($0)] >= 0 }) {
        for byte in character { scratch.append(fallback[Int(byte)]) }
      } else {
        appendUnknown(&scratch)
      }
    }
  }

  private func appendUnknown(_ scratch: inout Scratch) {
    guard let unknown else { return }
    if fusesUnknown, scratch.endsUnknown { return }
    scratch.append(unknown)
    scratch.endsUnknown = true
  }

  private func merge(_ scratch: inout Scratch) {
    guard scratch.symbols.count > 1 else { return }
    for position in 1..<scratch.symbols.count { propose(position - 1, position, &scratch) }
    while let candidate = scratch.candidates.popMin() {
      let position = Int(candidate.position)
      let symbol = scratch.symbols[position]
      guard symbol.token >= 0, symbol.next >= 0 else { continue }
      let right = scratch.symbols[Int(symbol.next)]
      // The neighbours may have merged with others since.
      guard merges[symbol.token, right.token]?.token == candidate.token else { continue }
      scratch.symbols[Int(symbol.next)].token = -1
      scratch.symbols[position].token = candidate.token
      scratch.symbols[position].next = right.next
      if right.next >= 0 {
        scratch.symbols[Int(right.next)].previous = Int32(position)
        propose(position, Int(right.next), &scratch)
      }
      if symbol.previous >= 0 { propose(Int(symbol.previous), position, &scratch) }
    }
  }

  private func propose(_ left: Int, _ right: Int, _ scratch: inout Scratch) {
    let tokens = (scratch.symbols[left].token, scratch.symbols[right].token)
    guard let merge = merges[tokens.0, tokens.1] else { return }
    scratch.candidates.insert(
      Scratch.Candidate(rank: merge.rank, position: Int32(left), token: merge.token))
  }

  /// Memory that words share, one after the other.
  struct Scratch {
    /// A token and its neighbours, −1 for none. The token of one that has merged into its left
    /// neighbour is −1.
    struct Symbol {
      var token: Int32
      var previous: Int32
      var next: Int32
    }

    /// A merge that may come; the lowest rank first, then the leftmost.
    struct Candidate: Comparable {
      var rank: UInt32
      var position: Int32
      var token: Int32

      static func < (a: Candidate, b: Candidate) -> Bool {
        a.rank != b.rank ? a.rank < b.rank : a.position < b.position
      }
    }

    var symbols: [Symbol] = []
    var candidates = MinHeap<Candidate>()
    /// The last symbol is unknown.
    var endsUnknown = false

    mutating func start() {
      symbols.removeAll(keepingCapacity: true)
      candidates.removeAll()
      endsUnknown = false
    }

    mutating func append(_ token: Int32) {
      let position = Int32(symbols.count)
      if position > 0 { symbols[Int(position) - 1].next = position }
      symbols.append(Symbol(token: token, previous: position - 1, next: -1))
      endsUnknown = false
    }
  }
}
