import Fledge
import FledgeCourse
import Foundation

let checks3_3: [Check] = [
  Check("every element counts once") { c in
    let x = FloatBuffer(Tensor((0..<100).map { Float($0) }))
    for count in [0, 1, 2, 3, 5, 8, 9, 17, 64, 65, 100] {
      for block in [1, 2, 8] {
        c.trying("\(count) elements in blocks of \(block)") {
          let sum = Summation.pairwise(x, 0..<count, block: block)
          c.expect(Double(sum), near: Double(count * (count - 1) / 2), "0 + 1 + 2 + …")
        }
      }
    }
    c.expect(Double(Summation.pairwise(x, 10..<13, block: 1)), near: 33, "10 + 11 + 12")
    c.expect(Double(Summation.compensated(x, 10..<13)), near: 33, "10 + 11 + 12, compensated")
  },
  Check("neighbours are added first") { c in
    // From 2²⁴ on floats are 2 apart: adding 1 changes nothing.
    let big: Float = 0x1p24
    let cases: [([Float], block: Int, Double, String)] = [
      ([big, 1, 1, 1], 1, 16_777_218, "(2²⁴ + 1) + (1 + 1) = 2²⁴ + 2"),
      ([1, 1, 1, big], 1, 16_777_218, "(1 + 1) + (1 + 2²⁴) = 2 + 2²⁴"),
      ([big, 1, 1, 1, 1], 1, 16_777_220, "(2²⁴ + 1) + (1 + (1 + 1)) = 2²⁴ + 3, halfway, to even"),
      ([big, 1, 1, 1, 1, 1, 1, 1], 4, 16_777_220, "2²⁴ + (1 + 1 + 1 + 1)"),
      (
        [0, 0, 0, 0, big, 1, 1, 1], 1, 16_777_218,
        "0 + ((2²⁴ + 1) + (1 + 1)): the second half by the same rule"
      ),
      ([big, 1, 1, 1, 1, 1], 4, 16_777_220, "2²⁴ + 3, cut in the middle and not at a block's end"),
      ([big, 1, 1, 1, 1, 1, 1, 1], 8, 16_777_216, "one block: one after the other"),
    ]
    for (x, block, sum, how) in cases {
      let buffer = FloatBuffer(Tensor(x))
      c.trying("\(x.map(Int.init)), block \(block)") {
        c.expect(
          Double(Summation.pairwise(buffer, 0..<x.count, block: block)), near: sum, tolerance: 1e-9,
          how)
      }
    }
  },
  Check("the depth is what the most burdened element goes through") { c in
    let known: [(count: Int, block: Int, depth: Int)] = [
      (0, 1, 0), (1, 1, 0), (2, 1, 1), (3, 1, 2), (4, 1, 2), (5, 1, 3), (1000, 1, 10),
      (1024, 1, 10),
      (1025, 1, 11), (8, 8, 7), (9, 8, 5), (16, 8, 8), (17, 8, 8), (1 << 20, 64, 63 + 14),
    ]
    for (count, block, depth) in known {
      c.trying("\(count) elements in blocks of \(block)") {
        c.expect(Summation.pairwiseDepth(count, block: block), equals: depth, "additions")
      }
    }
  },
  Check("the bound is depth · 2⁻²⁴ · Σ|x|") { c in
    c.expect(
      Summation.errorBound(depth: 16, magnitudes: 0x1p20), near: 1, "16 · 2⁻²⁴ · 2²⁰")
    c.expect(Summation.errorBound(depth: 0, magnitudes: 5), near: 0, "of a single element")
  },
  Check("no sum is further off than its bound") { c in
    c.forRandomCases(40) { generator in
      let count = 1 + generator.integer(below: 3000)
      let sign = generator.bernoulli(0.5)
      let x = (0..<count).map { _ -> Float in
        let size = exp(generator.uniform(in: -6..<6))
        return Float(sign && generator.bernoulli(0.5) ? -size : size)
      }
      let exact = x.reduce(0.0) { $0 + Double($1) }
      let magnitudes = x.reduce(0.0) { $0 + Double(abs($1)) }
      let buffer = FloatBuffer(Tensor(x))
      for block in [1, 64] {
        let error = abs(Double(Summation.pairwise(buffer, 0..<count, block: block)) - exact)
        let depth = Summation.pairwiseDepth(count, block: block)
        let bound = Summation.errorBound(depth: depth, magnitudes: magnitudes)
        c.trying("\(count) numbers, block \(block), error \(error), bound \(bound)") {
          c.expect(error <= bound, "the error is within the bound")
        }
      }
    }
  },
  Check("compensation carries what each addition lost") { c in
    let big: Float = 0x1p24
    let parts = (1...1000).map { 1000 / Float($0) }
    let exact = parts.reduce(0.0) { $0 + Double($1) }
    let error = Double(Summation.compensated(FloatBuffer(Tensor(parts)), 0..<1000)) - exact
    c.expect(error, near: 0, tolerance: 5e-4, "error of 1000 + 1000/2 + … + 1000/1000")
    let rising = FloatBuffer(Tensor([big] + [Float](repeating: 1, count: 1000)))
    c.expect(
      Double(Summation.compensated(rising, 0..<1001)), near: 16_778_216, tolerance: 1e-9,
      "2²⁴ + 1000 ones")
    let mixed = FloatBuffer(Tensor([1, big, 1, -big] as [Float]))
    c.expect(
      Double(Summation.compensated(mixed, 0..<2)), near: 16_777_216, tolerance: 1e-9,
      "1 + 2²⁴, to even")
    let uneven = FloatBuffer(Tensor([1, big + 2] as [Float]))
    c.expect(
      Double(Summation.compensated(uneven, 0..<2)), near: 16_777_220, tolerance: 1e-9,
      "1 + (2²⁴ + 2) = 2²⁴ + 3, halfway, to even: what c is at the end changes nothing")
    let far = FloatBuffer(Tensor([1, 0x1p40, 1, -0x1p40] as [Float]))
    c.expect(
      Double(Summation.compensated(far, 0..<4)), near: 0,
      "1 + 2⁴⁰ + 1 − 2⁴⁰: in floats what is lost beside 2⁴⁰ is lost, a double would have kept it")
    c.expect(Double(Summation.compensated(rising, 0..<0)), near: 0, "the sum of nothing")
  },
  Check("a long sum keeps its digits") { c in
    let count = 1 << 17
    let x = FloatBuffer(Tensor([Float](repeating: 0.1, count: count)))
    let exact = Double(Float(0.1)) * Double(count)
    let naive = abs(Double(Summation.naive(x, 0..<count)) - exact)
    let pairwise = abs(Double(Summation.pairwise(x, 0..<count)) - exact)
    let compensated = abs(Double(Summation.compensated(x, 0..<count)) - exact)
    c.step("naive error", naive)
    c.step("pairwise error", pairwise)
    c.step("compensated error", compensated)
    c.picture("errors of a sum of \(count) times 0.1:") {
      [["naive", "\(naive)"], ["pairwise", "\(pairwise)"], ["compensated", "\(compensated)"]]
    }
    c.expect(pairwise < naive / 20, "pairwise is at least 20 times closer than naive")
    c.expect(
      pairwise <= Summation.errorBound(depth: 63 + 11, magnitudes: exact),
      "pairwise is within 74 · 2⁻²⁴ of the sum")
    c.expect(compensated <= 2 * 0x1p-24 * exact, "compensated is within 2 · 2⁻²⁴ of the sum")
  },
]
