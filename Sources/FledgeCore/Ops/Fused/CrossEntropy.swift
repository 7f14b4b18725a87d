/// loss = −Σ_c target_c · logSoftmax(logits)_c for each row; the target distribution is one-hot, mixed with
/// ε uniform.   Shape: logits [N, C], int64 targets [N] → losses [N], log Σ eˣ [N]
struct CrossEntropy: Primitive {
  static let name = "crossEntropy"
  static let formula = "loss = log Σ eˣ − x[target] for each row"
  let options: CrossEntropyOptions

  var saves: SavedValues { [.inputs, .output(1)] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: [TensorType]) -> [TensorType] {
    let (logits, targets) = (inputs[0], inputs[1])
    requireFloatingPoint([logits], Self.name)
    require(
      logits.shape.rank == 2 && targets.dtype == .int64 && targets.shape == [logits.shape[0]],
      Self.name, "needs logits [N, C] and int64 targets [N], got \(logits) and \(targets)")
    let rows = TensorType(shape: [logits.shape[0]], dtype: logits.dtype)
    return [rows, rows]
  }

  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    let classes = inputs[0].shape[1]
    for target in inputs[1].array(of: Int.self)
    where (target < 0 || target >= classes) && target != options.ignoreIndex {
      fledgeTrap(Self.name, "target \(target) is out of range for \(classes) classes")
    }
    let result = backend.crossEntropy(inputs[0], inputs[1], options: options)
    return [result.losses, result.logSumExp]
  }

  func gradients(_ g: GradientContext) -> [Tensor?] {
    [
      ExecutionContext.current.backend.crossEntropyGradient(
        g.dy, logits: g.input(0), targets: g.input(1), logSumExp: g.output(1), options: options),
      nil,
    ]
  }

  func composed(_ inputs: [Tensor]) -> [Tensor]? {
    let (logits, targets) = (inputs[0], inputs[1])
    let classes = logits.shape[1]
    let logSumExp = logits.logSumExp(axis: 1)
    let counted = options.ignoreIndex.map { targets .!= Double($0) }
    let safe =
      counted.map { Tensor.where($0, targets, Tensor.full([], 0, dtype: .int64)) } ?? targets
    let uniform = options.labelSmoothing / Double(classes)
    let distribution =
      Tensor.oneHot(safe, classes: classes, dtype: logits.dtype) * (1 - options.labelSmoothing)
      + uniform
    let losses = (distribution * (logSumExp.expandedDims(axis: 1) - logits)).sum(axis: 1)
    guard let counted else { return [losses, logSumExp] }
    return [losses * counted.cast(to: logits.dtype), logSumExp]
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

/// The cross-entropy of each row: log Σ eˣ − x[target], 0 where the target is `ignoreIndex`.
/// Shape: logits [N, C], integer targets [N] → [N]
public func crossEntropyLosses(
  _ logits: Tensor, _ targets: Tensor, ignoreIndex: Int? = nil, labelSmoothing: Double = 0
) -> Tensor {
  let options = CrossEntropyOptions(ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing)
  return apply(CrossEntropy(options: options), [logits, targets.cast(to: .int64).detached()])[0]
}
