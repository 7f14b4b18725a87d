/// Philox4x32-10: a random function instead of a random sequence.
///
/// `block(counter:key:)` maps a 128-bit counter and a 64-bit key to 128 random bits, with no state
/// in between. So block number 1,000,000 costs as much as block number 0, any number of threads can
/// fill any parts of one stream, and "where we are" is a single integer to save in a checkpoint.
///
/// Ten rounds; each multiplies two of the four words by odd constants into 64-bit products,
/// swaps the halves crosswise, and mixes in the key, which moves on by a Weyl sequence.
///
/// Source: Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as 1, 2, 3* (SC 2011).
public enum Philox {
  /// The rounds of Philox4x32-10; the paper finds 7 enough to pass BigCrush and keeps 10 as margin.
  public static let rounds = 10

  /// The 128 random bits at `counter` in the stream of `key`, as four words (lanes 0…3).
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<rounds {
      let p0 = UInt64(c0) * 0xD251_1F53
      let p1 = UInt64(c2) * 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      k0 &+= 0x9E37_79B9  // the golden ratio
      k1 &+= 0xBB67_AE85  // √3 − 1
    }
    return SIMD4(c0, c1, c2, c3)
  }

  /// Block number `index` of the stream of `key`: what `Generator` and the bulk kernels draw from.
  ///
  /// `domain` is the upper half of the counter. Draws use domain 0; other domains serve other
  /// purposes (deriving keys of child streams), so that they never meet a drawn block.
  public static func block(_ index: UInt64, key: UInt64, domain: UInt64 = 0) -> SIMD4<UInt32> {
    block(
      counter: SIMD4(index.lowWord, index.highWord, domain.lowWord, domain.highWord),
      key: SIMD2(key.lowWord, key.highWord))
  }
}

extension UInt64 {
  /// Bits 0…31.
  var lowWord: UInt32 { UInt32(truncatingIfNeeded: self) }
  /// Bits 32…63.
  var highWord: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }

  init(low: UInt32, high: UInt32) {
    self = UInt64(low) | UInt64(high) << 32
  }
}
