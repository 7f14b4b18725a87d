import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Integers and floats beside tensors: `x * n`, `n - x`, `x .< n`.
@Suite struct IntegerOperandTests {
  /// No double lies between this and its neighbours.
  static let large = (1 << 53) + 1

  @Test(arguments: DType.allCases)
  func `an integer does what the Double of its value does`(dtype: DType) {
    let x = Tensor([1, 2, 3, 0, 44] as [Int]).cast(to: dtype)
    for n in [0, 1, 3, -2, 127, 300, 1 << 40, -(1 << 53)] {
      let d = Double(n)
      expectIdentical(x + n, x + d, "+ \(n)")
      expectIdentical(n + x, d + x, "\(n) +")
      expectIdentical(x - n, x - d, "- \(n)")
      expectIdentical(n - x, d - x, "\(n) -")
      expectIdentical(x * n, x * d, "* \(n)")
      expectIdentical(n * x, d * x, "\(n) *")
      expectIdentical(x / n, x / d, "/ \(n)")
      expectIdentical(n / x, d / x, "\(n) /")
      expectIdentical(x .== n, x .== d, ".== \(n)")
      expectIdentical(x .!= n, x .!= d, ".!= \(n)")
      expectIdentical(x .< n, x .< d, ".< \(n)")
      expectIdentical(x .<= n, x .<= d, ".<= \(n)")
      expectIdentical(x .> n, x .> d, ".> \(n)")
      expectIdentical(x .>= n, x .>= d, ".>= \(n)")
    }
    for n in dtype == .bool ? [] : [0, 1, 2, 5] {
      expectIdentical(x.pow(n), x.pow(Double(n)), "to the power \(n)")
      expectIdentical(pow(x, n), x.pow(Double(n)), "to the power \(n)")
      expectIdentical(maximum(x, n), maximum(x, Double(n)), "maximum with \(n)")
      expectIdentical(minimum(x, n), minimum(x, Double(n)), "minimum with \(n)")
    }
    for n in dtype == .bool ? [] : [1, 3, -2, 300] {
      expectIdentical(x.remainder(by: n), x.remainder(by: Double(n)), "remainder by \(n)")
      expectIdentical(x.floorDivided(by: n), x.floorDivided(by: Double(n)), "floor of / \(n)")
    }
  }

  @Test(arguments: DType.allCases)
  func `an update in place by an integer does what the operator does`(dtype: DType) {
    let x = Tensor([1, 2, 3, 0] as [Int]).cast(to: dtype)
    for n in [3, 300, -2] {
      var y = x
      y += n
      expectIdentical(y, x + n, "+= \(n)")
      y = x
      y -= n
      expectIdentical(y, x - n, "-= \(n)")
      y = x
      y *= n
      expectIdentical(y, x * n, "*= \(n)")
      y = x
      y /= n
      expectIdentical(y, x / n, "/= \(n)")
    }
    #expect(x.array(of: Int.self) == (dtype == .bool ? [1, 1, 1, 0] : [1, 2, 3, 0]))
  }

  @Test func `integers beyond all doubles are exact beside int64`() {
    let n = Self.large
    let x = Tensor([n, 0, -n])
    func values(_ x: Tensor) -> [Int] { x.array(of: Int.self) }
    #expect(values(x + n) == [2 * n, n, 0])
    #expect(values(n + x) == [2 * n, n, 0])
    #expect(values(x - n) == [0, -n, -2 * n])
    #expect(values(n - x) == [0, n, 2 * n])
    #expect(values(x * n) == [n &* n, 0, -n &* n])
    #expect(values(n * x) == [n &* n, 0, -n &* n])
    #expect(values(x .== n) == [1, 0, 0])
    #expect(values(x .== (n - 1)) == [0, 0, 0])
    #expect(values(x .!= n) == [0, 1, 1])
    #expect(values(x .< n) == [0, 1, 1])
    #expect(values(x .<= n) == [1, 1, 1])
    #expect(values(x .> -n) == [1, 1, 0])
    #expect(values(x .>= n) == [1, 0, 0])
    #expect(values(maximum(x, n)) == [n, n, n])
    #expect(values(minimum(x, n)) == [n, 0, -n])
    #expect(values(Tensor([1, 0, -1] as [Int]).pow(n)) == [1, 0, -1], "n is odd")
    #expect(values((x - 1).remainder(by: n)) == [n - 1, n - 1, n - 1])
    #expect(values((x - 1).floorDivided(by: n)) == [0, -1, -2])
    var y = x
    y += n
    y -= Int64(1)
    #expect(values(y) == [2 * n - 1, n - 1, -1])
    y = x
    y *= n
    #expect(values(y) == [n &* n, 0, -n &* n])
    #expect(values(x + Int.max) == [n &+ .max, .max, .max - n])

    // Narrower types take it modulo their range, and compare with the number itself.
    let bytes = Tensor([1, 2] as [UInt8])
    #expect(values(bytes + n) == [2, 3])
    #expect(values(bytes .< n) == [1, 1] && values(bytes .== n) == [0, 0])
    let wide = withAbstractTensors { Tensor.zeros([2], dtype: .int64) + n }
    #expect(wide.isAbstract && wide.shape == [2] && wide.dtype == .int64)
  }

  @Test func `other number types stand beside tensors, too`() {
    let x = Tensor([1.0, 0.1], dtype: .float64)
    expectIdentical(x * Float(0.1), x * Double(Float(0.1)))
    expectIdentical(Float(0.5) - x, 0.5 - x)
    expectIdentical(x .< Float(0.5), x .< 0.5)
    expectIdentical(x / UInt8(3) + Int32(-4), x / 3 - 4)
    expectIdentical(x * UInt64.max, x * 0x1p64)
    // A literal beside a tensor is a Double: a third, not 0.
    #expect((Tensor([3]) * (1 / 3)).item() == 1)
  }

  @Test func `a scalar tensor has the type of its Swift value, a literal float32`() {
    let n = Self.large
    #expect(Tensor(n).dtype == .int64 && Tensor(n).array(of: Int.self) == [n])
    #expect(Tensor(3).dtype == .float32 && Tensor(3).shape == [])
    #expect(Tensor(Float(2)).dtype == .float32 && Tensor(UInt8(200)).dtype == .uint8)
    #expect(Tensor(n, dtype: .int32).dtype == .int32)
    let isTrue = true
    #expect(Tensor(isTrue).dtype == .bool && Tensor(isTrue).item() == 1)
  }

  @Test func `the gradient beside an integer is that of a number`() {
    let n = 3
    let x = Tensor([1, 2]).requiringGradients()
    (n * x * x - x / n).sum().backward()
    expectElements(x.grad, [6 - 1.0 / 3, 12 - 1.0 / 3], within: 1e-5)
  }
}
