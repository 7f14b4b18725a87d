import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeCore

/// The one definition of each elementwise operation, against everything that is made of it.
@Suite struct ElementwiseDefinitionTests {
  static let unary = ElementwiseSamples.unary
  static let binary = ElementwiseSamples.binary

  @Test func `the registry has elementwise operations of every kind`() {
    #expect(Self.unary.count > 30 && Self.binary.count > 15)
    let names = Set(ElementwiseSamples.all.map { type(of: $0).name })
    for name in ["exp", "elu", "clamp", "power", "activationGradient", "compare", "where"] {
      #expect(names.contains(name), "\(name)")
    }
  }

  @Test(arguments: unary.indices)
  func `the reference backend computes the definition in double precision`(index: Int) {
    func check(_ operation: some UnaryElementwise) {
      let x = Corners.float64
      let y = withBackend(.reference) { apply(operation, Tensor(x)) }.array(of: Double.self)
      for (x, y) in zip(x, y) {
        #expect(y.agrees(with: operation.value(x), relative: 0), "\(operation) at \(x): \(y)")
      }
    }
    check(Self.unary[index])
  }

  @Test(arguments: binary.indices)
  func `the reference backend computes the definition of two arguments`(index: Int) {
    func check(_ operation: some BinaryElementwise) {
      let (a, b) = Corners.pairs(Corners.float64)
      let y = withBackend(.reference) { apply(operation, Tensor(a), Tensor(b)) }
      for (i, y) in y.array(of: Double.self).enumerated() {
        let expected = operation.value(a[i], b[i])
        let isSame = y.agrees(with: expected, relative: 0)
        #expect(isSame, "\(operation) at \(a[i]), \(b[i]): \(y)")
      }
    }
    check(Self.binary[index])
  }

  @Test func `definitions for integers are exact where doubles are not`() {
    let large = Int64.max - 1
    let x = Tensor([large, 3, -large])
    for backend: any Backend in [.reference, .cpu] {
      withBackend(backend) {
        #expect((x + Tensor([1, 1, 1] as [Int64])).array(of: Int64.self) == [.max, 4, 1 - large])
        #expect(x.abs().array(of: Int64.self) == [large, 3, large])
        #expect(relu(x).array(of: Int64.self) == [large, 3, 0])
        #expect(maximum(x, Tensor([large - 1, 5, 0])).array(of: Int64.self) == [large, 5, 0])
        #expect((x .== Tensor([large - 1, 3, 0])).array(of: Bool.self) == [false, true, false])
        #expect(x.clamped(min: 0, max: 5).array(of: Int64.self) == [5, 3, 0])
        #expect(x.square().array(of: Int64.self) == [4, 9, 4], "wraps around")
      }
    }
    #expect(Tensor([3, 250] as [UInt8]).clamped(min: -5).array(of: Int.self) == [3, 250])
    expectElements(Tensor([1, 2] as [Int]).clamped(min: 1.5), [1.5, 2])
  }

  // Every kernel of C, against the definition. In float32 intermediate results end earlier than in
  // doubles, so functions of two arguments that multiply three numbers get smaller ones.
  @Test(arguments: unary.indices, [DType.float32, .float64])
  func `hand-written kernels agree with the definition on corners`(index: Int, dtype: DType) {
    let operation = Self.unary[index]
    let x = dtype == .float32 ? Corners.float32 : Corners.float64
    // Three times, so that whole vectors and their remainders both occur.
    let input = Tensor(x + x + x).cast(to: dtype)
    let expected = withBackend(.reference) { applied(operation, [input])[0] }
    let actual = withBackend(.cpu) { applied(operation, [input])[0] }
    expectAgreement(actual, expected, dtype) { "\(operation) at \((x + x + x)[$0])" }
  }

  @Test(arguments: binary.indices, [DType.float32, .float64])
  func `hand-written kernels of two arguments agree on corners`(index: Int, dtype: DType) {
    let operation = Self.binary[index]
    let isGradient = type(of: operation).name == "activationGradient"
    // The factor of an infinite dy may be too small for a float, and 0 · ∞ is NaN.
    func compares(_ dy: Double) -> Bool { !isGradient || dtype == .float64 || dy.isFinite }
    let values =
      isGradient ? Corners.cubable : dtype == .float32 ? Corners.float32 : Corners.float64
    let (a, b) = Corners.pairs(values)
    let inputs = [Tensor(a).cast(to: dtype), Tensor(b).cast(to: dtype)]
    let expected = withBackend(.reference) { applied(operation, inputs)[0] }
    let actual = withBackend(.cpu) { applied(operation, inputs)[0] }
    let scale = isGradient ? a : []
    expectAgreement(actual, expected, dtype, scale, where: { compares(a[$0]) }) {
      "\(operation) at \(a[$0]), \(b[$0])"
    }
    // The same with a repeated operand, which has a loop of its own.
    let one = [inputs[0], Tensor(-0.5, dtype: dtype)]
    if isGradient { return }
    let repeated = withBackend(.reference) { applied(operation, one)[0] }
    expectAgreement(withBackend(.cpu) { applied(operation, one)[0] }, repeated, dtype) {
      "\(operation) at \(a[$0]), −0.5"
    }
  }

  /// - Parameter scale: For gradients dy, of which a difference of nearly equal terms may lose a few
  ///   units in the last place.
  private func expectAgreement(
    _ actual: Tensor, _ expected: Tensor, _ dtype: DType, _ scale: [Double] = [],
    where compares: (Int) -> Bool = { _ in true }, _ place: (Int) -> String
  ) {
    let (actual, expected) = (actual.array(of: Double.self), expected.array(of: Double.self))
    #expect(actual.count == expected.count)
    for i in actual.indices where compares(i) {
      let unit = scale.isEmpty || !scale[i].isFinite ? 1e-37 : scale[i].magnitude
      let isClose =
        dtype == .float32
        ? actual[i].agrees(
          with: expected[i], relative: 3e-5, absolute: scale.isEmpty ? unit : 1e-6 * unit)
          // Far out, 1 + erf x is exactly 0 in doubles; the kernel knows better.
          || (expected[i] == 0 && actual[i].magnitude < 1e-20 && place(i).hasPrefix("ExactGELU"))
        : actual[i].agrees(with: expected[i], relative: 1e-13, absolute: 1e-15 * max(1, unit))
      #expect(isClose, "\(place(i)): \(actual[i]) is not \(expected[i])")
    }
  }

  @Test(arguments: [DType.float64, .uint8, .bool, .int64])
  func `comparisons, choices and logic have kernels for these types`(dtype: DType) {
    let generator = Generator(seed: 3)
    func values() -> Tensor {
      Tensor((0..<70).map { _ in Double(generator.integer(below: 3)) }).cast(to: dtype)
    }
    let (a, b) = (values(), values().reshaped([1, 70]))
    for f: (Tensor, Tensor) -> Tensor in [
      { $0 .== $1 }, { $0 .!= $1 }, { $0 .< $1 }, { $0 .<= $1 }, { $0 .> $1 }, { $0 .>= $1 },
      { $0.and($1) }, { $0.or($1) }, { $0.xor($1) }, { a, _ in a.not() },
      { maximum($0, $1) }, { minimum($0, $1) }, { Tensor.where($0 .> $1, $0, $1) },
    ] {
      expectIdentical(f(a, b), withBackend(.reference) { f(a, b) })
    }
    let special = Tensor([.nan, 1, -0.0, .infinity] as [Double])
    expectIdentical(special .== special, Tensor([false, true, true, true]))
    expectIdentical(special .<= 0, Tensor([false, false, true, false]))
  }

  @Test func `a cast by a kernel is the cast of the reference`() {
    let values: [Double] = [
      .nan, .infinity, -.infinity, 0, -0.0, 2.7, -2.7, 1e10, -1e10, 1e19, -1e19,
    ]
    let types = DType.allCases
    for from in types {
      for to in types {
        let x = withBackend(.reference) { Tensor(values).cast(to: from) }
        let (fast, slow) = (x.cast(to: to), withBackend(.reference) { x.cast(to: to) })
        let isSame = zip(fast.array(of: Double.self), slow.array(of: Double.self)).allSatisfy {
          $0.agrees(with: $1, relative: 0)
        }
        #expect(isSame, "\(from) to \(to): \(fast) is not \(slow)")
      }
    }
  }
}
