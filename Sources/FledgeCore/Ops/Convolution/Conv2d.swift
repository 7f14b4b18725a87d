/// y[n, m, r, c] = bias[m] + Σ_{i, j, k} weight[m, i, j, k] · x[n, i, r·stride + j·dilation − top, …],
/// with zeros outside the image (LeCun et al. 1989). Each of g groups sees its own C/g channels.
/// Shape: x [N, C, H, W], weight [M, C/g, h, w], bias [M] → [N, M, H′, W′]
///
/// Cost: 2·N·M·H′·W′·(C/g)·h·w floating-point operations.
struct Conv2d: FusedPrimitive {
  static let name = "conv2d"
  static let formula = "y = bias + Σ weight · (windows of x)"
  static var precision: AutocastRule { .reduced }
  let windows: Windows2d
  let groups: Int
  let hasBias: Bool

  var saves: SavedValues { [.input(0), .input(1)] }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let (x, weight) = (inputs[0].shape, inputs[1].shape)
    checkConvolution(x, weight, windows, groups: groups, Self.name)
    if hasBias {
      require(
        inputs[2].shape == [weight[0]], Self.name,
        "\(weight[0]) filters need a bias [\(weight[0])], got \(inputs[2].shape)")
    }
    let output = windows.output(of: Size2d(x[2], x[3]), Self.name)
    let shape = Shape([x[0], weight[0], output.rows, output.columns])
    return [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    convolutionCost(outputs[0].shape, inputs[1].shape)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let shape = outputTypes(of: inputs.types)[0].shape
    return TapConvolution(
      windows, image: inputs[0].imageSize, weight: inputs[1].shape, groups: groups
    ).run(inputs[0], inputs[1], bias: hasBias ? inputs[2] : nil, to: shape, on: backend)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let (x, weight) = (g.inputShape(0), g.inputShape(1))
    let dx = Conv2dInputGradient(
      windows: windows, groups: groups, image: Size2d(x[2], x[3]), channels: x[1])
    let dweight = Conv2dWeightGradient(windows: windows, groups: groups, channels: weight[1])
    let needsWeight = g.needs(1) || (hasBias && g.needs(2))
    let sums = needsWeight ? apply(dweight, [g.dy, g.input(0)]) : nil
    return [g.needs(0) ? apply(dx, g.dy, g.input(1)) : nil, sums?[0]] + (hasBias ? [sums?[1]] : [])
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (x, weight) = (inputs[0], inputs[1])
    let (n, m) = (x.shape[0], weight.shape[0])
    let output = windows.output(of: x.imageSize, Self.name)
    // [N, g, C/g·h·w, H′·W′], and [g, M/g, C/g·h·w] before it.
    let columns = Tensor.stack(windows.taps(of: x), axis: 2)
      .reshaped([n, groups, x.shape[1] / groups * windows.kernel.count, output.count])
    let filters = weight.reshaped([groups, m / groups, columns.shape[2]])
    var y = filters.matmul(columns).reshaped([n, m, output.rows, output.columns])
    if hasBias { y = y + inputs[2].reshaped([m, 1, 1]) }
    return [y]
  }

  static var samples: [Sample] {
    func sample(
      _ x: Shape, _ weight: Shape, stride: Size2d = 1, padding: Padding2d = 0,
      dilation: Size2d = 1, bias: Bool = true
    ) -> Sample {
      let windows = Windows2d(
        kernel: Size2d(weight[2], weight[3]), stride: stride, padding: padding,
        dilation: dilation, for: name)
      let primitive = Conv2d(windows: windows, groups: x[1] / weight[1], hasBias: bias)
      return bias
        ? Sample(primitive, .uniform(x), .uniform(weight), .uniform([weight[0]]))
        : Sample(primitive, .uniform(x), .uniform(weight))
    }
    return [
      sample([1, 2, 4, 5], [2, 2, 2, 3]),
      sample([2, 1, 3, 3], [2, 1, 3, 3], padding: 1, bias: false),
      sample([1, 2, 5, 4], [2, 2, 3, 2], stride: Size2d(2, 1), padding: .zeros(Size2d(1, 0))),
      sample([1, 1, 5, 6], [1, 1, 2, 2], padding: .same, dilation: Size2d(2, 3)),
      sample([1, 4, 3, 3], [2, 2, 2, 2], padding: 1),
      sample([2, 3, 1, 1], [3, 1, 1, 1], stride: 2),
      sample([2, 3, 19, 20], [7, 3, 3, 3], padding: 1),
      sample([3, 4, 7, 6], [10, 2, 3, 3], stride: 2, padding: 2),
      sample([1, 2, 33, 35], [18, 2, 5, 3], stride: Size2d(2, 3), padding: 2, dilation: 2),
      sample([5, 6, 2, 2], [20, 6, 3, 3], padding: 1),
      // Taps that lie in the zeros at every window: most of them, some between others, all.
      sample([3, 2, 1, 1], [5, 2, 3, 3], padding: 1),
      sample([2, 2, 2, 1], [4, 1, 5, 3], stride: 2, padding: 4),
      sample([1, 1, 1, 1], [2, 1, 2, 2], stride: 3, padding: 2),
    ]
  }
}

/// The rules for shapes that the three operations of a convolution share.
func checkConvolution(
  _ x: Shape, _ weight: Shape, _ windows: Windows2d, groups: Int, _ operation: String
) {
  require(
    x.rank == 4 && weight.rank == 4, operation,
    "needs x [N, C, H, W] and weight [M, C/groups, h, w], got \(x) and \(weight)")
  requireGroups(groups, of: weight[0], operation)
  require(
    x[1] == weight[1] * groups, operation,
    "filters for \(weight[1] * groups) channels (\(weight[1]) in each of \(groups) groups), the "
      + "image has \(x[1]): \(x) ∗ \(weight)")
  require(
    Size2d(weight[2], weight[3]) == windows.kernel, operation,
    "filters of shape \(weight) for a kernel of \(windows.kernel)")
}

/// Traps unless so many filters make equal groups.
func requireGroups(_ groups: Int, of filters: Int, _ operation: String) {
  require(
    groups > 0 && groups <= max(filters, 1) && filters % groups == 0, operation,
    "\(filters) filters cannot be divided into \(groups) groups")
}

/// Floating-point operations of each of the three products of a convolution.
func convolutionCost(_ y: Shape, _ weight: Shape) -> Int {
  2 * y.count * weight.dimensions.dropFirst().reduce(1, *)
}

/// The cross-correlation of images with filters, which the field calls a convolution.
///
/// - Parameters:
///   - x: images, [N, C, H, W], or [C, H, W] without a batch axis.
///   - weight: filters, [M, C / groups, h, w].
///   - bias: [M].
///   - stride: rows and columns from one window to the next.
///   - padding: zeros around the image.
///   - dilation: rows and columns from one place of the kernel to the next.
///   - groups: output m sees only the channels of its group.
/// - Returns: [N, M, H′, W′] with H′ = ⌊(H + 2·padding − dilation·(h − 1) − 1) / stride⌋ + 1.
public func conv2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2d = 1, padding: Padding2d = 0,
  dilation: Size2d = 1, groups: Int = 1
) -> Tensor {
  require(
    weight.rank == 4, Conv2d.name, "needs a weight [M, C/groups, h, w], got \(weight.shape)")
  let windows = Windows2d(
    kernel: weight.imageSize, stride: stride, padding: padding, dilation: dilation,
    for: Conv2d.name)
  let primitive = Conv2d(windows: windows, groups: groups, hasBias: bias != nil)
  return withBatchAxis(x, rank: 4) {
    apply(primitive, [$0, weight] + (bias.map { [$0] } ?? []))[0]
  }
}
