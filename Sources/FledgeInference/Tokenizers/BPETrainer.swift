import FledgeCore

/// Trains a byte-level BPE (Sennrich et al. 2016; Radford et al. 2019): words begin as bytes, and the
/// most frequent pair of neighbours becomes a piece, again and again.
///
/// The merges are those of the package `tokenizers`: of pairs that are equally frequent, the one with
/// the smaller tokens goes first. Special tokens are numbered first, then the 256 bytes in the order
/// of GPT-2's alphabet, then the merged pieces.
///
/// Cost: a merge looks only at the words that have its pair.
public struct BPETrainer: Sendable {
  /// How many tokens there will be, unless no pair is frequent enough.
  public var vocabularySize: Int
  /// Rarer pairs do not merge.
  public var minimumCount: Int
  /// How texts are cut into words.
  public var splitting: ByteLevelSplitting
  /// Special tokens, which get the first numbers.
  public var specials: [String]

  /// - Precondition: the vocabulary has room for the special tokens, which differ, and 256 bytes.
  public init(
    vocabularySize: Int, minimumCount: Int = 2, splitting: ByteLevelSplitting = .gpt2,
    specials: [String] = ["<|endoftext|>"]
  ) {
    require(
      Set(specials).count == specials.count && !specials.contains(""), "BPETrainer",
      "special tokens differ and are not empty, got \(specials)")
    require(
      vocabularySize >= specials.count + 256 && vocabularySize <= PieceTable.maximumNumber,
      "BPETrainer",
      "a vocabulary has \(specials.count) special tokens, 256 bytes and at most "
        + "\(PieceTable.maximumNumber) tokens in all, got \(vocabularySize)")
    self.vocabularySize = vocabularySize
    self.minimumCount = minimumCount
    self.splitting = splitting
    self.specials = specials
  }

  /// The tokenizer of `texts`; none of them is joined with the next.
  public func train(on texts: some Sequence<String>) -> TrainedBPE {
    var run = Run(self)
    for text in texts { run.count(text, splitting.preTokenizer) }
    run.countPairs()
    run.mergePairs(until: vocabularySize, minimumCount: minimumCount)
    return run.result(self)
  }
}

extension BPETrainer {
  /// The state of a training.
  fileprivate struct Run {
    private typealias Pair = TrainedBPE.Merge

    /// Words by their bytes, how often each occurs, and the tokens that each consists of so far.
    private var table = PieceTable()
    private var counts: [Int] = []
    private var words: [[Int32]] = []

    private var pieces = PieceTable()
    private var merges: [Pair] = []
    private var pairCounts: [Pair: Int] = [:]
    private var queue = MinHeap<Candidate>()

    /// A pair that may merge, with the words that it was seen in when it was added.
    private struct Candidate: Comparable {
      var pair: Pair
      var count: Int
      var words: [Int]

      /// The most frequent one first, then the one with the smaller tokens.
      static func < (a: Candidate, b: Candidate) -> Bool {
        a.count != b.count
          ? a.count > b.count : (a.pair.left, a.pair.right) < (b.pair.left, b.pair.right)
      }

      static func == (a: Candidate, b: Candidate) -> Bool {
        a.count == b.count && a.pair == b.pair
      }
    }

    init(_ trainer: BPETrainer) {
      // A special token may be written as a piece is; then it is that piece.
      for special in trainer.specials {
        pieces.insert(ByteAlphabet.read(Array(special.utf8)), pieces.count)
      }
      let order = (0..<256).sorted { ByteAlphabet.characters[$0] < ByteAlphabet.characters[$1] }
      for byte in order where pieces.number(of: [UInt8(byte)]) == nil {
        pieces.insert([UInt8(byte)], pieces.count)
      }
    }

    mutating func count(_ text: String, _ preTokenizer: PreTokenizer) {
      var text = text
      text.withUTF8 { text in
        preTokenizer.split(text, isFirst: true) { word, _ in
          if let index = table.number(of: word) {
            counts[Int(index)] += 1
          } else {
            table.insert(word, counts.count)
            counts.append(1)
          }
        }
      }
    }

    mutating func countPairs() {
      let bytes = pieces.byteNumbers
      words = counts.indices.map { index in (table[index] ?? []).map { bytes[Int($0)] } }
      var places: [Pair: [Int]] = [:]
      for (index, word) in words.enumerated() {
        for (left, right) in zip(word, word.dropFirst()) {
          let pair = Pair(left: left, right: right)
          pairCounts[pair, default: 0] += counts[index]
          if places[pair]?.last != index { places[pair, default: []].append(index) }
        }
      }
      push(places)
    }

    private mutating func push(_ places: [Pair: [Int]]) {
      for (pair, words) in places {
        if let count = pairCounts[pair], count > 0 {
          queue.insert(Candidate(pair: pair, count: count, words: words))
        }
      }
    }

    mutating func mergePairs(until size: Int, minimumCount: Int) {
      while pieces.count < size, var best = queue.popMin() {
        let count = pairCounts[best.pair] ?? 0
        if best.count != count {
          // Other merges have taken some of them since.
          best.count = count
          queue.insert(best)
          continue
        }
        if count < max(1, minimumCount) { return }
        let piece = Array(pieces[Int(best.pair.left)]! + pieces[Int(best.pair.right)]!)
        let token: Int32
        if let known = pieces.number(of: piece) {
          token = known
        } else {
          token = Int32(pieces.count)
          pieces.insert(piece, pieces.count)
        }
        merges.append(best.pair)
        var places: [Pair: [Int]] = [:]
        for index in best.words { merge(best.pair, into: token, word: index, &places) }
        push(places)
      }
    }

    /// Merges a pair in a word, and notes which pairs the word has lost and won.
    private mutating func merge(
      _ pair: Pair, into token: Int32, word index: Int, _ places: inout [Pair: [Int]]
    ) {
      let count = counts[index]
      var word: [Int32] = []
      let old = words[index]
      func lose(_ left: Int32, _ right: Int32) {
        pairCounts[Pair(left: left, right: right), default: 0] -= count
      }
      func win(_ left: Int32, _ right: Int32) {
        let pair = Pair(left: left, right: right)
        pairCounts[pair, default: 0] += count
        if places[pair]?.last != index { places[pair, default: []].append(index) }
      }
      var position = 0
      while position < old.count {
        guard position + 1 < old.count, old[position] == pair.left, old[position + 1] == pair.right
        else {
          word.append(old[position])
          position += 1
          continue
        }
        if let previous = word.last {
          lose(previous, pair.left)
          win(previous, token)
        }
        position += 2
        if position < old.count {
          lose(pair.right, old[position])
          win(token, old[position])
        }
        word.append(token)
      }
      words[index] = word
    }

    func result(_ trainer: BPETrainer) -> TrainedBPE {
      TrainedBPE(
        pieces: (0..<pieces.count).map { Array(pieces[$0]!) }, merges: merges,
        splitting: trainer.splitting, specials: trainer.specials)
    }
  }
}
