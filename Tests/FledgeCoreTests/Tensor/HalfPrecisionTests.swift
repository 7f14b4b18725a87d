import FledgeCore
import FledgeTestSupport
import Testing

@Suite struct HalfPrecisionTests {
  /// Every bit pattern there is, as a tensor of a half type.
  private func all(_ dtype: DType) -> Tensor {
    if dtype == .float16 {
      return Tensor((0...UInt16.max).map { Half(bits: $0) })
    }
    return Tensor((0...UInt16.max).map { BFloat16(bits: $0) })
  }

  private func bits(_ x: Tensor) -> [UInt16] {
    x.dtype == .float16
      ? x.array(of: Half.self).map(\.bits) : x.array(of: BFloat16.self).map(\.bits)
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `each of the 65,536 values survives the way to float32 and back`(dtype: DType) {
    for run in [withBackend(ReferenceBackend.reference), withBackend(CPUBackend.cpu)] {
      let x = all(dtype)
      let wide = run { x.cast(to: .float32) }
      let back = bits(run { wide.cast(to: dtype) })
      let values = wide.array()
      let wrong = back.indices.filter {
        values[$0].isNaN ? !Float(widened(back[$0], dtype)).isNaN : back[$0] != UInt16($0)
      }
      #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }
  }

  private func withBackend<B: Backend>(_ backend: B) -> (() -> Tensor) -> Tensor {
    { body in FledgeCore.withBackend(backend) { body() } }
  }

  private func widened(_ bits: UInt16, _ dtype: DType) -> Float {
    dtype == .float16 ? Half(bits: bits).float : BFloat16(bits: bits).float
  }

  @Test func `float16 values are what IEEE 754 says`() {
    let known: [(UInt16, Float)] = [
      (0x0000, 0), (0x0001, 0x1p-24), (0x03ff, 1023 * 0x1p-24), (0x0400, 0x1p-14), (0x3c00, 1),
      (0x3c01, 1 + 0x1p-10), (0x7bff, 65504), (0x7c00, .infinity), (0xc000, -2),
    ]
    for (bits, value) in known {
      #expect(Half(bits: bits).float == value)
      #expect(Half(value).bits == bits)
    }
    #expect(Half(65519.99).bits == 0x7bff && Half(65520).bits == 0x7c00)
    #expect(Half(0x1p-25).bits == 0 && Half(0x1.000002p-25).bits == 1)
    #expect(Half(1 + 0x1p-11).bits == 0x3c00 && Half(1 + 0x3p-11).bits == 0x3c02, "ties to even")
    #expect(Half(-0.0).bits == 0x8000)
  }

  @Test func `bfloat16 rounds to nearest, ties to even`() {
    #expect(BFloat16(1 + 0x1p-8).bits == 0x3f80 && BFloat16(1 + 0x3p-8).bits == 0x3f82)
    #expect(BFloat16(1 + 0x1.02p-8).bits == 0x3f81)
    #expect(BFloat16(Float.greatestFiniteMagnitude).float == .infinity)
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `the backends round a million random bit patterns alike`(dtype: DType) {
    let seed: UInt64 = 20_261_126
    let generator = Generator(seed: seed)
    let x = Tensor((0..<1_000_000).map { _ in Float(bitPattern: generator.nextUInt32()) })
    let fast = bits(withBackend(CPUBackend.cpu)({ x.cast(to: dtype) }))
    let values = x.array()
    let wrong = values.indices.filter { i in
      let expected = dtype == .float16 ? Half(values[i]).bits : BFloat16(values[i]).bits
      return values[i].isNaN ? !widened(fast[i], dtype).isNaN : fast[i] != expected
    }
    #expect(wrong.isEmpty, "seed \(seed): \(wrong.prefix(3).map { values[$0].bitPattern })")
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `half way between any two neighbours goes to the even one, and a bit more to the nearer`(
    dtype: DType
  ) {
    // The pattern of +∞: below it, patterns ascend with their values.
    let infinity: UInt16 = dtype == .float16 ? 0x7c00 : 0x7f80
    var inputs: [Float] = []
    var expected: [UInt16] = []
    for lower in 0..<infinity - 1 {
      let (a, b) = (Double(widened(lower, dtype)), Double(widened(lower + 1, dtype)))
      let middle = Float((a + b) / 2)
      for sign: UInt16 in [0, 0x8000] {
        let signed = sign == 0 ? middle : -middle
        inputs += [
          signed, sign == 0 ? middle.nextDown : -middle.nextDown,
          sign == 0 ? middle.nextUp : -middle.nextUp,
        ]
        expected += [sign | (lower & 1 == 0 ? lower : lower + 1), sign | lower, sign | lower + 1]
      }
    }
    for backend in [0, 1] {
      let x = Tensor(inputs)
      let found = bits(
        backend == 0
          ? withBackend(ReferenceBackend.reference)({ x.cast(to: dtype) })
          : withBackend(CPUBackend.cpu)({ x.cast(to: dtype) }))
      #expect(found.count == 6 * Int(infinity - 1))
      let wrong = found.indices.filter { found[$0] != expected[$0] }
      #expect(wrong.isEmpty, "\(wrong.prefix(3).map { (inputs[$0], found[$0], expected[$0]) })")
    }
  }

  #if !(os(macOS) && arch(x86_64))
    @Test func `every float16 value, and what lies around it, is what the processor makes of it`() {
      for pattern in 0...UInt16.max {
        let value = Float(Float16(bitPattern: pattern))
        let ours = Half(bits: pattern).float
        if value.isNaN {
          #expect(ours.isNaN)
          continue
        }
        var isEqual = ours.bitPattern == value.bitPattern
        for near in [value, value.nextUp, value.nextDown, value * 1.00037, value * 0.99981] {
          isEqual = isEqual && Half(near).bits == Float16(near).bitPattern
        }
        if !isEqual { Issue.record("pattern \(pattern)") }
      }
    }
  #endif

  @Test func `uniform draws are the definition's, and normal ones up to rounding`() {
    for count in [1, 3, 4, 1001] {
      let generator = Generator(seed: 77)
      _ = generator.reserve(blocks: 5)
      let x = Tensor.uniform([count], using: generator)
      let y = Tensor.normal([count], using: Generator(seed: 78))
      let uniform = Tensor(shape: [count], writing: Float.self) {
        Philox.fillUniform($0, key: 77, startBlock: 5)
      }
      let normal = Tensor(shape: [count], writing: Float.self) {
        Philox.fillNormal($0, key: 78, startBlock: 0)
      }
      #expect(x.isIdentical(to: uniform))
      #expect(y.isClose(to: normal, relativeTolerance: 1e-5, absoluteTolerance: 1e-6))
      let reference = FledgeCore.withBackend(.reference) {
        Tensor.uniform([count], using: Generator(seed: 77))
      }
      #expect(reference.isIdentical(to: Tensor.uniform([count], using: Generator(seed: 77))))
    }
  }
}
