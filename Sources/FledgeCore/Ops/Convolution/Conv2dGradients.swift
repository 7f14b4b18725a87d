/// The adjoint of ``Conv2d`` in x, also called transposed convolution (Zeiler et al. 2010): it adds
/// each dy times the filters where the windows lie.
/// Shape: dy [N, M, H′, W′], weight [M, C/g, h, w] → [N, C, H, W]
struct Conv2dInputGradient: FusedPrimitive {
  static let name = "conv2dInputGradient"
  static let formula = "dx = Σ over windows of weight · dy"
  static var precision: AutocastRule { .reduced }
  let windows: Windows2d
  let groups: Int
  /// The size of dx: several sizes have the same number of windows.
  let image: Size2d
  let channels: Int

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let (dy, weight) = (inputs[0].shape, inputs[1].shape)
    require(dy.rank == 4, Self.name, "needs dy [N, M, H, W], got \(dy)")
    let dx = Shape([dy[0], channels, image.rows, image.columns])
    checkConvolution(dx, weight, windows, groups: groups, Self.name)
    let output = windows.output(of: image, Self.name)
    require(
      dy[1] == weight[0] && Size2d(dy[2], dy[3]) == output, Self.name,
      "dy \(dy) is not of \(weight[0]) filters at \(output) windows")
    return [TensorType(shape: dx, dtype: inputs[0].dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    convolutionCost(inputs[0].shape, inputs[1].shape)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let (dy, weight) = (inputs[0], inputs[1])
    return TapConvolution(
      adjointOf: windows, image: image, output: dy.imageSize, weight: weight.shape,
      groups: groups
    ).run(
      dy, weight, bias: nil, to: [dy.shape[0], channels, image.rows, image.columns], on: backend)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let convolution = Conv2d(windows: windows, groups: groups, hasBias: false)
    let dweight = Conv2dWeightGradient(
      windows: windows, groups: groups, channels: channels / groups)
    return [
      g.needs(0) ? apply(convolution, g.dy, g.input(1)) : nil,
      g.needs(1) ? apply(dweight, [g.input(0), g.dy])[0] : nil,
    ]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, weight) = (inputs[0], inputs[1])
    let (n, m, output) = (dy.shape[0], dy.shape[1], dy.imageSize)
    let filters = weight.reshaped([
      groups, m / groups, channels / groups * windows.kernel.count,
    ])
    let columns = filters.transposed()
      .matmul(dy.reshaped([n, groups, m / groups, output.count]))
      .reshaped([n, channels, windows.kernel.count, output.rows, output.columns])
    let taps = (0..<windows.kernel.count).map { columns[.all, .all, $0] }
    return [windows.sum(ofTaps: taps, over: image)]
  }

  static var samples: [Sample] {
    func sample(
      _ dx: Shape, _ weight: Shape, stride: Size2d = 1, padding: Padding2d = 0,
      dilation: Size2d = 1
    ) -> Sample {
      let windows = Windows2d(
        kernel: Size2d(weight[2], weight[3]), stride: stride, padding: padding,
        dilation: dilation, for: name)
      let image = Size2d(dx[2], dx[3])
      let output = windows.output(of: image, name)
      let primitive = Conv2dInputGradient(
        windows: windows, groups: dx[1] / weight[1], image: image, channels: dx[1])
      return Sample(
        primitive, .uniform([dx[0], weight[0], output.rows, output.columns]), .uniform(weight))
    }
    return [
      sample([1, 2, 4, 4], [2, 2, 2, 2], padding: 1),
      sample([1, 2, 5, 6], [2, 1, 2, 3], stride: Size2d(3, 2), padding: 1),
      sample([1, 1, 6, 5], [1, 1, 2, 2], stride: 3, dilation: 2),
      sample([2, 5, 18, 20], [3, 5, 3, 3], padding: 1),
      sample([2, 4, 21, 37], [6, 2, 3, 3], stride: 2, padding: 1),
      sample([3, 5, 1, 1], [2, 5, 3, 3], padding: 1),
      sample([2, 2, 2, 1], [4, 1, 5, 3], stride: 2, padding: 4),
      sample([1, 1, 1, 1], [2, 1, 2, 2], stride: 3, padding: 2),
    ]
  }
}

/// The gradients of ``Conv2d`` for weight and bias: Σ over images and windows of dy · x, and of dy.
/// Shape: dy [N, M, H′, W′], x [N, C, H, W] → [M, C/g, h, w], [M]
struct Conv2dWeightGradient: FusedPrimitive {
  static let name = "conv2dWeightGradient"
  static let formula = "dweight = Σ over windows of dy · x, dbias = Σ dy"
  static var precision: AutocastRule { .reduced }
  let windows: Windows2d
  let groups: Int
  /// Of the weight: those of one group.
  let channels: Int

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let (dy, x) = (inputs[0].shape, inputs[1].shape)
    require(
      dy.rank == 4 && x.rank == 4 && dy[0] == x[0], Self.name,
      "needs dy [N, M, H′, W′] and x [N, C, H, W], got \(dy) and \(x)")
    let weight = Shape([dy[1], channels, windows.kernel.rows, windows.kernel.columns])
    checkConvolution(x, weight, windows, groups: groups, Self.name)
    let dtype = inputs[0].dtype
    return [TensorType(shape: weight, dtype: dtype), TensorType(shape: [dy[1]], dtype: dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    convolutionCost(inputs[0].shape, outputs[0].shape)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let weight = outputTypes(of: inputs.types)[0].shape
    return TapConvolution(windows, image: inputs[1].imageSize, weight: weight, groups: groups)
      .weightGradient(dy: inputs[0], x: inputs[1], weight: weight, on: backend)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let x = g.inputShape(1)
    let convolution = Conv2d(windows: windows, groups: groups, hasBias: g.hasGradient(1))
    let dx = Conv2dInputGradient(
      windows: windows, groups: groups, image: Size2d(x[2], x[3]), channels: x[1])
    let bias = g.hasGradient(1) ? [g.dy(1)] : []
    return [
      g.needs(0) ? apply(convolution, [g.input(1), g.dy(0)] + bias)[0] : nil,
      g.needs(1) ? apply(dx, g.input(0), g.dy(0)) : nil,
    ]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, x) = (inputs[0], inputs[1])
    let (n, m, output) = (x.shape[0], dy.shape[1], dy.imageSize)
    let columns = Tensor.stack(windows.taps(of: x), axis: 2)
      .reshaped([n, groups, channels * windows.kernel.count, output.count])
    let products = dy.reshaped([n, groups, m / groups, output.count])
      .matmul(columns.transposed())
    let shape = Shape([m, channels, windows.kernel.rows, windows.kernel.columns])
    return [products.sum(axis: 0).reshaped(shape), dy.sum(axes: [0, 2, 3])]
  }

  static var samples: [Sample] {
    func sample(
      _ x: Shape, _ weight: Shape, stride: Size2d = 1, padding: Padding2d = 0,
      dilation: Size2d = 1
    ) -> Sample {
      let windows = Windows2d(
        kernel: Size2d(weight[2], weight[3]), stride: stride, padding: padding,
        dilation: dilation, for: name)
      let output = windows.output(of: Size2d(x[2], x[3]), name)
      let primitive = Conv2dWeightGradient(
        windows: windows, groups: x[1] / weight[1], channels: weight[1])
      return Sample(
        primitive, .uniform([x[0], weight[0], output.rows, output.columns]), .uniform(x))
    }
    return [
      sample([2, 2, 4, 3], [2, 2, 2, 2], padding: 1),
      sample([1, 2, 5, 6], [2, 1, 2, 3], stride: Size2d(3, 2), padding: 1),
      sample([1, 1, 6, 5], [1, 1, 2, 2], dilation: 2),
      sample([2, 3, 4, 19], [33, 3, 3, 3], padding: 1),
      sample([6, 3, 5, 5], [17, 3, 3, 3], stride: 2, padding: 1),
      sample([3, 2, 1, 1], [5, 2, 3, 3], padding: 1),
      sample([2, 2, 2, 1], [4, 1, 5, 3], stride: 2, padding: 4),
      sample([1, 1, 1, 1], [2, 1, 2, 2], stride: 3, padding: 2),
    ]
  }
}
