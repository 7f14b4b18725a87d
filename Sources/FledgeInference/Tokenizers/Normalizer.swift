import Foundation

/// Changes a text before it is cut into words.
indirect enum Normalizer: Sendable {
  /// BERT's: no control characters, spaces around Chinese characters, no accents, lower case.
  case bert(cleans: Bool, spacesChinese: Bool, stripsAccents: Bool, lowercases: Bool)
  case lowercase
  /// One of Unicode's normalization forms.
  case form(Form)
  /// White space at the ends.
  case strip(left: Bool, right: Bool)
  /// All combining marks that take no space.
  case stripAccents
  case replace([UInt8], with: [UInt8])
  /// Runs of at least two spaces, as T5's files ask.
  case replaceSpaces(with: [UInt8])
  case prepend([UInt8])
  case sequence([Normalizer])

  /// Unicode's normalization forms (UAX 15).
  enum Form: String, Sendable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"
  }

  /// `text` changed; valid UTF-8 as `text` is.
  func apply(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .bert(let cleans, let spacesChinese, let stripsAccents, let lowercases):
      var text = text
      if cleans { text = Self.clean(text) }
      if spacesChinese { text = Self.spaceChinese(text) }
      if stripsAccents { text = Self.withoutMarks(Normalizer.form(.nfd).apply(text)) }
      return lowercases ? Normalizer.lowercase.apply(text) : text
    case .lowercase:
      return Self.map(text) { value, result in
        // By scalars: a capital sigma at the end of a word becomes no final sigma.
        Unicode.Scalar(value).map { result += $0.properties.lowercaseMapping.utf8 }
      } ascii: {
        (0x41...0x5A).contains($0) ? $0 | 0x20 : $0
      }
    case .form(let form): return Self.normalized(text, form)
    case .strip(let left, let right): return Self.strip(text, left, right)
    case .stripAccents: return Self.withoutMarks(text)
    case .replace(let pattern, let content): return Self.replace(text, pattern, content)
    case .replaceSpaces(let content): return Self.replaceSpaces(text, content)
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .sequence(let steps): return steps.reduce(text) { $1.apply($0) }
    }
  }

  /// Each scalar becomes what `body` appends. ASCII is mapped byte by byte where `ascii` is given.
  private static func map(
    _ text: [UInt8], _ body: (UInt32, inout [UInt8]) -> Void,
    ascii: ((UInt8) -> UInt8)? = nil
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { text in
      var position = 0
      while position < text.count {
        let (value, length) = text.scalar(at: position)
        position += length
        if let ascii, value < 0x80 {
          result.append(ascii(UInt8(value)))
        } else {
          body(value, &result)
        }
      }
    }
    return result
  }

  private static func append(_ value: UInt32, _ result: inout [UInt8]) {
    if let scalar = Unicode.Scalar(value) { result += UTF8.encode(scalar)! }
  }

  // MARK: BERT

  private static func clean(_ text: [UInt8]) -> [UInt8] {
    map(text) { value, result in
      let kind = CharacterClass(of: value)
      // Tab, line feed and carriage return are control characters that count as white space.
      if kind.contains(.space), !kind.contains(.control) || [0x09, 0x0A, 0x0D].contains(value) {
        result.append(0x20)
      } else if value != 0 && value != 0xFFFD && !kind.contains(.control) {
        append(value, &result)
      }
    }
  }

  private static func spaceChinese(_ text: [UInt8]) -> [UInt8] {
    map(text) { value, result in
      switch value {
      // The blocks of CJK ideographs, as `tokenizers` has them: U+2B820 to U+2B91F are left out.
      case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF,
        0x2A700...0x2B81F, 0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
        result.append(0x20)
        append(value, &result)
        result.append(0x20)
      default: append(value, &result)
      }
    } ascii: {
      $0
    }
  }

  private static func withoutMarks(_ text: [UInt8]) -> [UInt8] {
    map(text) { value, result in
      if !CharacterClass(of: value).contains(.nonspacingMark) { append(value, &result) }
    } ascii: {
      $0
    }
  }

  // MARK: Others

  private static func normalized(_ text: [UInt8], _ form: Form) -> [UInt8] {
    // ASCII is in every form.
    if text.allSatisfy({ $0 < 0x80 }) { return text }
    let string = String(decoding: text, as: UTF8.self)
    switch form {
    case .nfc: return Array(string.precomposedStringWithCanonicalMapping.utf8)
    case .nfd: return Array(string.decomposedStringWithCanonicalMapping.utf8)
    case .nfkc: return Array(string.precomposedStringWithCompatibilityMapping.utf8)
    case .nfkd: return Array(string.decomposedStringWithCompatibilityMapping.utf8)
    }
  }

  private static func strip(_ text: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
    text.withUnsafeBufferPointer { text in
      var (start, end) = (0, text.count)
      func isSpace(_ position: Int) -> Bool {
        CharacterClass(of: text.scalar(at: position).value).contains(.space)
      }
      while left, start < end, isSpace(start) { start += text.scalar(at: start).length }
      while right, start < end, isSpace(text.scalarStart(before: end)) {
        end = text.scalarStart(before: end)
      }
      return Array(text[start..<end])
    }
  }

  private static func replace(
    _ text: [UInt8], _ pattern: [UInt8], _ content: [UInt8]
  ) -> [UInt8] {
    guard let first = pattern.first else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      if text[position] == first, text[position...].starts(with: pattern) {
        result += content
        position += pattern.count
      } else {
        result.append(text[position])
        position += 1
      }
    }
    return result
  }

  private static func replaceSpaces(_ text: [UInt8], _ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var spaces = 0
    for byte in text + [0] {
      if byte == 0x20 {
        spaces += 1
        continue
      }
      if spaces == 1 { result.append(0x20) } else if spaces > 1 { result += content }
      spaces = 0
      result.append(byte)
    }
    result.removeLast()
    return result
  }
}
