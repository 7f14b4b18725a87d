// The common part of reductions; each of them is a file beside this one.

/// Folds axes into one value.   Shape: [a…, n, b…] → [a…, 1, b…]; the public function removes the
/// size-1 axes again unless `keepDims` is true.
protocol Reduction: SingleOutput {
  static var kernel: ReductionKernel { get }
  /// Normalized, ascending.
  var axes: [Int] { get }
}

extension Reduction {
  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let type = outputType(of: inputs.types)
    return backend.reduce(Self.kernel, inputs[0], axes: axes, dtype: type.dtype)
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let shape = inputs[0].shape.collapsing(axes)
    if Self.kernel.neutral == nil && shape.count > 0 {
      require(
        inputs[0].shape.count > 0, Self.name,
        "of no elements: shape \(inputs[0].shape) over axes \(axes)")
    }
    return TensorType(shape: shape, dtype: inputs[0].dtype)
  }
}

extension Tensor {
  /// Runs `body` on the normalized axes and removes them from its result unless they are kept.
  func reduced(
    _ axes: [Int]?, keepDims: Bool, _ operation: String, _ body: ([Int]) -> Tensor
  ) -> Tensor {
    let axes = shape.normalized(axes: axes, operation)
    let result = body(axes)
    return keepDims || axes.isEmpty ? result : result.reshaped(shape.removing(axes))
  }

  static func reductionSamples<P: Primitive>(_ make: ([Int]) -> P, _ input: (Shape) -> SampleInput)
    -> [Sample]
  {
    let cases: [(Shape, [Int])] = [
      ([], []), ([5], [0]), ([2, 3], [0]), ([2, 3], [1]), ([2, 3], [0, 1]), ([2, 3, 4], [1]),
      ([2, 3, 4], [0, 2]), ([3, 1, 2], [1]), ([2, 3], []),
    ]
    return cases.map { Sample(make($1), input($0)) }
  }
}
