/// The state of a `Generator`: everything that a checkpoint needs to continue with the same draws.
///
/// The next 32-bit word to be drawn is lane `lane` of block `block` of the stream of `key`.
public struct GeneratorState: Sendable, Equatable, Hashable, Codable {
  /// The key of the Philox stream; for a generator made from a seed, the seed itself.
  public var key: UInt64
  /// The 128-bit block that holds the next word.
  public var block: UInt64
  /// The next word's place in its block, 0…3.
  public private(set) var lane: Int
  /// The number of children that `split()` has made.
  public var children: UInt64

  /// - Precondition: `lane` is in 0…3.
  public init(key: UInt64, block: UInt64 = 0, lane: Int = 0, children: UInt64 = 0) {
    require((0..<4).contains(lane), "GeneratorState", "lane \(lane) is not in 0…3")
    self.key = key
    self.block = block
    self.lane = lane
    self.children = children
  }

  /// Reads a saved state; a lane outside 0…3 throws `DecodingError.dataCorrupted`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    key = try container.decode(UInt64.self, forKey: .key)
    block = try container.decode(UInt64.self, forKey: .block)
    lane = try container.decode(Int.self, forKey: .lane)
    children = try container.decode(UInt64.self, forKey: .children)
    guard (0..<4).contains(lane) else {
      throw DecodingError.dataCorruptedError(
        forKey: .lane, in: container,
        debugDescription: "lane is \(lane); a block of the generator has lanes 0…3")
    }
  }

  /// Moves on by one 32-bit word.
  mutating func advanceWord() {
    lane += 1
    if lane == 4 { advance(blocks: 1) }
  }

  /// Moves on by `count` 32-bit words.
  mutating func advance(words count: Int) {
    let (blocks, rest) = (lane + count).quotientAndRemainder(dividingBy: 4)
    block &+= UInt64(blocks)
    lane = rest
  }

  /// Moves to the start of the block that lies `count` blocks ahead.
  mutating func advance(blocks count: UInt64) {
    block &+= count
    lane = 0
  }
}
