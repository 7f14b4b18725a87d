import FledgeCore
import FledgeDistributed
import Testing

@Suite struct GradientCodecTests {
  static let codecs: [any GradientCodec] = [
    MinMaxCodec(), SignCodec(), SignCodec(bucketSize: 2), StochasticCodec(bits: 2),
    StochasticCodec(bits: 4, bucketSize: 3),
    StochasticCodec(bits: 8, bucketSize: 1),
  ]

  private func decoded(
    _ codec: any GradientCodec, _ values: [Float], _ generator: Generator = Generator(seed: 1)
  ) -> [Float] {
    let code = codec.encode(values, using: generator)
    #expect(code.count == codec.byteCount(of: values.count))
    // A slice that does not begin at 0, as within a message of many codes.
    return codec.decode(([7, 7, 7] + code).dropFirst(3), count: values.count)
  }

  @Test func `a code has the bytes that the formula says`() {
    let rows: [(any GradientCodec, [Int])] = [
      (MinMaxCodec(), [0, 9, 1008]), (SignCodec(), [0, 5, 133]),
      (StochasticCodec(bits: 2), [0, 5, 258]), (StochasticCodec(bits: 4), [0, 5, 508]),
      (StochasticCodec(bits: 8, bucketSize: 100), [0, 5, 1040]),
    ]
    for (codec, bytes) in rows {
      for (count, expected) in zip([0, 1, 1000], bytes) {
        #expect(codec.byteCount(of: count) == expected)
        #expect(decoded(codec, [Float](repeating: 1, count: count)).count == count)
      }
    }
  }

  @Test func `a byte a number is off by half a step of 255 at most`() {
    let generator = Generator(seed: 2)
    for count in [1, 2, 17, 500] {
      let values = (0..<count).map { _ in Float(generator.normal(mean: 3, standardDeviation: 2)) }
      let half = (values.max()! - values.min()!) / 510
      for (a, b) in zip(decoded(MinMaxCodec(), values), values) {
        #expect(abs(a - b) <= half * 1.0001 + 1e-6)
      }
      #expect(decoded(MinMaxCodec(), values).max()! == values.max()!)
      #expect(decoded(MinMaxCodec(), values).min()! == values.min()!)
    }
  }

  @Test func `a bit a number keeps signs and the mean magnitude`() {
    #expect(decoded(SignCodec(), [1, -2, 3, 0, -0.0, -6]) == [2, -2, 2, 2, 2, -2])
    #expect(decoded(SignCodec(bucketSize: 4), [1, -2, 3, 2, 5, -1]) == [2, -2, 2, 2, 3, -3])
    #expect(
      decoded(SignCodec(), [Float](repeating: -1.5, count: 9)) == .init(repeating: -1.5, count: 9))
  }

  @Test(arguments: [2, 4, 8])
  func `the mean of random codes is the vector, and they vary as the paper says`(bits: Int) {
    let generator = Generator(seed: 3)
    let (count, draws, d) = (24, 3000, 8)
    let codec = StochasticCodec(bits: bits, bucketSize: d)
    let values = (0..<count).map { _ in Float(generator.normal()) }
    var (sum, error) = ([Double](repeating: 0, count: count), 0.0)
    for _ in 0..<draws {
      for (i, value) in decoded(codec, values, generator).enumerated() {
        sum[i] += Double(value)
        error += Double((value - values[i]) * (value - values[i]))
      }
    }
    let s = Double(codec.levels)
    for bucket in stride(from: 0, to: count, by: d) {
      let norm = values[bucket..<bucket + d].reduce(0) { $0 + Double($1 * $1) }.squareRoot()
      for i in bucket..<bucket + d {
        // A level is ‖v‖ / s; a draw between two has a variance of a quarter of its square at most.
        let sigma = norm / s / 2 / Double(draws).squareRoot()
        #expect(abs(sum[i] / Double(draws) - Double(values[i])) <= 4 * sigma + 1e-6)
      }
    }
    let squares = values.reduce(0) { $0 + Double($1 * $1) }
    let bound = min(Double(d) / (s * s), Double(d).squareRoot() / s) * squares
    #expect(error / Double(draws) <= bound)
    #expect(codec.isUnbiased)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `what is not finite comes back as NaN`(value: Float) {
    for codec in Self.codecs {
      for place in 0..<3 {
        var values: [Float] = [1, -2, 3]
        values[place] = value
        let found = decoded(codec, values)
        if codec is StochasticCodec || codec is SignCodec {
          // Of its bucket.
          #expect(found[place].isNaN)
        } else {
          #expect(found.allSatisfy { $0.isNaN })
        }
      }
    }
  }

  @Test func `equal numbers, zeros and extremes survive`() {
    for codec in Self.codecs {
      #expect(decoded(codec, [0, 0, -0.0]) == [0, 0, 0])
      let largest = Float.greatestFiniteMagnitude
      let found = decoded(codec, [largest, -largest])
      #expect(found.allSatisfy { !$0.isInfinite })
      let least = decoded(codec, [Float.leastNonzeroMagnitude, 0])
      #expect(least.allSatisfy { $0.isFinite && $0 >= 0 })
    }
    #expect(decoded(MinMaxCodec(), [5, 5, 5]) == [5, 5, 5])
    let largest = Float.greatestFiniteMagnitude
    #expect(decoded(MinMaxCodec(), [largest, -largest]) == [largest, -largest])
    #expect(decoded(StochasticCodec(bits: 8, bucketSize: 1), [2.5, -7]) == [2.5, -7])
  }

  @Test func `bits that no byte holds are refused`() async {
    await #expect(processExitsWith: .failure) { _ = StochasticCodec(bits: 3) }
    await #expect(processExitsWith: .failure) { _ = StochasticCodec(bits: 4, bucketSize: 0) }
    await #expect(processExitsWith: .failure) { _ = SignCodec(bucketSize: 0) }
  }
}
