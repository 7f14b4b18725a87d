import FledgeCore
import FledgeTestSupport
import Foundation
import Testing

/// Checks that run over every sample of every primitive of the registry.
@Suite struct RegistryTests {
  static let seed: UInt64 = 20_261_123
  static let samples = Registry.builtIn.flatMap { $0.samples }

  /// The samples with few enough elements to go through finite differences, and whose outputs are
  /// not rounded to half precision.
  static let smallSamples = samples.filter { sample in
    let inputs = sample.tensors(.float64, using: Generator(seed: 0))
    return inputs.reduce(0) { $0 + $1.count } <= 200
      && applied(sample.primitive, inputs).allSatisfy { $0.dtype.byteCount != 2 }
  }

  @Test func everyPrimitiveHasSamplesAndAName() {
    for primitive in Registry.builtIn {
      let checked = primitive.checkedThrough ?? primitive
      #expect(!checked.samples.isEmpty, "\(primitive.name) has no samples")
      #expect(!primitive.formula.isEmpty, "\(primitive.name) has no formula")
    }
    let names = Registry.builtIn.map { $0.name }
    #expect(Set(names).count == names.count, "names are not unique: \(names.sorted())")
  }

  @Test func theRegistryNamesEveryPrimitiveThatHasAFile() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let ops = root.appendingPathComponent("Sources/FledgeCore/Ops")
    let files = try #require(
      FileManager.default.enumerator(at: ops, includingPropertiesForKeys: nil))
    let bases =
      "(\\w*Primitive|SingleOutput|\\w*Elementwise|Activation|Reduction)"
    let declaration = try Regex("struct (\\w+): \(bases)(, \\w+)* \\{")
    var declared: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: declaration)
      where !text[..<match.range.lowerBound].hasSuffix("///     ") {
        declared.insert(String(match.output[1].substring!))
      }
    }
    let registered = Set(Registry.builtIn.map { String(describing: $0) })
    #expect(declared == registered)
  }

  @Test(arguments: smallSamples.indices)
  func gradientsEqualFiniteDifferences(index: Int) {
    let sample = Self.smallSamples[index]
    for backend in [0, 1] {
      let generator = Generator(seed: Self.seed &+ UInt64(index))
      let inputs = sample.tensors(.float64, using: generator)
      let check = {
        gradientMismatches({ applied(sample.primitive, $0) }, at: inputs, using: generator)
      }
      let mismatches = backend == 0 ? withBackend(.reference, check) : withBackend(.cpu, check)
      #expect(
        mismatches.isEmpty, "\(sample.label), seed \(Self.seed &+ UInt64(index)): \(mismatches)")
    }
  }

  @Test(arguments: smallSamples.indices)
  func gradientsOfGradientsEqualFiniteDifferences(index: Int) {
    let sample = Self.smallSamples[index]
    let generator = Generator(seed: Self.seed &+ UInt64(index))
    let inputs = sample.tensors(.float64, using: generator)
    // ∇ of Σ y², differentiated again.
    func gradient(_ inputs: [Tensor]) -> [Tensor] {
      withGradients {
        let floating = inputs.indices.filter { inputs[$0].dtype.isFloatingPoint }
        var leaves = inputs
        for i in floating where !leaves[i].requiresGradients {
          leaves[i] = leaves[i].requiringGradients()
        }
        var total = Tensor(0, dtype: .float64)
        for y in applied(sample.primitive, leaves) where y.dtype.isFloatingPoint {
          total = total + y.square().sum()
        }
        guard total.requiresGradients else { return [] }
        return gradients(of: total, withRespectTo: floating.map { leaves[$0] }, createGraph: true)
      }
    }
    if inputs.contains(where: { $0.count > 40 }) { return }
    let mismatches = gradientMismatches(gradient, at: inputs, using: generator, tolerance: 1e-5)
    #expect(
      mismatches.isEmpty, "\(sample.label), seed \(Self.seed &+ UInt64(index)): \(mismatches)")
  }

  @Test(arguments: samples.indices)
  func theBackendsAgree(index: Int) {
    let sample = Self.samples[index]
    for dtype in [DType.float32, .float16, .bfloat16] {
      let generator = Generator(seed: Self.seed &+ UInt64(index))
      let inputs = sample.tensors(dtype, using: generator)
      let run = { () -> ([Tensor], [Tensor]) in
        var leaves = inputs
        for i in leaves.indices where leaves[i].dtype.isFloatingPoint {
          leaves[i] = leaves[i].requiringGradients()
        }
        let outputs = applied(sample.primitive, leaves)
        let used = outputs.filter { $0.requiresGradients }
        var total = Tensor(0)
        for y in used { total = total + y.cast(to: .float32).sum() }
        if total.requiresGradients { total.backward() }
        return (outputs, leaves.compactMap { $0.grad })
      }
      let (expected, expectedGradients) = withBackend(.reference, run)
      let (actual, actualGradients) = withBackend(.cpu, run)
      let tolerance = dtype == .float32 ? 2e-5 : dtype == .float16 ? 4e-3 : 3e-2
      for (a, e) in zip(actual + actualGradients, expected + expectedGradients) {
        #expect(
          a.agrees(with: e, tolerance),
          "\(sample.label) in \(dtype): \(a) is not \(e)")
      }
      #expect(actualGradients.count == expectedGradients.count)
    }
  }

  @Test(arguments: samples.indices)
  func stridedInputsGiveWhatCompactOnesGive(index: Int) {
    let sample = Self.samples[index]
    let generator = Generator(seed: Self.seed &+ UInt64(index))
    let inputs = sample.tensors(.float32, using: generator)
    let views = inputs.map { x -> Tensor in
      // The same values seen through reversed axes of a transposed copy.
      var order = Array(0..<x.rank)
      order.reverse()
      return x.permuted(order).contiguous().permuted(order)
    }
    let expected = applied(sample.primitive, inputs)
    let actual = applied(sample.primitive, views)
    for (a, e) in zip(actual, expected) {
      #expect(a.agrees(with: e, 1e-5), "\(sample.label)")
    }
  }

  /// In float64 most run the composed form themselves; in float32 their kernels are held against it in
  /// double precision.
  @Test(arguments: samples.indices, [DType.float64, .float32])
  func fusedPrimitivesEqualTheirComposedForm(index: Int, dtype: DType) {
    let sample = Self.samples[index]
    let generator = Generator(seed: Self.seed &+ UInt64(index))
    let inputs = sample.tensors(dtype, using: generator)
    let exact = inputs.map { $0.dtype.isFloatingPoint ? $0.cast(to: .float64) : $0 }
    guard let composed = sample.primitive.composed(Tensors(exact)) else { return }
    let tolerance = dtype == .float64 ? 1e-9 : 2e-5
    for (a, e) in zip(applied(sample.primitive, inputs), composed) {
      #expect(
        a.agrees(with: e.cast(to: a.dtype), tolerance), "\(sample.label) in \(dtype)")
    }
  }
}

extension Tensor {
  /// Whether both are NaN at the same places, and close to each other everywhere else.
  fileprivate func agrees(with other: Tensor, _ tolerance: Double) -> Bool {
    guard dtype.isFloatingPoint && other.dtype == dtype && other.shape == shape else {
      return isClose(to: other, relativeTolerance: tolerance, absoluteTolerance: tolerance)
    }
    if !isNaN().isIdentical(to: other.isNaN()) { return false }
    return masked(where: isNaN(), with: 0).isClose(
      to: other.masked(where: isNaN(), with: 0), relativeTolerance: tolerance,
      absoluteTolerance: tolerance)
  }
}
