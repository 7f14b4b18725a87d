/// The unigram model (Kudo 2018): of all ways to cut a text into pieces, the most probable, found by
/// Viterbi's algorithm. A piece's score is the logarithm of its probability.
struct Unigram: Sendable {
  private let pieces: PieceTable
  private let scores: [Double]
  private let trie: ByteTrie
  /// For characters that the vocabulary lacks; those in a row become one token.
  private let unknown: Int32
  /// The token of each byte, −1 for none: what unknown characters become instead.
  private let fallback: [Int32]?
  private let unknownScore: Double

  /// How much less probable than the least probable piece an unknown character is.
  private static let unknownPenalty = 10.0

  init(_ pieces: PieceTable, scores: [Double], unknown: Int32, fallback: [Int32]?) {
    self.pieces = pieces
    trie = ByteTrie(pieces)
    self.scores = scores
    self.unknown = unknown
    self.fallback = fallback
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
  }

  /// The best way to reach a position.
  private struct Node {
    var score = 0.0
    /// Where its last piece begins; −1 where nothing reaches the position.
    var start = -1
    var token: Int32 = 0
  }

  /// Appends the tokens of `text`.
  func encode(_ text: UTF8Buffer, into tokens: inout [Int32]) {
    var nodes = Array(repeating: Node(), count: text.count + 1)
    func reach(_ end: Int, from start: Int, _ token: Int32, _ score: Double) {
      let score = nodes[start].score + score
      if nodes[end].start < 0 || score > nodes[end].score {
        nodes[end] = Node(score: score, start: start, token: token)
      }
    }
    var start = 0
    while start < text.count {
      let next = start + text.scalar(at: start).length
      var isKnown = false
      trie.prefixes(of: text, from: start) { token, end in
        reach(end, from: start, token, scores[Int(token)])
        if end == next { isKnown = true }
      }
      if !isKnown { reach(next, from: start, unknown, unknownScore) }
      start = next
    }
    appendPath(nodes, text, &tokens)
  }

  private func appendPath(_ nodes: [Node], _ text: UTF8Buffer, _ tokens: inout [Int32]) {
    var pieces: [(token: Int32, range: Range<Int>)] = []
    var end = text.count
    while end > 0 {
      let node = nodes[end]
      if node.token == unknown, let last = pieces.last, last.token == unknown {
        pieces[pieces.count - 1].range = node.start..<last.range.upperBound
      } else {
        pieces.append((node.token, node.start..<end))
      }
      end = node.start
    }
    for (token, range) in pieces.reversed() {
      // The name of the unknown token may stand in the text.
      if token == unknown, let known = self.pieces.number(of: text.slice(range)) {
        tokens.append(known)
      } else if token == unknown, let fallback,
        text[range].allSatisfy({ fallback[Int($0)] >= 0 })
      {
        for byte in text[range] { tokens.append(fallback[Int(byte)]) }
      } else {
        tokens.append(token)
      }
    }
  }
}

/// A tree of byte strings that share their beginnings.
struct ByteTrie: Sendable {
  /// From a node and a byte to the next node; node 0 is the empty string.
  private var edges: PairTable<Int32>
  /// The number of the string that ends in each node, −1 for none.
  private var numbers: [Int32] = [-1]

  /// The pieces of `table` with their numbers.
  init(_ table: PieceTable) {
    edges = PairTable(capacity: table.count * 4)
    for number in 0..<table.count {
      guard let piece = table[number], !piece.isEmpty else { continue }
      var node: Int32 = 0
      for byte in piece {
        if let next = edges[node, Int32(byte)] {
          node = next
        } else {
          let next = Int32(numbers.count)
          edges[node, Int32(byte)] = next
          numbers.append(-1)
          node = next
        }
      }
      numbers[Int(node)] = Int32(number)
    }
  }

  /// Calls `body` with each string that stands in `text` at `start`, and where it ends; the shortest
  /// first.
  func prefixes(of text: UTF8Buffer, from start: Int, _ body: (Int32, _ end: Int) -> Void) {
    var (node, position) = (Int32(0), start)
    while position < text.count, let next = edges[node, Int32(text[position])] {
      node = next
      position += 1
      if numbers[Int(node)] >= 0 { body(numbers[Int(node)], position) }
    }
  }
}
