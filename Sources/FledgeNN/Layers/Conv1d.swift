import FledgeCore

/// Convolves sequences with learned filters, see
/// ``/FledgeCore/conv1d(_:weight:bias:stride:padding:dilation:groups:)``.
///
/// Shape: [N, inputs, L] → [N, outputs, L′], [inputs, L] without a batch axis, with
/// L′ = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1. Weight and bias start from
/// U(−b, b) with b = 1/√(inputs / groups · kernel), as in PyTorch.
public final class Conv1d: Module, Layer {
  /// [outputs, inputs / groups, kernel]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The step from window to window.
  public let stride: Int
  /// The elements before and behind the sequence.
  public let padding: Padding1d
  /// What stands there: zeros, or elements of the sequence.
  public let paddingMode: PaddingMode
  /// The step from element to element of a window.
  public let dilation: Int
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding1d = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros
  ) {
    checkChannels(inputs, outputs, kernel: Size2d(1, kernel), groups: groups, "Conv1d")
    self.stride = stride
    self.padding = padding
    self.paddingMode = paddingMode
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(inputs / groups * kernel).squareRoot()
    weight = Tensor.uniform([outputs, inputs / groups, kernel], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (x, padding) = paddingMode == .zeros ? (x, padding) : (padded(x), 0)
    return conv1d(
      x, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  /// The sequence with elements of its own around it.
  private func padded(_ x: Tensor) -> Tensor {
    let width = padding.widths(
      kernel: $weight.shape![2], stride: stride, dilation: dilation, for: "Conv1d")
    return x.paddedAlongLastAxes([width], mode: paddingMode)
  }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[1] * groups) → \(shape[0]), \(shape[2])"
      + choice("stride", stride, usual: 1) + choice("padding", padding, usual: 0)
      + choice("padding mode", paddingMode, usual: .zeros)
      + choice("dilation", dilation, usual: 1) + choice("groups", groups, usual: 1)
  }
}

/// The size requirements of convolution layers.
func checkChannels(
  _ inputs: Int, _ outputs: Int, kernel: Size2d, groups: Int, _ operation: String
) {
  require(
    inputs > 0 && outputs > 0 && groups > 0 && kernel.rows > 0 && kernel.columns > 0, operation,
    "sizes must be positive, got \(inputs) → \(outputs), kernel \(kernel), groups \(groups)")
  require(
    inputs % groups == 0 && outputs % groups == 0, operation,
    "\(inputs) → \(outputs) channels cannot be divided into \(groups) groups")
  _ = inputs.times(outputs, operation).times(kernel.rows, operation)
    .times(kernel.columns, operation)
}

/// ", name value" where the value is not the usual one.
func choice<T: Equatable>(_ name: String, _ value: T, usual: T) -> String {
  value == usual ? "" : ", \(name) \(value)"
}

extension Tensor {
  /// Pads the last axes, one for each width.
  func paddedAlongLastAxes(
    _ widths: [(before: Int, after: Int)], mode: PaddingMode
  ) -> Tensor {
    let others = [(before: Int, after: Int)](
      repeating: (0, 0), count: Swift.max(rank - widths.count, 0))
    return padded(others + widths, mode: mode)
  }
}
