import FledgeCore
import Foundation
import Testing

@Suite struct PhiloxTests {
  /// The known-answer vectors of Random123, the authors' own implementation.
  @Test(
    "blocks equal the authors' known answers",
    arguments: [
      (
        SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
        SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4<UInt32>(repeating: 0xffff_ffff), SIMD2<UInt32>(repeating: 0xffff_ffff),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        SIMD2(0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>
  ) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }

  @Test("a block's index and key fill the counter and key from the low word up")
  func blockIndexLayout() {
    let block = Philox.block(
      0x85a3_08d3_243f_6a88, key: 0x299f_31d0_a409_3822, domain: 0x0370_7344_1319_8a2e)
    #expect(block == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("a bulk fill gives the same bits however it is cut into parts")
  func fillsDoNotDependOnPartition() {
    for (name, fill) in [("uniform", Philox.fillUniform), ("normal", Philox.fillNormal)] {
      let whole = filled(1003, by: fill, key: 7, startBlock: 5)
      let parts =
        filled(400, by: fill, key: 7, startBlock: 5)
        + filled(603, by: fill, key: 7, startBlock: 105)
      #expect(whole == parts, "\(name)")
    }
  }

  @Test("element i of a uniform fill is word i of the stream, its upper 24 bits over 2²⁴")
  func uniformFillFollowsTheWords() {
    let generator = Generator(seed: 99)
    let words = (0..<10).map { _ in generator.nextUInt32() }
    let expected = words.map { Float($0 >> 8) / 16_777_216 }
    #expect(filled(10, by: Philox.fillUniform, key: 99, startBlock: 0) == expected)
    #expect(Philox.uniform(.max) < 1)
    #expect(Philox.uniform(0) == 0)
  }

  @Test("each pair of lanes of a normal fill is the Box–Muller transform of its two words")
  func normalFillIsBoxMuller() {
    let words = Philox.block(3, key: 11)
    let normals = filled(4, by: Philox.fillNormal, key: 11, startBlock: 3)
    for pair in [0, 2] {
      let radius = hypot(Double(normals[pair]), Double(normals[pair + 1]))
      let u1 = (Double(words[pair] >> 8) + 1) / 16_777_216
      let u2 = Double(words[pair + 1] >> 8) / 16_777_216
      #expect(abs(exp(-radius * radius / 2) - u1) < 1e-6)
      let turns = atan2(Double(normals[pair + 1]), Double(normals[pair])) / (2 * .pi)
      #expect(abs((turns < 0 ? turns + 1 : turns) - u2) < 1e-6)
    }
  }

  @Test("fills have the moments of their distributions")
  func moments() {
    let count = 40_000
    let uniforms = filled(count, by: Philox.fillUniform, key: 1, startBlock: 0).map(Double.init)
    expectMean(uniforms, near: 0.5, variance: 1.0 / 12)
    expectMean(uniforms.map { ($0 - 0.5) * ($0 - 0.5) }, near: 1.0 / 12, variance: 1.0 / 180)
    let normals = filled(count, by: Philox.fillNormal, key: 1, startBlock: 0).map(Double.init)
    expectMean(normals, near: 0, variance: 1)
    expectMean(normals.map { $0 * $0 }, near: 1, variance: 2)
    expectMean(normals.map { $0 * $0 * $0 }, near: 0, variance: 15)
    expectMean(normals.map { $0 * $0 * $0 * $0 }, near: 3, variance: 96)
  }

  @Test("the number of blocks covers the elements and no more")
  func blocksForElements() {
    #expect([0, 1, 4, 5, 8, 9].map(Philox.blocks(forElements:)) == [0, 1, 1, 2, 2, 3])
  }
}

private typealias Fill = (UnsafeMutableBufferPointer<Float>, UInt64, UInt64) -> Void

private func filled(_ count: Int, by fill: Fill, key: UInt64, startBlock: UInt64) -> [Float] {
  [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
    fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), key, startBlock)
    initialized = count
  }
}

/// Expects the mean of `values` within five standard errors of `expected`.
func expectMean(
  _ values: [Double], near expected: Double, variance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let mean = values.reduce(0, +) / Double(values.count)
  let standardError = (variance / Double(values.count)).squareRoot()
  #expect(
    abs(mean - expected) < 5 * standardError,
    "mean \(mean), expected \(expected) ± \(standardError)", sourceLocation: sourceLocation)
}
