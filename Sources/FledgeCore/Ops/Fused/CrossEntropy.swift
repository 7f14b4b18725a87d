import CKernels

/// loss = −Σ_c target_c · logSoftmax(logits)_c for each row; the target distribution is one-hot,
/// mixed with ε uniform.   Shape: logits [N, C], int64 targets [N] → losses [N], log Σ eˣ [N]
struct CrossEntropy: FusedPrimitive {
  static let name = "crossEntropy"
  static let formula = "loss = log Σ eˣ − x[target] for each row"
  static var precision: AutocastRule { .full }
  let options: CrossEntropyOptions

  var saves: SavedValues { [.inputs, .output(1)] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (logits, targets) = (inputs[0], inputs[1])
    requireFloatingPoint([logits], Self.name)
    options.check(Self.name)
    require(
      logits.shape.rank == 2 && targets.dtype == .int64 && targets.shape == [logits.shape[0]],
      Self.name, "needs logits [N, C] and int64 targets [N], got \(logits) and \(targets)")
    let shape: Shape = [logits.shape[0]]
    return [
      TensorType(shape: shape, dtype: logits.dtype),
      TensorType(shape: shape, dtype: logits.dtype.ofStatistics),
    ]
  }

  // For each logit: subtract the maximum, exponential, add.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    3 * inputs[0].shape.count
  }

  /// Traps on a target that is no class: a kernel would read behind the logits.
  private func checkTargets(_ inputs: Tensors) {
    if inputs[1].isAbstract { return }
    let classes = inputs[0].shape[1]
    for target in inputs[1].array(of: Int.self)
    where (target < 0 || target >= classes) && target != options.ignoreIndex {
      fledgeTrap(Self.name, "target \(target) is out of range for \(classes) classes")
    }
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard Tensors(inputs[0]).areFloat32 else { return nil }
    checkTargets(inputs)
    let (logits, targets) = (backend.compact(inputs[0]), backend.compact(inputs[1]))
    let (rowCount, width) = (logits.shape[0], logits.shape[1])
    let losses = Tensor(uninitialized: [rowCount], .float32)
    let totals = Tensor(uninitialized: [rowCount], .float32)
    let (px, pt) = (logits.pointer(Float.self), targets.pointer(Int64.self))
    let (pl, ps) = (losses.pointer(Float.self), totals.pointer(Float.self))
    ThreadPool.forRanges(rowCount, grain: Self.rowGrain(width)) { rows in
      let row = rows.lowerBound
      fledge_cross_entropy_rows_f32(
        px + row * width, pt + row, pl + row, ps + row, rows.count, width, width,
        Float(options.labelSmoothing), options.ignoredTarget)
    }
    withExtendedLifetime((logits, targets)) {}
    return [losses, totals]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let inputs: Tensors = [g.dy, g.input(0), g.input(1), g.output(1)]
    return [apply(CrossEntropyGradient(options: options), inputs)[0], nil]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    checkTargets(inputs)
    let logits = inputs[0]
    let (labels, isIgnored) = options.labels(inputs[1])
    let logProbabilities = logSoftmax(logits)
    // Only the target's: of the others some may be −∞, and −∞ · 0 is NaN.
    var losses = -logProbabilities.gather(labels.expandedDims(axis: 1), axis: 1).squeezed(axis: 1)
    if options.labelSmoothing != 0 {
      let uniform = logProbabilities.mean(axis: 1) * options.labelSmoothing
      // A loss that does not count may be ∞, and 0 · ∞ is NaN.
      losses =
        options.labelSmoothing == 1 ? -uniform : losses * (1 - options.labelSmoothing) - uniform
    }
    if let isIgnored { losses = losses.masked(where: isIgnored, with: 0) }
    return [losses, logits.cast(to: logits.dtype.ofStatistics).logSumExp(axis: 1)]
  }

  static var samples: [Sample] {
    func loss(_ ignored: Int?, _ smoothing: Double) -> CrossEntropy {
      CrossEntropy(options: .init(ignoreIndex: ignored, labelSmoothing: smoothing))
    }
    return [
      Sample(loss(nil, 0), .uniform([4, 3]), .indices([4], below: 3)),
      Sample(loss(2, 0), .uniform([9, 5]), .indices([9], below: 5)),
      Sample(loss(nil, 0.1), .uniform([5, 17]), .indices([5], below: 17)),
      Sample(loss(0, 0.2), .uniform([7, 65]), .indices([7], below: 65)),
    ]
  }
}

/// dx = dy · (softmax(x) − target distribution) for each row; 0 where the target is ignored.
/// Shape: dy [N], logits [N, C], int64 targets [N], log Σ eˣ [N] → [N, C]
struct CrossEntropyGradient: FusedPrimitive {
  static let name = "crossEntropyGradient"
  static let formula = "dx = dy · (softmax(x) − target distribution)"
  static var checkedThrough: (any Primitive.Type)? { CrossEntropy.self }
  let options: CrossEntropyOptions

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let logits = inputs[1]
    requireFloatingPoint(TensorTypes(inputs[0], logits), Self.name)
    requireIntegers(inputs[2], .int64, Self.name)
    requireStatistics(inputs[3], of: logits, Self.name)
    return TensorTypes(logits)
  }

  // For each logit: subtract, exponential, multiply.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    3 * inputs[1].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let (dy, totals) = (inputs[0], backend.compact(inputs[3]))
    guard Tensors(dy, inputs[1], totals).areFloat32 else { return nil }
    let (logits, targets) = (backend.compact(inputs[1]), backend.compact(inputs[2]))
    let (rowCount, width) = (logits.shape[0], logits.shape[1])
    let result = Tensor(uninitialized: logits.shape, .float32)
    let (px, pt) = (logits.pointer(Float.self), targets.pointer(Int64.self))
    let (ps, pd, py) = (
      totals.pointer(Float.self), dy.pointer(Float.self), result.pointer(Float.self)
    )
    // The gradient of a mean is one number for all rows, seen through a stride of 0.
    let stride = dy.layout.strides[0]
    ThreadPool.forRanges(rowCount, grain: Self.rowGrain(width)) { rows in
      let row = rows.lowerBound
      fledge_cross_entropy_grad_rows_f32(
        px + row * width, pt + row, ps + row, pd + row * stride, stride, py + row * width,
        rows.count, width, width, Float(options.labelSmoothing), options.ignoredTarget)
    }
    withExtendedLifetime((logits, targets, totals, dy)) {}
    return [result]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, logits) = (inputs[0], inputs[1])
    let (labels, isIgnored) = options.labels(inputs[2])
    let classes = logits.shape[1]
    let oneHot = Tensor.oneHot(labels, classes: classes, dtype: logits.dtype)
    let distribution =
      oneHot * (1 - options.labelSmoothing) + options.labelSmoothing / Double(classes)
    let dx = dy.expandedDims(axis: 1) * (softmax(logits) - distribution)
    return [isIgnored.map { dx.masked(where: $0.expandedDims(axis: 1), with: 0) } ?? dx]
  }
}

/// How a cross-entropy weights its rows.
struct CrossEntropyOptions: Sendable, Hashable, Codable {
  /// Rows with this target count for nothing.
  var ignoreIndex: Int?
  /// ε: the target distribution is (1 − ε) one-hot + ε uniform.
  var labelSmoothing: Double = 0

  fileprivate func check(_ operation: String) {
    require(
      (0...1).contains(labelSmoothing), operation,
      "the label smoothing must be in 0…1, got \(labelSmoothing)")
    // It is compared with targets as a Double.
    require(
      (ignoreIndex ?? 0).magnitude <= 1 << 53, operation,
      "the index to ignore must be within ±2⁵³, got \(ignoreIndex ?? 0)")
  }

  /// What the kernels take for `ignoreIndex`; no class where there is none.
  fileprivate var ignoredTarget: Int64 { Int64(ignoreIndex ?? Int(Int64.min)) }

  /// The targets with class 0 in ignored rows, and a mask [N] of those rows (nil if all count).
  fileprivate func labels(_ targets: Tensor) -> (labels: Tensor, isIgnored: Tensor?) {
    guard let ignoreIndex else { return (targets, nil) }
    let isIgnored = targets .== Double(ignoreIndex)
    return (targets.masked(where: isIgnored, with: 0), isIgnored)
  }
}

/// The cross-entropy of each row: log Σ eˣ − x[target], 0 where the target is `ignoreIndex`.
/// Shape: logits [N, C], integer targets [N] → [N]
public func crossEntropyLosses(
  _ logits: Tensor, _ targets: Tensor, ignoreIndex: Int? = nil, labelSmoothing: Double = 0
) -> Tensor {
  require(
    !targets.dtype.isFloatingPoint, CrossEntropy.name,
    "targets are classes, so they must be integers, they are \(targets.dtype); cast them first")
  let options = CrossEntropyOptions(ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing)
  return apply(CrossEntropy(options: options), [logits, targets.cast(to: .int64).detached()])[0]
}
