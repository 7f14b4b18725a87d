/// The precision in which a primitive computes under ``autocast(_:_:)``.
public enum AutocastRule: Sendable {
  /// Inputs are cast down to the half type: products, which take most of the time and lose little.
  case reduced
  /// Inputs are cast up to float32: what sums many numbers, or grows or falls steeply.
  case full
  /// Inputs that differ are cast to the widest of their types.
  case widest
  /// Inputs go in as they are.
  case given
}

/// Runs `body` in mixed precision (Micikevicius et al. 2018): products in `dtype`, which is
/// `.bfloat16` or `.float16`, sums, norms, exponentials and losses in float32.
///
///     let loss = autocast(.bfloat16) { crossEntropy(model(x), targets) }
///     loss.backward()
///
/// Parameters keep their dtype, so float32 weights are the *master weights* and get float32
/// gradients: each cast is recorded and differentiated. A backward pass inside the scope uses the
/// dtypes of the forward pass. Gradients in float16 underflow below 2⁻²⁴; `GradientScaler` lifts
/// them, and bfloat16 does not need it.
///
/// Each operation follows its own ``Primitive/precision``. float64 tensors stay float64.
public func autocast<R, E: Error>(
  _ dtype: DType, _ body: () throws(E) -> R
) throws(E) -> R {
  require(
    dtype == .bfloat16 || dtype == .float16, "autocast",
    "goes to bfloat16 or float16, not \(dtype)")
  return try withTransformation(Autocast(dtype: dtype), body)
}

struct Autocast: Transformation {
  let dtype: DType
  var changesResults: Bool { true }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors,
    next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    // Gradient rules are made for the types that the forward pass chose.
    if ExecutionContext.current.isBackward { return next(primitive, inputs) }
    return next(primitive, cast(inputs, type(of: primitive).precision))
  }

  private func cast(_ inputs: Tensors, _ rule: AutocastRule) -> Tensors {
    switch rule {
    case .given: inputs
    case .reduced: Tensors(inputs.map { $0.dtype == .float32 ? $0.cast(to: dtype) : $0 })
    case .full: inputs.widened
    case .widest:
      inputs.contains { $0.dtype == .float32 } ? cast(inputs, .full) : inputs
    }
  }
}

extension DType {
  var isHalf: Bool { self == .float16 || self == .bfloat16 }

  /// The dtype of values that summarize many others, such as a log-sum-exp: float32 for half types.
  var ofStatistics: DType { isHalf ? .float32 : self }
}

extension Tensors {
  /// Whether any of them is of a half type. For every loss and norm, so no element is copied.
  @inline(__always)
  var hasHalves: Bool {
    first?.dtype.isHalf == true || second?.dtype.isHalf == true || third?.dtype.isHalf == true
      || others?.contains { $0.dtype.isHalf } == true
  }

  /// The same with those of half types in float32.
  var widened: Tensors { Tensors(map { $0.dtype.isHalf ? $0.cast(to: .float32) : $0 }) }
}

/// Runs a function that is made of several operations as a primitive of the rule `.full` runs: halves
/// are computed in float32 from the first read to the last write and rounded once, to the dtype that
/// the inputs are promoted to, and under ``autocast(_:_:)`` stay in float32. Other dtypes pass.
package func inFloat32(_ inputs: Tensors, _ body: (Tensors) -> Tensor) -> Tensor {
  guard inputs.hasHalves else { return body(inputs) }
  let y = body(inputs.widened)
  let dtype = inputs.reduce(inputs[0].dtype) { DType.promoted($0, $1.dtype) }
  let isAutocast = ExecutionContext.current.transformations.contains { $0 is Autocast }
  return dtype.isHalf && !isAutocast ? y.cast(to: dtype) : y
}

/// The same whatever autocast says: the result has the dtype of the first input, as a gradient must.
@inline(never)
func roundedOnce(_ inputs: Tensors, _ body: (Tensors) -> Tensor) -> Tensor {
  inputs.hasHalves ? body(inputs.widened).cast(to: inputs[0].dtype) : body(inputs)
}
