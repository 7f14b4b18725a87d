/// How byte-level tokenizers cut text into words before they look for pieces.
///
/// Published files name a regular expression. These scanners find the same matches in one pass and
/// several times as fast as an engine. Each character belongs to a match.
enum SplitPattern: Sendable, Equatable {
  /// GPT-2's (Radford et al. 2019), also SmolLM's behind its digits.
  case gpt2
  /// That of GPT-4, Llama 3 (up to three digits) and Qwen 2 (one digit).
  case llama3(digits: Int)

  /// The regular expression of published files.
  var expression: String {
    switch self {
    case .gpt2:
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3(let digits):
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
        + (digits == 1 ? #"\p{N}"# : #"\p{N}{1,\#(digits)}"#)
        + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  /// The pattern that `expression` writes; nil for one that Fledge has no scanner for.
  init?(expression: String) {
    let patterns = [SplitPattern.gpt2, .llama3(digits: 3), .llama3(digits: 1)]
    guard let pattern = patterns.first(where: { $0.expression == expression }) else { return nil }
    self = pattern
  }

  /// Where the match that begins at `start` ends.
  @inline(__always)
  func end(of text: UTF8Buffer, from start: Int) -> Int {
    switch self {
    case .gpt2: Self.gpt2(text, start)
    case .llama3(let digits): Self.llama3(text, start, digits)
    }
  }

  // MARK: GPT-2

  @inline(__always)
  private static func gpt2(_ text: UTF8Buffer, _ start: Int) -> Int {
    if text[start] == UInt8(ascii: "'"), let end = contraction(text, start, ignoringCase: false) {
      return end
    }
    // ` ?\p{L}+`, ` ?\p{N}+`, ` ?[^\s\p{L}\p{N}]+`: a space may come before each.
    let first = text[start] == UInt8(ascii: " ") && start + 1 < text.count ? start + 1 : start
    let (value, length) = text.scalar(at: first)
    let kind = CharacterClass(of: value).intersection([.letter, .number, .space])
    if kind == .space { return spaces(text, start) }
    return run(text, first + length, of: kind)
  }

  // MARK: Llama 3

  @inline(__always)
  private static func llama3(_ text: UTF8Buffer, _ start: Int, _ digits: Int) -> Int {
    if text[start] == UInt8(ascii: "'"), let end = contraction(text, start, ignoringCase: true) {
      return end
    }
    let (value, length) = text.scalar(at: start)
    let kind = CharacterClass(of: value).intersection([.letter, .number, .space, .newline])
    if kind == .letter { return run(text, start + length, of: .letter) }
    if kind == .number {
      var (end, count) = (start + length, 1)
      while count < digits, end < text.count {
        let (value, length) = text.scalar(at: end)
        guard CharacterClass(of: value).contains(.number) else { break }
        end += length
        count += 1
      }
      return end
    }
    // `[^\r\n\p{L}\p{N}]?\p{L}+`: anything else but a newline may come before letters.
    let next = start + length
    if !kind.contains(.newline), next < text.count {
      let (value, length) = text.scalar(at: next)
      if CharacterClass(of: value).contains(.letter) {
        return run(text, next + length, of: .letter)
      }
    }
    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    if kind.isEmpty { return newlines(text, run(text, next, of: [])) }
    if value == 0x20, next < text.count {
      let (value, length) = text.scalar(at: next)
      if CharacterClass(of: value).isDisjoint(with: [.letter, .number, .space]) {
        return newlines(text, run(text, next + length, of: []))
      }
    }
    // `\s*[\r\n]+`: up to the last newline of the white space.
    var (end, afterNewline) = (start, start)
    while end < text.count {
      let (value, length) = text.scalar(at: end)
      let kind = CharacterClass(of: value)
      guard kind.contains(.space) else { break }
      end += length
      if kind.contains(.newline) { afterNewline = end }
    }
    return afterNewline > start ? afterNewline : spaces(text, start)
  }

  private static func newlines(_ text: UTF8Buffer, _ start: Int) -> Int {
    var end = start
    while end < text.count, text[end] == 0x0A || text[end] == 0x0D { end += 1 }
    return end
  }

  // MARK: Common parts

  /// `'s`, `'t`, `'m`, `'d`, `'re`, `'ve`, `'ll`
  private static func contraction(
    _ text: UTF8Buffer, _ start: Int, ignoringCase: Bool
  ) -> Int? {
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < text.count else { return 0 }
      let byte = text[start + offset]
      return ignoringCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
    switch (letter(1), letter(2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
      (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    // U+017F, the long s, is an s but for its case.
    case (0xC5, 0xBF) where ignoringCase: return start + 3
    default: return nil
    }
  }

  /// The end of the characters from `start` on that are letters, numbers, or (`kind` is empty)
  /// neither and no white space.
  @inline(__always)
  private static func run(_ text: UTF8Buffer, _ start: Int, of kind: CharacterClass) -> Int {
    var end = start
    while end < text.count {
      let (value, length) = text.scalar(at: end)
      let next = CharacterClass(of: value).intersection([.letter, .number, .space])
      if next != kind { break }
      end += length
    }
    return end
  }

  /// `\s+(?!\S)|\s+`: white space; its last character belongs to what follows, unless it is alone.
  private static func spaces(_ text: UTF8Buffer, _ start: Int) -> Int {
    var (end, last) = (start, start)
    while end < text.count {
      let (value, length) = text.scalar(at: end)
      guard CharacterClass(of: value).contains(.space) else { break }
      last = end
      end += length
    }
    return end < text.count && last > start ? last : end
  }
}
