/// BERT's model (Schuster & Nakajima 2012): a word is cut from left to right, each time after the
/// longest piece that the vocabulary has.
struct WordPiece: Sendable {
  let pieces: PieceTable
  /// For words that cannot be cut.
  let unknown: Int32
  /// What pieces inside a word begin with in the vocabulary, such as `##`.
  let continuation: [UInt8]
  /// Words of more characters are unknown.
  let maximumCharacters: Int

  /// Appends the tokens of `word`.
  func encode(_ word: UTF8Buffer, into tokens: inout [Int32]) {
    let characters = word.lazy.filter { $0 & 0xC0 != 0x80 }.count
    guard characters <= maximumCharacters else { return tokens.append(unknown) }
    let begin = tokens.count
    var start = 0
    while start < word.count {
      guard let (token, end) = longest(word, from: start) else {
        tokens.removeSubrange(begin...)
        return tokens.append(unknown)
      }
      tokens.append(token)
      start = end
    }
  }

  private func longest(_ word: UTF8Buffer, from start: Int) -> (token: Int32, end: Int)? {
    let prefix = start == 0 ? [] : continuation
    return (prefix + word[start...]).withUnsafeBufferPointer { marked in
      var end = word.count
      while end > start {
        if let token = pieces.number(of: marked.slice(0..<prefix.count + end - start)) {
          return (token, end)
        }
        end = word.scalarStart(before: end)
      }
      return nil
    }
  }
}
