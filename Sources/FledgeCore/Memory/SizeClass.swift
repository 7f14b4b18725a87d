/// The size of a buffer, rounded up, so that freed buffers fit more than one request.
///
/// Small buffers (up to 1 MiB) have four classes per doubling, in whole cache lines: 64, 80, 96,
/// 112, 128, 160, …, with at most a quarter unused. Large ones have 32 per doubling: at most 3% is
/// unused, at the end, where the pages are never touched.
struct SizeClass {
  /// Among the small classes; ``smallCount`` for all large ones.
  let index: Int
  /// The bytes of a buffer of this class.
  let capacity: Int

  private static let largestSmallExponent = 20
  /// Buffers up to this size are small.
  static let largestSmall = 1 << largestSmallExponent
  /// How many small classes there are.
  static let smallCount = (largestSmallExponent - 6) * 4 + 1

  var isLarge: Bool { index == Self.smallCount }

  /// The smallest class that holds `byteCount`.
  @inline(__always)
  init(holding byteCount: Int) {
    if byteCount <= 64 {
      (index, capacity) = (0, 64)
      return
    }
    let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount  // 2^e < bytes ≤ 2^(e+1)
    let isLarge = byteCount > Self.largestSmall
    let step = 1 << (exponent - (isLarge ? 5 : 2))
    let steps = (byteCount - (1 << exponent) + step - 1) / step
    let rounded = (1 << exponent) + steps * step
    index = isLarge ? Self.smallCount : (exponent - 6) * 4 + steps
    capacity = (rounded + 63) & ~63
  }

  /// All small classes, the largest first.
  static var smallestLast: ReversedCollection<Range<Int>> { (0..<smallCount).reversed() }

  /// The bytes of a buffer of small class `index`.
  static func capacity(ofSmall index: Int) -> Int {
    if index == 0 { return 64 }
    let (exponent, steps) = ((index - 1) / 4 + 6, (index - 1) % 4 + 1)
    return ((1 << exponent) + (steps << (exponent - 2)) + 63) & ~63
  }
}
