// Nothing but the public interface: what an operation outside the package gets for one function.
import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// y = sin(ω x) / (1 + |x|), with a property; no gradient rule, no kernel.
private struct Wave: UnaryElementwise {
  static let name = "user.wave"
  static let formula = "y = sin(ω x) / (1 + |x|)"
  let frequency: Double

  func value<T: ScalarNumber>(_ x: T) -> T { T.sin(T(frequency) * x) / (1 + T.abs(x)) }
}

/// y = √(a² + b²).
private struct Hypotenuse: BinaryElementwise {
  static let name = "user.hypotenuse"
  static let formula = "y = √(a² + b²)"

  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T { T.sqrt(a * a + b * b) }
}

/// y = a² − b, of integers, too.
private struct SquareMinus: IntegerBinaryElementwise {
  static let name = "user.squareMinus"
  static let formula = "y = a² − b"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { a * a - b }
}

/// y = x where x > threshold, else 0, with a gradient in one pass.
private struct Threshold: Activation {
  static let name = "user.threshold"
  static let formula = "y = x where x > threshold, else 0"
  let threshold: Double

  func value<T: ScalarNumber>(_ x: T) -> T { T.select(x > T(threshold), x, 0) }
  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T { T.select(x > T(threshold), dy, 0) }
}

private enum Contributing {
  /// y = x³.   Shape: [*] → [*]
  struct Cube: IntegerUnaryElementwise {
    static let name = "cube"
    static let formula = "y = x³"

    func value<T: ScalarArithmetic>(_ x: T) -> T { x * x * x }

    func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0).square() * 3] }

    static var samples: [Sample] { Sample.elementwise(Cube()) }
  }
}

@Suite struct UserElementwiseTests {
  private let wave = Wave(frequency: 1.7)
  private let values: [Double] = [0.3, -1.2, 2, 0.01, -0.7, 5]

  private func f(_ x: Double) -> Double { sin(1.7 * x) / (1 + abs(x)) }

  @Test(arguments: [DType.float32, .float64, .bfloat16])
  func `every backend computes it`(dtype: DType) {
    let x = Tensor(values, shape: [2, 3]).cast(to: dtype)
    let tolerance = dtype == .bfloat16 ? 1e-2 : 1e-6
    for backend: any Backend in [.cpu, .reference] {
      let y = withBackend(backend) { apply(wave, x.transposed()).transposed() }
      #expect(y.dtype == dtype && y.shape == [2, 3])
      expectElements(y, values.map(f), within: tolerance)
    }
    let large = Tensor.normal([300, 500], using: Generator(seed: 1)).cast(to: dtype)
    expectIdentical(apply(wave, large), withBackend(.reference) { apply(wave, large) })
  }

  @Test func `shapes broadcast, and integers are exact`() {
    let (a, b) = (Tensor([[3.0], [5]]), Tensor([4.0, 12]))
    expectElements(apply(Hypotenuse(), a, b), [5, 153.0.squareRoot(), 41.0.squareRoot(), 13])
    let large = Tensor([3_037_000_500, -2] as [Int64])
    for backend: any Backend in [.cpu, .reference] {
      let y = withBackend(backend) { apply(SquareMinus(), large, Tensor([1, 9] as [Int64])) }
      #expect(y.array(of: Int64.self) == [3_037_000_500 &* 3_037_000_500 &- 1, -5])
    }
    expectElements(apply(Contributing.Cube(), Tensor([3, -2] as [Int])), [27, -8])
  }

  @Test func `it differentiates to second order without a rule`() {
    let generator = Generator(seed: 5)
    let x = Tensor(values)
    let a = Tensor([0.4, 1.5] as [Double], shape: [2, 1])
    let b = Tensor([2, 0.3] as [Double])
    func check(_ f: @escaping ([Tensor]) -> Tensor, _ inputs: [Tensor]) {
      let first = gradientMismatches({ [f($0)] }, at: inputs, using: generator)
      #expect(first.isEmpty, "\(first)")
      let second = gradientMismatches(
        { inputs in
          withGradients {
            let leaves = inputs.map { $0.requiresGradients ? $0 : $0.requiringGradients() }
            return gradients(of: f(leaves).sum(), withRespectTo: leaves, createGraph: true)
          }
        }, at: inputs, using: generator, tolerance: 1e-5)
      #expect(second.isEmpty, "\(second)")
    }
    check({ apply(wave, $0[0]) }, [x])
    check({ apply(Hypotenuse(), $0[0], $0[1]) }, [a, b])
    check({ apply(SquareMinus(), $0[0], $0[1]) }, [a, b])
    check({ apply(Contributing.Cube(), $0[0]) }, [x])
    check({ apply(Threshold(threshold: 0.5), $0[0]) }, [x])
  }

  @Test func `it prints itself, and the text is right`() throws {
    #expect(
      Hypotenuse().source(.openCL) == """
        float fledge_user_hypotenuse(float a, float b) {
          return sqrt((a * a) + (b * b));
        }

        """)
    guard CCompiler.path != nil else { return }
    try withTemporaryDirectory { folder in
      let library = try CCompiler.load(
        """
        #include <math.h>
        \(wave.source(.c, .float64, named: "wave"))
        double call(double x) { return wave(x); }
        """, in: folder)
      let function = try library.function("call", (@convention(c) (Double) -> Double).self)
      for x in values { #expect(function(x).agrees(with: f(x), relative: 1e-14)) }
    }
  }

  @Test func `the gradient of an activation is written down by the activation's name`() throws {
    Registry.register(Threshold.self)
    let seen = Seen()
    let x = Tensor([0.2, 0.7]).requiringGradients()
    withTransformation(seen) { apply(Threshold(threshold: 0.5), x).sum().backward() }
    expectElements(x.grad, [0, 1])
    let gradient = try #require(seen.primitives.first { $0.signature.contains("ctivation") })
    #expect(
      gradient.signature
        == "activationGradient[activation=\"user.threshold\", threshold=0.5]")
    let again = try Registry.make("activationGradient", gradient.attributes)
    #expect(again.isEqual(to: gradient))
    expectElements(applied(again, [Tensor([5, 5]), Tensor([0.4, 0.6])])[0], [0, 5])
    let other = try Registry.make(
      "activationGradient",
      ["activation": .string("user.threshold"), "threshold": .double(0.6)])
    #expect(!other.isEqual(to: gradient))
    #expect(throws: AttributeError.self) {
      try Registry.make("activationGradient", ["activation": .string("nothing")])
    }
  }

  @Test func `an operation for floating types takes integers as float32`() {
    let y = apply(Wave(frequency: 1), Tensor([1, 2] as [Int]))
    #expect(y.dtype == .float32)
    #expect(y.isIdentical(to: apply(Wave(frequency: 1), Tensor([1, 2], dtype: .float32))))
  }

  @Test func `the example of CONTRIBUTING.md is the one in this file`() throws {
    func lines(_ text: some StringProtocol) -> [String] {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let guide = try String(contentsOf: root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
    let start = try #require(guide.range(of: "```swift\n"))
    let end = try #require(
      guide.range(of: "extension Tensor", range: start.upperBound..<guide.endIndex))
    let example = lines(guide[start.upperBound..<end.lowerBound])
    let own = lines(try String(contentsOfFile: #filePath, encoding: .utf8))
    #expect(example.count == 8)
    let place = try #require(own.firstIndex(of: example[0]))
    #expect(Array(own[place..<place + example.count]) == example)
  }
}

private final class Seen: Transformation, @unchecked Sendable {
  private(set) var primitives: [any Primitive] = []

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    primitives.append(primitive)
    return next(primitive, inputs)
  }
}
