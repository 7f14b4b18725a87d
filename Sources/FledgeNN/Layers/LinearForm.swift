import FledgeCore

/// How a ``Linear`` stores its weight and computes its product: dense, with low-rank adapters,
/// quantized, or with a part of the rows or columns of a weight that several ranks share.
///
/// A form is a module; its `@Parameter`s and `@Buffer`s appear in a checkpoint as if they were the
/// layer's own. Its `details` are printed after the layer's sizes. A form that wraps another one
/// keeps it in a property marked ``Inlined``.
///
///     final class Int8Linear: Module, LinearForm {
///       @Buffer var quantized: Tensor     // int8 [outputs, inputs]
///       @Buffer var scales: Tensor        // [outputs, 1]
///       …
///       func callAsFunction(_ x: Tensor) -> Tensor {
///         linear(x, weight: quantized.cast(to: .float32) * scales)
///       }
///     }
public protocol LinearForm: Layer {
  /// The size of the last axis of x.
  var inputs: Int { get }
  /// The size of the last axis of y. A form that holds a part of a weight may have fewer than the
  /// one that it replaces.
  var outputs: Int { get }
  /// Computes only some of the outputs, such as the queries of a sequence.
  /// Shape: [*, inputs] → [*, rows.count]. The default computes all outputs.
  func callAsFunction(_ x: Tensor, rows: Range<Int>) -> Tensor
  /// The weight as one tensor [outputs, inputs], adapters included; nil, the default, if the form
  /// cannot give it.
  var denseWeight: Tensor? { get }
  /// Adds `change` [outputs, inputs] to the weight and returns this form or another one.
  /// ``Module/mergeLoRA()`` calls it; the default traps.
  func adding(_ change: Tensor) -> any LinearForm
}

extension LinearForm {
  public func callAsFunction(_ x: Tensor, rows: Range<Int>) -> Tensor {
    self(x).sliced(axis: -1, from: rows.lowerBound, count: rows.count)
  }

  public var denseWeight: Tensor? { nil }

  public func adding(_ change: Tensor) -> any LinearForm {
    fledgeTrap(
      "Linear", "a \(type(of: self)) takes no change of its weight; it has no adding(_:)")
  }
}

/// y = x Wᵀ + b with a weight that is stored as it is.   Shape: [*, inputs] → [*, outputs].
public final class DenseLinear: Module, LinearForm {
  /// [outputs, inputs]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  public let inputs: Int
  public let outputs: Int

  /// Copies weight [outputs, inputs] and bias [outputs].
  public init(weight: Tensor, bias: Tensor? = nil) {
    require(
      weight.rank == 2 && bias.map { $0.shape == [weight.shape[0]] } ?? true, "DenseLinear",
      "needs a weight [outputs, inputs] and a bias [outputs], the shapes are \(weight.shape)"
        + (bias.map { " and \($0.shape)" } ?? ""))
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.weight = weight
    self.bias = bias
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight: weight, bias: bias) }

  public func callAsFunction(_ x: Tensor, rows: Range<Int>) -> Tensor {
    func part(_ tensor: Tensor) -> Tensor {
      tensor.sliced(axis: 0, from: rows.lowerBound, count: rows.count)
    }
    return linear(x, weight: part(weight), bias: bias.map(part))
  }

  public var denseWeight: Tensor? { weight }

  public func adding(_ change: Tensor) -> any LinearForm {
    $weight.update { $0 += change }
    return self
  }
}
