import Foundation

/// Bulk draws: element `i` of a fill comes from block `startBlock + i / 4`, lane `i % 4`.
///
/// Nothing depends on how the elements are divided among threads. These loops are the definition;
/// a faster kernel has to agree with them: exactly for uniform numbers, and up to the rounding of
/// log, sine and cosine for normal ones.
extension Philox {
  /// How many blocks `count` elements take.
  public static func blocks(forElements count: Int) -> Int { (count + 3) / 4 }

  /// x ↦ ⌊x / 2⁸⌋ · 2⁻²⁴: a float32 in [0, 1), each multiple of 2⁻²⁴ as likely as any other.
  public static func uniform(_ word: UInt32) -> Float {
    Float(word >> 8) * 0x1p-24
  }

  /// Fills `buffer` with float32 numbers uniform in [0, 1).
  public static func fillUniform(
    _ buffer: UnsafeMutableBufferPointer<Float>, key: UInt64, startBlock: UInt64
  ) {
    for first in stride(from: 0, to: buffer.count, by: 4) {
      let words = block(startBlock &+ UInt64(first / 4), key: key)
      for lane in 0..<min(4, buffer.count - first) {
        buffer[first + lane] = uniform(words[lane])
      }
    }
  }

  /// Fills `buffer` with float32 numbers from N(0, 1), computed in double precision.
  ///
  /// Box–Muller on lanes (0, 1) and again on lanes (2, 3): with u₁ ∈ (0, 1] and u₂ ∈ [0, 1),
  /// r = √(−2 ln u₁) and θ = 2π u₂, the pair is (r cos θ, r sin θ). u₁ is never 0, so the
  /// largest magnitude is √(48 ln 2) ≈ 5.77.
  public static func fillNormal(
    _ buffer: UnsafeMutableBufferPointer<Float>, key: UInt64, startBlock: UInt64
  ) {
    for first in stride(from: 0, to: buffer.count, by: 4) {
      let words = block(startBlock &+ UInt64(first / 4), key: key)
      let normals = SIMD4(
        lowHalf: normalPair(words[0], words[1]), highHalf: normalPair(words[2], words[3]))
      for lane in 0..<min(4, buffer.count - first) {
        buffer[first + lane] = Float(normals[lane])
      }
    }
  }

  private static func normalPair(_ first: UInt32, _ second: UInt32) -> SIMD2<Double> {
    let u1 = Double((first >> 8) + 1) * 0x1p-24
    let u2 = Double(second >> 8) * 0x1p-24
    let radius = (-2 * log(u1)).squareRoot()
    let angle = 2 * Double.pi * u2
    return SIMD2(radius * cos(angle), radius * sin(angle))
  }
}
