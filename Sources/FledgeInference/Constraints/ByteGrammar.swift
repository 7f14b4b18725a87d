/// What texts may be, byte by byte: a grammar without context.
struct ByteGrammar: Sendable {
  /// What a rule stands for; numbers are those of other rules.
  enum Rule: Sendable {
    case bytes([UInt8])
    /// One byte of them.
    case set(ByteSet)
    case sequence([Int])
    case choice([Int])
    /// As many as wanted where there is no most.
    case repetition(Int, least: Int, most: Int?)
  }

  let rules: [Rule]
  let start: Int
  /// The fewest bytes of each rule's texts.
  let minimums: [Int]

  /// The minimum of a rule that has no finite text.
  static let unreachable = 1 << 40

  init(_ rules: [Rule], start: Int) {
    (self.rules, self.start) = (rules, start)
    var minimums = [Int](repeating: Self.unreachable, count: rules.count)
    var isChanging = true
    while isChanging {
      isChanging = false
      for (i, rule) in rules.enumerated() {
        let new = Self.minimum(rule, minimums)
        if new < minimums[i] { (minimums[i], isChanging) = (new, true) }
      }
    }
    self.minimums = minimums
  }

  /// The fewest bytes of a text.
  var minimumLength: Int { minimums[start] }

  /// A byte that some text needs and that is not among those there are; of the bytes of a set, those of ASCII,
  /// one has to be there.
  func missingByte(_ isThere: (UInt8) -> Bool) -> UInt8? {
    for rule in rules {
      switch rule {
      case .bytes(let bytes):
        if let missing = bytes.first(where: { !isThere($0) }) { return missing }
      case .set(let set):
        let some = (0..<0x80).filter(set.contains)
        if !some.contains(where: isThere), let missing = some.first { return missing }
      case .sequence, .choice, .repetition: continue
      }
    }
    return nil
  }

  private static func minimum(_ rule: Rule, _ minimums: [Int]) -> Int {
    switch rule {
    case .bytes(let bytes): bytes.count
    case .set: 1
    case .sequence(let parts): min(unreachable, parts.reduce(0) { $0 + minimums[$1] })
    case .choice(let parts): parts.map { minimums[$0] }.min() ?? unreachable
    case .repetition(let part, let least, _):
      least == 0 ? 0 : min(unreachable, least * minimums[part])
    }
  }
}

/// A set of bytes.
struct ByteSet: Sendable {
  private var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init(_ ranges: [ClosedRange<UInt8>]) {
    for range in ranges {
      for byte in range {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: bits.0 |= bit
        case 1: bits.1 |= bit
        case 2: bits.2 |= bit
        default: bits.3 |= bit
        }
      }
    }
  }

  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: bits.0
      case 1: bits.1
      case 2: bits.2
      default: bits.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }
}
