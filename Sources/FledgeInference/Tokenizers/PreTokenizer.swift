/// Cuts a text into words, within which the model looks for pieces.
indirect enum PreTokenizer: Sendable {
  /// A byte-level pattern.
  case pattern(SplitPattern)
  /// Puts a space in front of a text that begins with none, as GPT-2 files may ask.
  case prefixSpace
  /// Digits by themselves, each or each run of them.
  case digits(individually: Bool)
  /// `\w+|[^\w\s]+`
  case words
  /// What white space separates.
  case whiteSpace
  /// BERT's: what white space separates, with each punctuation mark by itself.
  case bert
  /// Punctuation marks.
  case punctuation(SplitBehavior)
  /// A fixed text.
  case text([UInt8], SplitBehavior)
  /// SentencePiece's: spaces become `replacement`.
  case metaspace(Metaspace)
  /// One after the other, each within the words of the one before.
  case sequence([PreTokenizer])

  /// What becomes of the matches that a text is split at.
  enum SplitBehavior: String, Sendable {
    /// They are dropped.
    case removed = "Removed"
    /// Each is a word.
    case isolated = "Isolated"
    /// Each ends the word before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// Each begins the word after it.
    case mergedWithNext = "MergedWithNext"
    /// Those in a row are one word.
    case contiguous = "Contiguous"
  }

  /// How SentencePiece marks spaces.
  struct Metaspace: Sendable {
    /// Whether a text gets a mark in front.
    enum Prepending: String, Sendable {
      case always, first, never
    }

    var replacement: [UInt8]
    var prepending: Prepending
    /// Whether each mark begins a word; otherwise the whole text is one.
    var splits: Bool
  }

  /// Calls `body` with each word from left to right.
  /// - Parameter isFirst: whether `text` begins the whole text; passed on with its first word
  func split(_ text: UTF8Buffer, isFirst: Bool, _ body: (UTF8Buffer, _ isFirst: Bool) -> Void) {
    func emit(_ range: Range<Int>) {
      if !range.isEmpty { body(text.slice(range), isFirst && range.lowerBound == 0) }
    }
    func isIn(_ kind: CharacterClass) -> (Int) -> Int {
      { position in
        let (value, length) = text.scalar(at: position)
        return CharacterClass(of: value).isDisjoint(with: kind) ? 0 : length
      }
    }
    switch self {
    case .pattern(let pattern):
      var start = 0
      while start < text.count {
        let end = pattern.end(of: text, from: start)
        emit(start..<end)
        start = end
      }
    case .prefixSpace:
      if text.first == 0x20 { return body(text, isFirst) }
      ([0x20] + text).withUnsafeBufferPointer { body($0, isFirst) }
    case .digits(let individually):
      Self.split(text, individually ? .isolated : .contiguous, matching: isIn(.number), emit)
    case .words:
      Self.split(text, .contiguous, matching: isIn(.word)) { range in
        Self.split(
          text.slice(range), .removed,
          matching: { position in
            isIn(.space)(range.lowerBound + position)
          }
        ) { emit($0.lowerBound + range.lowerBound..<$0.upperBound + range.lowerBound) }
      }
    case .whiteSpace: Self.split(text, .removed, matching: isIn(.space), emit)
    case .bert:
      PreTokenizer.whiteSpace.split(text, isFirst: isFirst) { word, isFirst in
        PreTokenizer.punctuation(.isolated).split(word, isFirst: isFirst, body)
      }
    case .punctuation(let behavior):
      Self.split(text, behavior, matching: isIn(.punctuation), emit)
    case .text(let pattern, let behavior):
      Self.split(
        text, behavior,
        matching: { text[$0...].starts(with: pattern) ? pattern.count : 0 }, emit)
    case .metaspace(let metaspace): metaspace.split(text, isFirst: isFirst, body)
    case .sequence(let steps): Self.split(text, isFirst, steps[...], body)
    }
  }

  private static func split(
    _ text: UTF8Buffer, _ isFirst: Bool, _ steps: ArraySlice<PreTokenizer>,
    _ body: (UTF8Buffer, Bool) -> Void
  ) {
    guard let step = steps.first else { return body(text, isFirst) }
    step.split(text, isFirst: isFirst) { split($0, $1, steps.dropFirst(), body) }
  }

  /// Splits `text` where `matching` says how long a match is at a position (0: there is none).
  fileprivate static func split(
    _ text: UTF8Buffer, _ behavior: SplitBehavior, matching: (Int) -> Int,
    _ emit: (Range<Int>) -> Void
  ) {
    var (start, position) = (0, 0)
    /// Whether `start..<position` consists of matches.
    var isMatch = false
    while position < text.count {
      let length = matching(position)
      if length == 0 {
        if isMatch && behavior != .mergedWithNext {
          emit(start..<position)
          start = position
        }
        isMatch = false
        position += text.scalar(at: position).length
        continue
      }
      let end = position + length
      switch behavior {
      case .removed:
        emit(start..<position)
        start = end
      case .isolated:
        emit(start..<position)
        emit(position..<end)
        start = end
      case .mergedWithPrevious:
        emit(start..<end)
        start = end
      case .mergedWithNext:
        emit(start..<position)
        start = position
        isMatch = true
      case .contiguous:
        if !isMatch {
          emit(start..<position)
          start = position
        }
        isMatch = true
      }
      position = end
    }
    emit(start..<text.count)
  }
}

extension PreTokenizer.Metaspace {
  fileprivate func split(
    _ text: UTF8Buffer, isFirst: Bool, _ body: (UTF8Buffer, Bool) -> Void
  ) {
    var marked: [UInt8] = []
    marked.reserveCapacity(text.count * 2)
    for byte in text {
      if byte == 0x20 { marked += replacement } else { marked.append(byte) }
    }
    if !marked.starts(with: replacement),
      prepending == .always || (prepending == .first && isFirst)
    {
      marked = replacement + marked
    }
    marked.withUnsafeBufferPointer { marked in
      guard splits else { return body(marked, isFirst) }
      PreTokenizer.split(
        marked, .mergedWithNext,
        matching: { marked[$0...].starts(with: replacement) ? replacement.count : 0 }
      ) { if !$0.isEmpty { body(marked.slice($0), isFirst && $0.lowerBound == 0) } }
    }
  }
}
