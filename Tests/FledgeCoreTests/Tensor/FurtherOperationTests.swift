import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Corners of the operations that ``FurtherOperationGoldenTests`` compares with PyTorch.
@Suite struct FurtherOperationTests {
  @Test(arguments: [0, 1]) func `integers are divided exactly, with Python's signs`(backend: Int) {
    withBackendNumber(backend) {
      let large = Tensor([.min, .max, .min, .max, .min + 1, -1, 7] as [Int64])
      let divisor = Tensor([-1, -1, .max, .min, 2, .max, -2] as [Int64])
      #expect(
        large.floorDivided(by: divisor).array(of: Int64.self)
          == [.min, -.max, -2, -1, .min / 2, -1, -4])
      #expect(
        large.remainder(by: divisor).array(of: Int64.self)
          == [0, 0, .max - 1, -1, 1, .max - 1, -1])
      let small = Tensor([-128, 127, -3, 5] as [Int8])
      let negated = small.floorDivided(by: Tensor([-1] as [Int8])).array(of: Int.self)
      #expect(negated == [-128, -127, 3, -5])
      // A divisor that the type does not hold is not taken modulo its range.
      let rest = small.remainder(by: 300)
      #expect(rest.dtype == .int8)
      #expect(rest.array(of: Int.self)[1] == 127 && rest.array(of: Int.self)[3] == 5)
      #expect(Tensor([5, 250] as [UInt8]).floorDivided(by: 300).array(of: Int.self) == [0, 0])
      #expect(Tensor([5, -5] as [Int]).remainder(by: 1.5).array() == [0.5, 1])
    }
  }

  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
  func `remainders at infinity and zero are those of Python`(dtype: DType) {
    for backend: any Backend in [.reference, .cpu] {
      withBackend(backend) {
        let (infinity, nan) = (Double.infinity, Double.nan)
        let x = Tensor([-1, 1, -1, 1, -4, 5, infinity, 1], dtype: dtype)
        let d = Tensor([infinity, infinity, 3, -infinity, 2, 0, 2, nan], dtype: dtype)
        let rest = x.remainder(by: d).array(of: Double.self)
        #expect(rest[..<5] == [infinity, 1, 2, -infinity, 0])
        #expect(rest[5].isNaN && rest[6].isNaN && rest[7].isNaN)
        let whole = x.floorDivided(by: d).array(of: Double.self)
        #expect(whole[..<6] == [-1, 0, -1, -1, -2, infinity])
        #expect(whole[6].isNaN && whole[7].isNaN)
      }
    }
    // 1 / 0.1 rounds up to 10, but 0.1 is more than a tenth.
    #expect(Tensor(1, dtype: .float64).floorDivided(by: 0.1).item() == 9)
  }

  @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
  func `the gradient of an angle is finite everywhere`(dtype: DType) {
    let largest = Double.greatestFiniteMagnitude
    let y = Tensor([0, 1, .infinity, largest, 1e-300, 3], dtype: dtype).requiringGradients()
    let x = Tensor([0, 0, -.infinity, largest, 1e-300, 4], dtype: dtype).requiringGradients()
    let angle = atan2(y, x)
    angle.sum().backward()
    let (dy, dx) = (y.grad!.array(of: Double.self), x.grad!.array(of: Double.self))
    #expect(dy[0] == 0 && dx[0] == 0 && dy[1] == 0 && dx[1] == -1 && dy[2] == 0 && dx[2] == 0)
    #expect(dy.allSatisfy(\.isFinite) && dx.allSatisfy(\.isFinite))
    if dtype == .float64 { #expect(abs(dy[4] / 5e299 - 1) < 1e-9) }
    let isClose = abs(dy[5] - 0.16) < 1e-3 && abs(dx[5] + 0.12) < 1e-3
    #expect(isClose)
  }

  @Test func `roots of whole numbers keep float64 where it is`() {
    #expect(Tensor([4] as [Int]).pow(0.5).dtype == .float32)
    #expect(Tensor([2, 4] as [Int]).mean().item() == 3)
    #expect(Tensor([true, false]).mean().item() == 0.5)
    #expect(Tensor([1, 3] as [UInt8]).variance().item() == 2)
    #expect(Tensor([1, 3] as [Int]).standardDeviation(correction: 0).item() == 1)
    #expect(Tensor([4] as [Int]).sqrt().requiresGradients == false)
  }

  @Test func `random integers fill their range and no more`() {
    let generator = Generator(seed: 5)
    let x = Tensor.randomIntegers([4000], in: -2..<3, using: generator)
    #expect(x.dtype == .int64 && x.min().item() == -2 && x.max().item() == 2)
    let counts = (x + 2).bincount().array(of: Int.self)
    #expect(counts.count == 5 && counts.allSatisfy { (650...950).contains($0) }, "\(counts)")
    let again = Tensor.randomIntegers([4000], in: -2..<3, using: Generator(seed: 5))
    expectIdentical(x, again)
    let wide = Tensor.randomIntegers([50], in: .min ..< .max, using: generator)
    #expect(wide.min().array(of: Int.self)[0] < 0 && wide.max().array(of: Int.self)[0] > 0)
    let bytes = Tensor.randomIntegers([9], in: 250..<256, dtype: .uint8, using: generator)
    #expect(bytes.dtype == .uint8 && bytes.min().item() >= 250)
    #expect(Tensor.randomIntegers([0], in: 3..<3).shape == [0])
  }

  @Test func `draws without replacement are different, and as likely as their weights`() {
    let generator = Generator(seed: 11)
    let weights = Tensor([[1, 2, 0, 3, 4], [1, 0, 0, 1, 1]])
    let all = Tensor.multinomial(weights, count: 3, replacement: false, using: generator)
    let rows = all.array(of: Int.self)
    #expect(Set(rows[..<3]).count == 3 && Set(rows[3...]) == [0, 3, 4])
    let one = Tensor([1, 2, 0, 5]).broadcast(to: [8000, 4])
    let pairs = Tensor.multinomial(one, count: 2, replacement: false, using: generator)
    let first = pairs[.all, 0].bincount(minimumLength: 4).array(of: Double.self)
    #expect(first[2] == 0)
    for (found, expected) in zip(first, [1000.0, 2000, 0, 5000]) {
      #expect(abs(found - expected) < 200, "\(first)")
    }
    // After 3 (5 of 8) come 0 and 1 as 1 to 2.
    let isAfter = pairs[.all, 0] .== 3
    let second = pairs[.all, 1][isAfter].bincount(minimumLength: 4).array(of: Double.self)
    #expect(abs(second[0] * 2 - second[1]) < 300 && second[2] == 0 && second[3] == 0)
  }

  @Test func `orders of elements are right at their corners`() {
    #expect(Tensor([Double.nan, 1], dtype: .float16).median().item().isNaN)
    #expect(Tensor([3, 1, 2, 4] as [Int]).median().array(of: Int.self) == [2])
    #expect(Tensor([1, 2, .infinity]).quantile(1).item() == .infinity)
    #expect(Tensor([1, 2, .infinity]).quantile(0.5).item() == 2)
    #expect(Tensor([1, 2, 3, 4] as [Int]).quantile(0.5).item() == 2.5)
    #expect(Tensor([60000, 65504], dtype: .float16).quantile(0.5).item() == 62752)
    #expect(Tensor.ones([2, 3]).quantile(0.5, keepDims: true).shape == [1, 1])
    let none = Tensor.zeros([0, 2]).unique()
    #expect(none.values.shape == [0] && none.inverse.shape == [0, 2] && none.counts.shape == [0])
    let exact = Tensor([1 << 53, (1 << 53) + 1, 1 << 53] as [Int]).unique()
    #expect(exact.inverse.array(of: Int.self) == [0, 1, 0])
    let truths = Tensor([true, false, true]).unique()
    #expect(truths.values.dtype == .bool && truths.counts.array(of: Int.self) == [1, 2])
    let (above, large) = (Tensor([(1 << 53) + 1] as [Int]), Tensor([1 << 53] as [Int]))
    #expect(above.searchSorted(large, right: true).item() == 0)
    #expect(Tensor.zeros([0, 3]).nonzero().shape == [0, 2])
    #expect(Tensor.zeros([2, 0]).diagonal().shape == [0])
    #expect(Tensor.zeros([0]).diagonalMatrix().shape == [0, 0])
    #expect(Tensor.ones([2, 3]).diagonal(offset: .min).shape == [0])
    #expect(Tensor.arange(5).rolled(by: .min + 1).array(of: Int.self) == [2, 3, 4, 0, 1])
    #expect(Tensor.zeros([0]).rolled(by: 2).shape == [0])
    #expect(Tensor.ones([3]).cumulativeProduct(axis: 0).array() == [1, 1, 1])
    let passing = Tensor([300, 300, 1e-2], dtype: .float16).cumulativeProduct(axis: 0)[2].item()
    #expect(abs(passing - 900) < 1)
    #expect(Tensor.concatenate([Tensor.zeros([0]), Tensor.zeros([0])]).shape == [0])
    #expect(Tensor.zeros([0, 2]).chunked(3).map(\.shape) == [[0, 2], [0, 2], [0, 2]])
    #expect(Tensor.arange(10).chunked(6).map(\.count) == [2, 2, 2, 2, 2])
    #expect(Tensor.meshgrid([]).isEmpty)
  }

  /// In any other order large numbers would meet each other first.
  @Test(arguments: [0, 1]) func `running products are taken from the first`(backend: Int) {
    withBackendNumber(backend) {
      let rows: [Float] = [0, 1e30, 1e30, 1e-30, 1e30, 1e30, .infinity, 0, 1]
      let x = Tensor(rows, shape: [3, 3]).requiringGradients()
      let y = x.cumulativeProduct(axis: 1)
      let values = y.array()
      #expect(Array(values[..<3]) == [0, 0, 0])
      #expect(values[3] == 1e-30 && abs(values[4] - 1) < 1e-6 && abs(values[5] / 1e30 - 1) < 1e-6)
      #expect(values[6] == .infinity && values[7].isNaN && values[8].isNaN)
      y[0].sum().backward()
      #expect(x.grad!.array()[1...2] == [0, 0])
      #expect(Tensor.zeros([2, 0]).cumulativeProduct(axis: 1).shape == [2, 0])
      #expect(Tensor.zeros([0, 2]).cumulativeProduct(axis: 1).shape == [0, 2])
      let eight = Tensor.full([1, 2, 1, 1, 1, 2, 1, 1], 3).cumulativeProduct(axis: 5)
      #expect(eight.array() == [3, 9, 3, 9])
    }
  }

  @Test func `the last of several scattered values stays`() {
    let values = Tensor([1, 2, 3], shape: [1, 3], dtype: .float64).requiringGradients()
    let y = Tensor.zeros([1, 2], dtype: .float64)
      .scattering(values, at: Tensor([1, 0, 1] as [Int], shape: [1, 3]), axis: 1)
    #expect(y.array() == [2, 3])
    y.sum().backward()
    #expect(values.grad?.array() == [0, 1, 1])
  }

  @Test func `a diagonal of a compact matrix is a view`() {
    let x = Tensor.arange(0, 12).reshaped([3, 4])
    #expect(x.diagonal(offset: 1).storage === x.storage)
    #expect(x.transposed().diagonal(offset: -1).array() == [1, 6, 11])
  }

  private func withBackendNumber(_ number: Int, _ body: () -> Void) {
    if number == 0 { withBackend(.cpu, body) } else { withBackend(.reference, body) }
  }
}
