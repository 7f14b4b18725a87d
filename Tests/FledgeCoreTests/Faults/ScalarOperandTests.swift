import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeCore

/// A Swift number beside a tensor: it is compared as the number that it is, also where the tensor's
/// type does not hold it.
@Suite struct ScalarOperandTests {
  /// Numbers inside and outside of every dtype.
  static let numbers: [Double] = [
    0, -0.0, 1, 0.5, 2.5, 44, 127, 127.5, 128, 128.5, 129, 255, 255.5, 256, 300, 0x1p31 - 1, 0x1p31,
    0x1p31 + 1, 0x1p53, 0x1p63, 1e19, 65504, 65520, 65536, 1e-8, 1e-40, 1e-46, 1e39, 1e300, 1e-300,
    .infinity, .nan,
  ].flatMap { [$0, -$0] }

  /// The ends of a dtype and some of its ordinary numbers.
  static func elements(_ dtype: DType) -> Tensor {
    if let integers = dtype.integers {
      let (low, high) = (integers.lowerBound, integers.upperBound)
      let values = [low, low + 1, -1, 0, 1, 2, 3, 44, high - 1, high].filter(integers.contains)
      return Tensor(values).cast(to: dtype)
    }
    let (least, largest) = dtype.magnitudes
    return Tensor(
      [.nan, 0, 0.5, 1, 2.5, 44, least, largest, .infinity].flatMap { [$0, -$0] }, dtype: dtype)
  }

  /// How an integer lies to a number, without rounding either: −1, 0 or 1; nil beside NaN.
  static func order(_ x: Int64, _ b: Double) -> Int? {
    if b.isNaN { return nil }
    if b >= 0x1p63 { return -1 }
    if b < -0x1p63 { return 1 }
    let below = Int64(b.rounded(.down))
    if x != below { return x < below ? -1 : 1 }
    return Double(below) == b ? 0 : -1
  }

  static func order(_ x: Double, _ b: Double) -> Int? {
    x.isNaN || b.isNaN ? nil : x < b ? -1 : x == b ? 0 : 1
  }

  static func holds(_ relation: Relation, _ order: Int?) -> Bool {
    guard let order else { return relation == .notEqual }
    return relation.value(Double(order), 0)
  }

  @Test(arguments: DType.allCases)
  func `comparing with a number has the mathematical answer`(dtype: DType) {
    let x = Self.elements(dtype)
    let comparisons: [(Relation, (Tensor, Double) -> Tensor)] = [
      (.equal, { $0 .== $1 }), (.notEqual, { $0 .!= $1 }), (.less, { $0 .< $1 }),
      (.lessOrEqual, { $0 .<= $1 }), (.greater, { $0 .> $1 }), (.greaterOrEqual, { $0 .>= $1 }),
    ]
    let (least, largest) = dtype.magnitudes
    for b in Self.numbers {
      // A fraction between two numbers of a floating type is rounded to one of them.
      let isRounded =
        dtype.isFloatingPoint && !dtype.holds(b) && b.magnitude >= least && b.magnitude <= largest
      if isRounded { continue }
      for (relation, compare) in comparisons {
        let orders =
          dtype.isFloatingPoint
          ? x.array(of: Double.self).map { Self.order($0, b) }
          : x.array(of: Int64.self).map { Self.order($0, b) }
        let expected = orders.map { Self.holds(relation, $0) }
        for backend: any Backend in [.cpu, .reference] {
          let found = withBackend(backend) { compare(x, b) }.array(of: Bool.self)
          #expect(found == expected, "\(dtype) \(relation) \(b)")
        }
      }
    }
  }

  @Test func `numbers that a type cannot hold are nowhere in it`() {
    #expect((Tensor([44] as [Int8]) .== 300).array(of: Bool.self) == [false])
    #expect((Tensor([156] as [UInt8]) .!= -100).array(of: Bool.self) == [true])
    #expect((Tensor([16_777_217] as [Int64]) .> 16_777_216.5).array(of: Bool.self) == [true])
    #expect(
      (Tensor([Double.infinity, 65504], dtype: .float16) .> 1e6).array(of: Bool.self) == [
        true, false,
      ])
    for dtype in DType.allCases where !dtype.isFloatingPoint {
      #expect(Self.elements(dtype).isFinite().all().item() == 1, "\(dtype)")
      #expect(Self.elements(dtype).isNaN().any().item() == 0, "\(dtype)")
    }
  }

  @Test func `an element made from a fraction equals it`() {
    for dtype in DType.allCases where dtype.isFloatingPoint {
      let x = Tensor([0.1], dtype: dtype)
      #expect((x .== 0.1).item() == 1 && (x .< 0.1).item() == 0, "\(dtype)")
    }
  }

  @Test(arguments: [DType.int8, .uint8, .int32, .int64])
  func `integers are clamped at bounds beyond their type`(dtype: DType) {
    let x = Self.elements(dtype)
    for backend: any Backend in [.cpu, .reference] {
      withBackend(backend) {
        for y in [
          x.clamped(min: -1e19, max: 1e19), x.clamped(min: -1e19), x.clamped(max: 1e19),
          x.clamped(min: -.infinity, max: .infinity), maximum(x, -0x1p63),
        ] {
          #expect(y.isIdentical(to: x), "\(dtype)")
        }
      }
    }
    let bytes = Tensor([5, 250] as [UInt8])
    #expect(bytes.clamped(min: -10, max: 300).array(of: Int.self) == [5, 250])
    #expect(
      bytes.clamped(min: 300, max: 7).array(of: Int.self) == [7, 7], "the upper bound is last")
    #expect(maximum(bytes, -10).array(of: Int.self) == [5, 250])
    #expect(minimum(bytes, 300).array(of: Int.self) == [5, 250])
    #expect(maximum(bytes, 7).array(of: Int.self) == [7, 250])
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `halves take a number beside them unrounded`(dtype: DType) {
    let x = Tensor([0.5, -3, 1e-3, 0, 100], dtype: dtype)
    let wide = x.cast(to: .float32)
    let operations: [(Tensor, Double) -> Tensor] = [
      { $0 + $1 }, { $0 - $1 }, { $0 * $1 }, { $0 / $1 }, { $1 + $0 }, { $1 - $0 }, { $1 * $0 },
      { $1 / $0 },
      {
        var y = $0
        y += $1
        y *= $1
        return y - $1
      },
    ]
    for (i, operation) in operations.dropLast().enumerated() {
      for number in [0.1, -0.7, 65536, 1e-8, 3, 1e6] {
        let expected = operation(wide, number).cast(to: dtype)
        let isIdentical = operation(x, number).isIdentical(to: expected)
        #expect(isIdentical, "operation \(i) with \(number)")
      }
    }
    // In place, each of the three rounds.
    let steps = operations[operations.count - 1](x, 0.1)
    let sum = (wide + 0.1).cast(to: dtype).cast(to: .float32)
    let product = (sum * 0.1).cast(to: dtype).cast(to: .float32)
    #expect(steps.isIdentical(to: (product - 0.1).cast(to: dtype)))
    #expect((Tensor([0.5], dtype: .float16) * 65536).item() == 32768)

    let leaf = x.requiringGradients()
    (leaf * 0.1).sum().backward()
    #expect(leaf.grad!.isIdentical(to: Tensor([0.1, 0.1, 0.1, 0.1, 0.1], dtype: dtype)))
  }

  @Test func `sums of integers wrap around, and what is no integer makes them float32`() {
    #expect((Tensor([44] as [Int8]) + 300).array(of: Int.self) == [88])
    #expect((Tensor([5] as [UInt8]) + -10).array(of: Int.self) == [251])
    for y in [Tensor([1] as [Int64]) + 0.5, Tensor([1] as [Int32]) * 1e19] {
      #expect(y.dtype == .float32)
    }
    #expect((Tensor([1] as [Int64]) + .infinity).item() == .infinity)
  }

  private static let refused: [(message: String, make: @Sendable () -> Void)] = [
    ("clamp: uint8 has no number in 300.0…inf", { _ = Tensor([5] as [UInt8]).clamped(min: 300) }),
    ("clamp: uint8 has no number in 300.0…inf", { _ = maximum(Tensor([5] as [UInt8]), 300) }),
    ("clamp: int8 has no number in -inf…-200.0", { _ = minimum(Tensor([5] as [Int8]), -200) }),
    (
      "masked: 300.0 is no int8",
      { _ = Tensor([5] as [Int8]).masked(where: Tensor([true]), with: 300) }
    ),
    ("padded: -1.0 is no uint8", { _ = Tensor([5] as [UInt8]).padded([(1, 0)], value: -1) }),
    ("power: integers to the power -2 are no integers", { _ = Tensor([5] as [Int]).pow(-2) }),
    (
      "uniform: the range 0.0...1e+39 reaches beyond float32",
      { _ = Tensor.uniform([], in: 0...1e39) }
    ),
  ]

  @Test func `integers are not given what their type has not`() async {
    await #expect(processExitsWith: .success) {
      for (message, make) in ScalarOperandTests.refused {
        if TrapCatching.message(of: make)?.hasPrefix(message) != true {
          FileHandle.standardError.write(Data("not refused: \(message)\n".utf8))
          exit(1)
        }
      }
    }
  }
}
