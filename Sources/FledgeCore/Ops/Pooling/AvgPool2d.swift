import CKernels

/// y = Σ x over each window / the kernel's size; zeros outside the image.
/// Shape: [N, C, H, W] → [N, C, H′, W′]
struct AvgPool2d: FusedPrimitive {
  static let name = "avgPool2d"
  static let formula = "y = the mean x of each window"
  let windows: Windows2d

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let x = inputs[0].shape
    require(x.rank == 4, Self.name, "needs images [N, C, H, W], got \(x)")
    windows.checkPoolPadding(Self.name)
    let output = windows.output(of: Size2d(x[2], x[3]), Self.name)
    let shape = Shape([x[0], x[1], output.rows, output.columns])
    return [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * (windows.kernel.count + 1)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let shape = outputTypes(of: inputs.types)[0].shape
    let argument = windows.argument(inputs[0].imageSize, Size2d(shape[2], shape[3]))
    return mapPlanes(inputs[0], to: shape, on: backend) { x, planes, y in
      fledge_sum_pool_f32(argument, 1 / Float(windows.kernel.count), x, planes, y)
    }
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let x = g.inputShape(0)
    return [apply(AvgPool2dGradient(windows: windows, image: Size2d(x[2], x[3])), g.dy)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [Tensor.stack(windows.taps(of: inputs[0])).sum(axis: 0) / Double(windows.kernel.count)]
  }

  static var samples: [Sample] {
    Windows2d.samples.map { Sample(AvgPool2d(windows: $0.windows), .uniform($0.image)) }
  }
}

/// The adjoint of ``AvgPool2d``: dy / the kernel's size at every position of its window.
/// Shape: [N, C, H′, W′] → [N, C, H, W]
struct AvgPool2dGradient: FusedPrimitive {
  static let name = "avgPool2dGradient"
  static let formula = "dx = Σ dy of the windows over x / the kernel's size"
  let windows: Windows2d
  let image: Size2d

  var saves: SavedValues { .nothing }

  private func shape(_ dy: Shape) -> Shape { [dy[0], dy[1], image.rows, image.columns] }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs[0], Self.name)
    windows.checkGradient(inputs[0].shape, over: image, Self.name)
    return [TensorType(shape: shape(inputs[0].shape), dtype: inputs[0].dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    inputs[0].shape.count * (windows.kernel.count + 1)
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let argument = windows.argument(image, inputs[0].imageSize)
    return mapPlanes(inputs[0], to: shape(inputs[0].shape), on: backend) { dy, planes, dx in
      fledge_sum_pool_grad_f32(argument, 1 / Float(windows.kernel.count), dy, planes, dx)
    }
  }

  func gradients(_ g: GradientContext) -> Gradients { [apply(AvgPool2d(windows: windows), g.dy)] }

  func composed(_ inputs: Tensors) -> Tensors? {
    let share = inputs[0] / Double(windows.kernel.count)
    let taps = [Tensor](repeating: share, count: windows.kernel.count)
    return [windows.sum(ofTaps: taps, over: image)]
  }

  static var samples: [Sample] {
    Windows2d.samples.map { windows, x in
      let image = Size2d(x[2], x[3])
      let output = windows.output(of: image, name)
      return Sample(
        AvgPool2dGradient(windows: windows, image: image),
        .uniform([x[0], x[1], output.rows, output.columns]))
    }
  }
}

/// The mean of each window of a plane.
///
/// - Parameters:
///   - x: images, [N, C, H, W], or [C, H, W] without a batch axis.
///   - kernel: rows and columns of a window.
///   - stride: from one window to the next; by default the kernel's size.
///   - padding: positions around the image that windows may reach. At most half of the kernel.
///   - countsPadding: whether positions outside count as zeros, or not at all.
///   - ceilMode: whether rows and columns that are left over make a last, smaller window, see
///     ``maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)``; what it has beyond the padding does
///     not count.
/// - Returns: [N, C, H′, W′] with H′ = ⌊(H + 2·padding − h) / stride⌋ + 1.
public func avgPool2d(
  _ x: Tensor, kernel: Size2d, stride: Size2d? = nil, padding: Padding2d = 0,
  countsPadding: Bool = true, ceilMode: Bool = false
) -> Tensor {
  let windows = Windows2d(
    kernel: kernel, stride: stride ?? kernel, padding: padding, for: AvgPool2d.name)
  return withBatchAxis(x, rank: 4) { x in
    let pool = AvgPool2d(windows: windows)
    if countsPadding && !ceilMode { return apply(pool, x) }
    checkPoolInput(x, AvgPool2d.name)
    let rest = ceilMode ? windows.rest(of: x.imageSize) : 0
    if rest == 0 && (countsPadding || padding == 0) { return apply(pool, x) }
    return inFloat32(Tensors(x)) { inputs in
      func ones(_ size: Size2d) -> Tensor {
        Tensor.ones([1, 1, size.rows, size.columns], dtype: inputs[0].dtype).withRest(rest)
      }
      let counts =
        countsPadding
        ? apply(AvgPool2d(windows: windows.withoutPadding), ones(windows.padded(x.imageSize)))
        : apply(pool, ones(x.imageSize))
      return apply(pool, inputs[0].withRest(rest)) / counts
    }
  }
}
