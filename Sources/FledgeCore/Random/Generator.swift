import Foundation
import Synchronization

/// A source of random numbers: a key and a counter over `Philox`.
///
/// The same seed gives the same draws on every platform and for any number of threads (normal
/// numbers up to the last bit of the system's logarithm and cosine). The whole state is a
/// `GeneratorState` of a few integers, so a checkpoint saves it and a resumed run goes on with the
/// same draws. Safe to share between threads: each draw is atomic, though which thread gets which
/// draw is then up to the scheduler; give each thread its own `split(index)` to keep it fixed.
///
/// ```swift
/// let generator = Generator(seed: 42)
/// let dice = generator.integer(below: 6) + 1
/// let order = generator.permutation(60_000)
/// let (dropout, shuffling) = (generator.split(), generator.split())   // independent streams
/// ```
public final class Generator: Sendable {
  private let stream: Mutex<WordStream>

  /// A generator at the start of the stream of `seed`. Any seed is as good as any other.
  public convenience init(seed: UInt64) {
    self.init(state: GeneratorState(key: seed))
  }

  /// A generator that goes on where the one of which `state` was saved stood.
  public init(state: GeneratorState) {
    stream = Mutex(WordStream(state: state))
  }

  /// The generator's state. Read it to save, write it to restore.
  ///
  /// While a ``checkpoint(_:_:)->Tensor`` is computed again, it is that of the first time, and
  /// writing it changes nothing: the draws of the first time follow.
  public var state: GeneratorState {
    get { ExecutionContext.current.draws?.state(of: self) ?? stream.withLock { $0.state } }
    set {
      if ExecutionContext.current.draws?.replays(self) == true { return }
      stream.withLock { $0 = WordStream(state: newValue) }
    }
  }

  /// Runs `body` with the raw words under one lock, for draws that belong together.
  func withWords<Result: Sendable>(_ body: (inout WordStream) -> Result) -> Result {
    let context = ExecutionContext.current
    require(
      context.tracer == nil, "Generator",
      "draws a number while the program is traced, and every run would have the same one: draw a "
        + "tensor, or draw before the call and pass the number as an argument")
    guard let tape = context.draws else { return withOwnWords(body) }
    return tape.draw(from: self, body)
  }

  /// The same, whatever a tape says.
  func withOwnWords<Result: Sendable>(_ body: (inout WordStream) -> Result) -> Result {
    stream.withLock { body(&$0) }
  }
}

// MARK: - Streams

extension Generator {
  /// Upper counter halves that keep derived keys apart from drawn blocks (domain 0).
  private enum Domain {
    static let numberedChild: UInt64 = 1
    static let nextChild: UInt64 = 2
  }

  /// An independent generator: the next of a fixed sequence of children. It counts them in `state`
  /// and draws nothing from this stream.
  public func split() -> Generator {
    let (key, index) = withWords { words in
      let index = words.state.children
      words.state.children &+= 1
      return (words.state.key, index)
    }
    return Self.child(of: key, index: index, domain: Domain.nextChild)
  }

  /// The independent generator number `index`. It does not depend on earlier draws from this one,
  /// and `split()` never makes it. This generator does not change.
  public func split(_ index: UInt64) -> Generator {
    Self.child(of: state.key, index: index, domain: Domain.numberedChild)
  }

  private static func child(of key: UInt64, index: UInt64, domain: UInt64) -> Generator {
    let words = Philox.block(index, key: key, domain: domain)
    return Generator(seed: UInt64(low: words[0], high: words[1]))
  }

  /// Reserves `blocks` whole 128-bit blocks for a bulk kernel and moves past them.
  ///
  /// The kernel takes element `i` from block `startBlock + i / 4`, lane `i % 4` of the stream of
  /// `key` (see `Philox.fillUniform`). Words left over in the current block are skipped.
  /// - Precondition: `blocks` is not negative.
  public func reserve(blocks: Int) -> (key: UInt64, startBlock: UInt64) {
    require(blocks >= 0, "reserve", "the number of blocks is negative (\(blocks))")
    return withWords { words in
      if words.state.lane != 0 { words.state.advance(blocks: 1) }
      let start = words.state.block
      words.state.advance(blocks: UInt64(blocks))
      return (words.state.key, start)
    }
  }
}

extension Generator {
  /// Sets `words` 32-bit words aside, says where they begin, and moves past them.
  func reserve(words count: Int) -> GeneratorState {
    withWords { words in
      defer { words.state.advance(words: count) }
      return words.state
    }
  }
}

// MARK: - Words

extension Generator: RandomNumberGenerator {
  /// 32 random bits.
  public func nextUInt32() -> UInt32 { withWords { $0.nextUInt32() } }

  /// 64 random bits: two words, the lower one first.
  public func nextUInt64() -> UInt64 { withWords { $0.nextUInt64() } }

  /// `nextUInt64()`, under the name that Swift's own algorithms (`shuffled(using:)`) call.
  /// Their use of it may change from one Swift to the next; `permutation(_:)` never does.
  public func next() -> UInt64 { nextUInt64() }
}

/// The words of a Philox stream in order; the current block is cached.
struct WordStream {
  var state: GeneratorState
  private var current: SIMD4<UInt32> = .zero
  private var currentBlock: UInt64?

  init(state: GeneratorState) {
    self.state = state
  }

  mutating func nextUInt32() -> UInt32 {
    if currentBlock != state.block {
      current = Philox.block(state.block, key: state.key)
      currentBlock = state.block
    }
    let word = current[state.lane]
    state.advanceWord()
    return word
  }

  mutating func nextUInt64() -> UInt64 {
    let low = nextUInt32()
    return UInt64(low: low, high: nextUInt32())
  }

  /// Uniform in [0, 1): a multiple of 2⁻⁵³.
  mutating func uniform() -> Double {
    Double(nextUInt64() >> 11) * 0x1p-53
  }

  /// Uniform in 0..<bound without bias: Lemire, *Fast random integer generation in an interval*
  /// (2019). The high half of word · bound is the answer; the few words that would make some
  /// answers likelier than others are drawn again.
  mutating func integer(below bound: UInt64) -> UInt64 {
    var product = nextUInt64().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold {
        product = nextUInt64().multipliedFullWidth(by: bound)
      }
    }
    return product.high
  }

  /// Box–Muller on 53-bit numbers; the sine half is left, so that the state stays a counter.
  mutating func normal() -> Double {
    let u1 = Double((nextUInt64() >> 11) + 1) * 0x1p-53
    let u2 = uniform()
    return (-2 * log(u1)).squareRoot() * cos(2 * .pi * u2)
  }
}
