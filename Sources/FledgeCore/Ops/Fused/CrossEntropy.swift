/// loss = −Σ_c target_c · logSoftmax(logits)_c for each row; the target distribution is one-hot, mixed with
/// ε uniform.   Shape: logits [N, C], int64 targets [N] → losses [N], log Σ eˣ [N]
struct CrossEntropy: Primitive {
  static let name = "crossEntropy"
  static let formula = "loss = log Σ eˣ − x[target] for each row"
  static var precision: AutocastRule { .full }
  let options: CrossEntropyOptions

  var saves: SavedValues { [.inputs, .output(1)] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (logits, targets) = (inputs[0], inputs[1])
    requireFloatingPoint([logits], Self.name)
    require(
      logits.shape.rank == 2 && targets.dtype == .int64 && targets.shape == [logits.shape[0]],
      Self.name, "needs logits [N, C] and int64 targets [N], got \(logits) and \(targets)")
    let rows = TensorType(shape: [logits.shape[0]], dtype: logits.dtype)
    return [rows, rows]
  }

  // For each logit: subtract the maximum, exponential, add.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    3 * inputs[0].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let classes = inputs[0].shape[1]
    for target in inputs[1].array(of: Int.self)
    where (target < 0 || target >= classes) && target != options.ignoreIndex {
      fledgeTrap(Self.name, "target \(target) is out of range for \(classes) classes")
    }
    let result = backend.crossEntropy(inputs[0], inputs[1], options: options)
    return [result.losses, result.logSumExp]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let inputs: Tensors = [g.dy, g.input(0), g.input(1), g.output(1)]
    return [apply(CrossEntropyGradient(options: options), inputs)[0], nil]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (logits, targets) = (inputs[0], inputs[1])
    let logSumExp = logits.logSumExp(axis: 1)
    let (distribution, counted) = options.target(targets, like: logits)
    let losses = (distribution * (logSumExp.expandedDims(axis: 1) - logits)).sum(axis: 1)
    guard let counted else { return [losses, logSumExp] }
    return [losses * counted, logSumExp]
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
struct CrossEntropyGradient: Primitive {
  static let name = "crossEntropyGradient"
  static let formula = "dx = dy · (softmax(x) − target distribution)"
  static var checkedThrough: (any Primitive.Type)? { CrossEntropy.self }
  let options: CrossEntropyOptions

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[1]] }

  // For each logit: subtract, exponential, multiply.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    3 * inputs[1].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [
      backend.crossEntropyGradient(
        inputs[0], logits: inputs[1], targets: inputs[2], logSumExp: inputs[3], options: options)
    ]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, logits) = (inputs[0], inputs[1])
    let (distribution, counted) = options.target(inputs[2], like: logits)
    let scale = counted.map { dy * $0 } ?? dy
    return [scale.expandedDims(axis: 1) * (softmax(logits) - distribution)]
  }
}

extension CrossEntropyOptions {
  /// The target distribution [N, C], and 1 for rows that count [N] (nil where all do).
  fileprivate func target(
    _ targets: Tensor, like logits: Tensor
  ) -> (distribution: Tensor, counted: Tensor?) {
    let classes = logits.shape[1]
    let counted = ignoreIndex.map { targets .!= Double($0) }
    let labels =
      counted.map { Tensor.where($0, targets, Tensor.full([], 0, dtype: .int64)) } ?? targets
    let oneHot = Tensor.oneHot(labels, classes: classes, dtype: logits.dtype)
    let distribution = oneHot * (1 - labelSmoothing) + labelSmoothing / Double(classes)
    return (distribution, counted?.cast(to: logits.dtype))
  }
}

/// The cross-entropy of each row: log Σ eˣ − x[target], 0 where the target is `ignoreIndex`.
/// Shape: logits [N, C], integer targets [N] → [N]
public func crossEntropyLosses(
  _ logits: Tensor, _ targets: Tensor, ignoreIndex: Int? = nil, labelSmoothing: Double = 0
) -> Tensor {
  let options = CrossEntropyOptions(ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing)
  return apply(CrossEntropy(options: options), [logits, targets.cast(to: .int64).detached()])[0]
}
