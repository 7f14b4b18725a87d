import FledgeCore
import FledgeTestSupport
import Testing

/// Every path of every operation on corner values: kernels, float64, halves, the reference, the
/// composed form; outputs, first and second derivatives. NaN is NaN in all of them, finite is finite, and
/// infinities have the same sign.
@Suite struct PathAgreementTests {
  /// Where paths may differ, and why.
  struct Exception: Sendable {
    let names: Set<String>
    let reason: String
    /// Which samples it is for; all unless it says.
    var isFor: @Sendable (_ operation: any Primitive) -> Bool = { _ in true }
    let covers: @Sendable (_ path: ComputationPath, _ part: String, _ corner: CornerCase) -> Bool
  }

  static let exceptions = [
    Exception(
      names: [
        "attention", "avgPool2d", "batchNorm", "conv2d", "conv2dInputGradient",
        "conv2dWeightGradient", "gru", "layerNorm", "linear", "logSoftmaxGradient", "lstm",
        "matmul", "mean", "norm", "prod", "rmsNorm", "rnn", "rotary", "softmaxGradient",
        "standardDeviation", "sum", "variance",
      ],
      reason: "sums and products of numbers near 1e38 leave float32 on the way, in PyTorch, too"
    ) { path, _, corner in corner.isExtreme && path.dtype == .float32 },
    Exception(
      names: ["crossEntropy"], reason: "so do the mean logits that smoothing needs"
    ) { path, part, corner in corner.isExtreme && path.dtype == .float32 && part == "y0" },
    Exception(
      names: [
        "attention", "batchNorm", "crossEntropy", "layerNorm", "norm", "rmsNorm",
        "standardDeviation", "variance",
      ],
      reason: "the gradient has a rule of its own; the composed form only stands for the values"
    ) { path, part, _ in path.isComposed && part.hasPrefix("d") },
    Exception(
      names: ["conv2d", "conv2dInputGradient", "conv2dWeightGradient"],
      reason: "NaN and ∞ meet the zeros around an image in one form of the sum and not in another",
      isFor: { "\($0)".contains(/(top|left|bottom|right): [1-9]/) }
    ) { path, _, _ in !path.isReference },
    Exception(
      names: ["conv2d"], reason: "dy, too, has zeros around it when it is taken back to an image"
    ) { path, part, _ in !path.isReference && part == "dx0" },
    Exception(
      names: ["conv2dInputGradient"], reason: "which is this operation's value"
    ) { path, part, _ in !path.isReference && part == "y0" },
    Exception(
      names: ["maxPool2d"],
      reason:
        "of several NaN in a window the kernel takes the last, as PyTorch, and others the first"
    ) { path, part, _ in !path.isReference && part.hasPrefix("d") },
    Exception(
      names: ["gru", "lstm", "rnn"],
      reason: "the kernels do not multiply the zeros before the first step by the weights",
      isFor: { !"\($0)".contains("hasState: true") }
    ) { path, part, corner in
      !path.isReference && part.hasPrefix("y") && corner.touches(input: 1)
    },
  ]

  /// What takes no corners: what depends on how many numbers are not 0 or draws by probabilities, and
  /// what takes matrices apart, which refuses singular ones (its corners: `MatrixCornerTests`).
  private static let withoutCorners: Set = [
    "cholesky", "cofactors", "determinant", "inverse", "logDeterminant", "multinomial",
    "nonzeroPositions", "qr", "solve", "svd", "symmetricEigen",
  ]

  /// Operations with different options, each with one of its smaller samples; up to three of a kind
  /// unless the run is long.
  static let samples: [Sample] = Registry.builtIn.flatMap { type -> [Sample] in
    if type is any Elementwise.Type || withoutCorners.contains(type.name) {
      return []
    }
    var distinct: [Sample] = []
    for sample in type.samples where (1...110).contains(size(sample)) {
      if let i = distinct.firstIndex(where: { "\($0.primitive)" == "\(sample.primitive)" }) {
        if size(distinct[i]) < 6 { distinct[i] = sample }
      } else {
        distinct.append(sample)
      }
    }
    if CornerCase.isLong || distinct.count <= 3 { return distinct }
    return [distinct[0], distinct[distinct.count / 2], distinct[distinct.count - 1]]
  }

  private static func size(_ sample: Sample) -> Int {
    sample.inputs.reduce(0) { $0 + $1.shape.count }
  }

  @Test func `every operation with a sample of its own is among them`() {
    let found = Set(Self.samples.map { type(of: $0.primitive).name })
    for type in Registry.builtIn
    where type.samples.contains(where: { Self.size($0) > 0 }) && !(type is any Elementwise.Type)
      && !Self.withoutCorners.contains(type.name)
    {
      #expect(found.contains(type.name), "\(type.name) has no sample of at most 110 numbers")
    }
  }

  @Test(arguments: samples.indices)
  func `all paths agree on corner values`(index: Int) {
    let sample = Self.samples[index]
    let name = type(of: sample.primitive).name
    let exceptions = Self.exceptions.filter {
      $0.names.contains(name) && $0.isFor(sample.primitive)
    }
    for corner in CornerCase.all(of: sample) {
      let expected = ComputationPath.oracle.result(of: sample.primitive, corner.inputs)!
      for path in ComputationPath.wide + (corner.isForHalves ? ComputationPath.halves : []) {
        guard let actual = path.result(of: sample.primitive, corner.inputs) else { continue }
        for (part, text) in PathAgreement(of: path.dtype).sentences(actual, expected)
        where !exceptions.contains(where: { $0.covers(path, part, corner) }) {
          Issue.record("\(sample.label) with \(corner.label): in \(path) \(text)")
        }
      }
    }
  }

  @Test func `every exception names operations that exist`() {
    let names = Set(Registry.builtIn.map { $0.name })
    for exception in Self.exceptions {
      #expect(names.isSuperset(of: exception.names), "\(exception.reason)")
    }
  }
}

/// The same for elementwise operations, which take all corners at once, and at infinity.
@Suite struct ElementwisePathTests {
  private static func rounded(_ values: [Double], _ dtype: DType) -> Tensor {
    Tensor(values).cast(to: dtype).cast(to: .float64)
  }

  private func check(
    _ operation: any Primitive, _ inputs: [[Double]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isGradient = type(of: operation).name == "activationGradient"
    for path in ComputationPath.wide.filter({ !$0.isComposed }) + ComputationPath.halves {
      let exact = inputs.map { Self.rounded($0, path.dtype) }
      let expected = ComputationPath.oracle.result(of: operation, exact)!
      let actual = path.result(of: operation, exact)!
      let agreement = PathAgreement(of: path.dtype)
      let parts = actual.map(\.part)
      #expect(
        parts == expected.map(\.part), "\(operation) in \(path)", sourceLocation: sourceLocation)
      for ((part, own), (_, values)) in zip(actual, expected) {
        // Element by element: the largest of all would hide the others.
        for i in values.indices where agreement.disagreement([own[i]], [values[i]]) != nil {
          // The slope beside an infinite dy may be too small for the type, and 0 · ∞ is NaN.
          let place = exact.map { $0[i].item() }
          if isGradient && path.dtype != .float64 && place[0].isInfinite { continue }
          Issue.record(
            "\(operation) at \(place): in \(path) \(part) is \(own[i]), not \(values[i])",
            sourceLocation: sourceLocation)
        }
      }
    }
  }

  @Test(arguments: ElementwiseSamples.unary.indices)
  func `functions of one number agree`(index: Int) {
    check(ElementwiseSamples.unary[index], [Corners.special + Corners.ordinary + [1e38, -1e38]])
  }

  @Test(arguments: ElementwiseSamples.binary.indices)
  func `functions of two numbers agree`(index: Int) {
    let operation = ElementwiseSamples.binary[index]
    let (a, b) = Corners.pairs(Corners.special + [1, -1, 0.5, -3, 20, -110])
    check(operation, [a, b])
  }

  /// At ∞ the functions and their derivatives have the limits that they come close to.
  @Test(arguments: ElementwiseSamples.unary.indices)
  func `values at infinity are limits`(index: Int) {
    let operation = ElementwiseSamples.unary[index]
    // No limits that are seen: sin, cos and tan turn for ever, and ln 1e200 is only 460.
    if ["sin", "cos", "tan", "log", "log1p", "log2", "log10"].contains(type(of: operation).name) {
      return
    }
    let (near, far) = ([300.0, -300], [1e200, -1e200])
    func parts(_ x: [Double]) -> PathResult {
      ComputationPath(dtype: .float64).result(of: operation, [Tensor(x)])!
    }
    /// 0, ∞ and −∞ stand for what comes close to them.
    func kind(_ y: Double) -> Double {
      y.magnitude < 1e-90 ? 0 : y.magnitude > 1e90 ? (y > 0 ? .infinity : -.infinity) : y
    }
    let limits = zip(parts(near), parts(far))
    for ((close, limit), (part, values)) in zip(limits, parts([.infinity, -.infinity])) {
      for i in 0..<2 where !close.values[i].isNaN {
        #expect(
          kind(values[i]).agrees(with: kind(limit.values[i]), relative: 1e-12),
          "\(operation) at ±∞: \(part)[\(i)] is \(values[i]), at 1e200 \(limit.values[i])")
      }
    }
  }
}
