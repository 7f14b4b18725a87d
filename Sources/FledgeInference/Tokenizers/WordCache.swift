/// The tokens of words that have come before in the same text: few words make up most of it.
///
/// It lives as long as one call of `encode`, so that threads share nothing. It is as large as it may
/// get after 2¹⁶ words.
struct WordCache {
  private var words = PieceTable()
  private var tokens: [Int32] = []
  /// Where each word's tokens end.
  private var ends: [Int] = []

  private static let maximumWords = 1 << 16
  /// Longer words rarely come again.
  private static let maximumLength = 64

  /// Appends the tokens of `word`, if they are known.
  func append(_ word: UTF8Buffer, to result: inout [Int32]) -> Bool {
    guard word.count <= Self.maximumLength, let number = words.number(of: word).map(Int.init) else {
      return false
    }
    let start = number > 0 ? ends[number - 1] : 0
    // Most words are one token.
    for i in start..<ends[number] { result.append(tokens[i]) }
    return true
  }

  /// Remembers the tokens of a word that is not known yet.
  mutating func insert(_ word: UTF8Buffer, _ new: ArraySlice<Int32>) {
    guard word.count <= Self.maximumLength, ends.count < Self.maximumWords else { return }
    words.insert(word, ends.count)
    tokens += new
    ends.append(tokens.count)
  }
}
