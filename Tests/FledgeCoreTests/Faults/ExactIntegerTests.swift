import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Integers beyond 2⁵³, where doubles have gaps, and random numbers with all of their bits.
@Suite struct ExactIntegerTests {
  /// Neighbours that are one double.
  static let large: Int64 = 1 << 53

  @Test(arguments: [0, 1]) func `order is that of the integers`(backend: Int) {
    withBackendNumber(backend) {
      let x = Tensor([Self.large, Self.large + 1, -Self.large, -Self.large - 1])
      #expect(x.argmax().item() == 1)
      #expect(x.argmin().item() == 3)
      let (values, places) = x.sorted()
      #expect(places.array(of: Int.self) == [3, 2, 0, 1])
      #expect(
        values.array(of: Int64.self)
          == [-Self.large - 1, -Self.large, Self.large, Self.large + 1])
      #expect(x.argsorted(descending: true).array(of: Int.self) == [1, 0, 2, 3])
      #expect(x.topK(1).values.array(of: Int64.self) == [Self.large + 1])
      #expect(x.topK(1, largest: false).values.array(of: Int64.self) == [-Self.large - 1])
      #expect(x.max().array(of: Int64.self) == [Self.large + 1])
    }
  }

  @Test func `NaN still comes first in order`() {
    let x = Tensor([1, Double.nan, 3, .nan], dtype: .float64)
    #expect(x.argmax().item() == 1 && x.argmin().item() == 1)
    #expect(x.argsorted().array(of: Int.self) == [0, 2, 1, 3])
    #expect(x.argsorted(descending: true).array(of: Int.self) == [1, 3, 2, 0])
  }

  @Test(arguments: [0, 1]) func `products are exact and wrap around`(backend: Int) {
    let generator = Generator(seed: 9)
    func numbers(_ count: Int) -> [Int64] {
      (0..<count).map { _ in Int64(bitPattern: generator.nextUInt64()) }
    }
    let (batch, m, k, n) = (2, 3, 4, 5)
    let (x, y) = (numbers(batch * m * k), numbers(batch * k * n))
    var expected: [Int64] = []
    for b in 0..<batch {
      for i in 0..<m {
        for j in 0..<n {
          expected.append(
            (0..<k).reduce(0) { $0 &+ x[(b * m + i) * k + $1] &* y[(b * k + $1) * n + j] })
        }
      }
    }
    withBackendNumber(backend) {
      let product = Tensor(x, shape: [batch, m, k]).matmul(Tensor(y, shape: [batch, k, n]))
      #expect(product.array(of: Int64.self) == expected)
      for dtype in [DType.int8, .uint8, .int32] {
        let small = Tensor(x, shape: [batch, m, k], dtype: dtype)
          .matmul(Tensor(y, shape: [batch, k, n], dtype: dtype))
        let isIdentical = small.isIdentical(to: product.cast(to: dtype))
        #expect(isIdentical, "\(dtype)")
      }
    }
  }

  @Test(arguments: [0, 1]) func `powers are exact and wrap around`(backend: Int) {
    withBackendNumber(backend) {
      #expect(
        Tensor([3, -3] as [Int64]).pow(39).array(of: Int64.self)
          == [4_052_555_153_018_976_267, -4_052_555_153_018_976_267])
      let powers = Tensor([2, 7, 0, 5] as [Int64]).pow(Tensor([62, 22, 0, 1] as [Int64]))
      #expect(powers.array(of: Int64.self) == [1 << 62, 3_909_821_048_582_988_049, 1, 5])
      // An exponent beyond the type.
      let wrapped = (0..<300).reduce(UInt8(1)) { power, _ in power &* 3 }
      #expect(Tensor([3] as [UInt8]).pow(300).array(of: UInt8.self) == [wrapped])
    }
    expectElements(Tensor([4] as [Int]).pow(1.5), [8])
  }

  @Test func `an integer beside a float64 is divided in float64`() {
    let x = Tensor([16_777_217] as [Int64])
    for y in [x / Tensor([1.0], dtype: .float64), Tensor([1.0], dtype: .float64) / x] {
      #expect(y.dtype == .float64)
    }
    #expect((x / Tensor([1.0], dtype: .float64)).item() == 16_777_217)
    #expect((Tensor([1] as [Int]) / Tensor([2] as [Int])).dtype == .float32)
  }

  @Test func `random doubles have 53 bits and are those of single draws`() {
    let one = Generator(seed: 5)
    let uniform = Tensor.uniform([7], dtype: .float64, using: Generator(seed: 5))
    #expect(uniform.array(of: Double.self) == (0..<7).map { _ in one.uniform() })
    #expect(uniform.array(of: Double.self).contains { $0 * 0x1p24 != ($0 * 0x1p24).rounded() })
    let two = Generator(seed: 6)
    let normal = Tensor.normal([7], dtype: .float64, using: Generator(seed: 6))
    #expect(normal.array(of: Double.self) == (0..<7).map { _ in two.normal() })

    let integers = Tensor.uniform([100], in: 0...1e15, dtype: .int64, using: Generator(seed: 8))
    #expect(integers.array(of: Int.self).contains { $0 % 2 == 1 })

    // The next draw begins behind the words of this one, seen or unseen.
    let (plain, watched) = (Generator(seed: 7), Generator(seed: 7))
    let seen = withTransformation(Watcher()) {
      [Tensor.uniform([5], dtype: .float64, using: watched), .normal([3], using: watched)]
    }
    let unseen = [Tensor.uniform([5], dtype: .float64, using: plain), .normal([3], using: plain)]
    for (a, b) in zip(seen, unseen) { expectIdentical(a, b) }
    #expect(plain.state == watched.state && plain.state.block == 4)
  }

  @Test func `a range may be wider than the largest number`() {
    let ranges: [(DType, Double)] = [(.float32, 3e38), (.float64, 1.7e308), (.bfloat16, 3e38)]
    for (dtype, end) in ranges {
      let x = Tensor.uniform([1000], in: -end...end, dtype: dtype, using: Generator(seed: 1))
      let values = x.array(of: Double.self)
      #expect(values.allSatisfy { $0.isFinite }, "\(dtype)")
      #expect(values.contains { $0 > end / 2 } && values.contains { $0 < -end / 2 }, "\(dtype)")
    }
  }

  @Test(arguments: [0, 1]) func `elementwise operations on integers are exact`(backend: Int) {
    let a = [Self.large + 1, -Self.large - 1, .max, .min, 7]
    let b: [Int64] = [4, 1, 2, 5, 3]
    withBackendNumber(backend) {
      for operation in ElementwiseSamples.unary {
        guard let function = operation.integerValue else { continue }
        let y = applied(operation, [Tensor(a)])[0]
        #expect(y.array(of: Int64.self) == a.map { function($0) }, "\(operation)")
      }
      for operation in ElementwiseSamples.binary {
        guard let function = operation.integerValue else { continue }
        let y = applied(operation, [Tensor(a), Tensor(b)])[0]
        #expect(y.array(of: Int64.self) == zip(a, b).map { function($0, $1) }, "\(operation)")
      }
    }
  }

  @Test(arguments: [0, 1])
  func `other elementwise operations take integers as float32`(backend: Int) {
    withBackendNumber(backend) {
      for dtype in [DType.int64, .int8, .uint8, .bool] {
        let (a, b) = (Tensor([0, 1, 3, 100], dtype: dtype), Tensor([1, 3, 2, 7], dtype: dtype))
        for operation in ElementwiseSamples.unary where operation.integerValue == nil {
          let y = applied(operation, [a])[0]
          let isSame = y.isIdentical(to: applied(operation, [a.cast(to: .float32)])[0])
          #expect(isSame && y.dtype == .float32, "\(operation) of \(dtype)")
        }
        for operation in ElementwiseSamples.binary where operation.integerValue == nil {
          // Gradients are never of integers.
          if type(of: operation).name == "activationGradient" { continue }
          let y = applied(operation, [a, b])[0]
          let floats = [a.cast(to: .float32), b.cast(to: .float32)]
          let isSame = y.isIdentical(to: applied(operation, floats)[0])
          #expect(isSame && y.dtype == .float32, "\(operation) of \(dtype)")
        }
      }
    }
  }

  private func withBackendNumber(_ number: Int, _ body: () -> Void) {
    if number == 0 { withBackend(.cpu, body) } else { withBackend(.reference, body) }
  }
}

private struct Watcher: Transformation {
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors { next(primitive, inputs) }
}
