import CKernels

/// y = the largest x of each window, and its place in the window (the first of equals; NaN wins).
/// Positions outside the image do not count.
/// Shape: [N, C, H, W] → [N, C, H′, W′], places int32 [N, C, H′, W′]
struct MaxPool2d: FusedPrimitive {
  static let name = "maxPool2d"
  static let formula = "y = the largest x of each window"
  let windows: Windows2d

  var saves: SavedValues { .output(1) }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let x = inputs[0].shape
    require(x.rank == 4, Self.name, "needs images [N, C, H, W], got \(x)")
    windows.checkPoolPadding(Self.name)
    let output = windows.output(of: Size2d(x[2], x[3]), Self.name)
    windows.checkReach(Size2d(x[2], x[3]), output, Self.name)
    let shape = Shape([x[0], x[1], output.rows, output.columns])
    return [
      TensorType(shape: shape, dtype: inputs[0].dtype), TensorType(shape: shape, dtype: .int32),
    ]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * windows.kernel.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let x = backend.compact(inputs[0])
    guard x.dtype == .float32, x.count > 0 else { return nil }
    let output = windows.output(of: x.imageSize, Self.name)
    let shape = Shape([x.shape[0], x.shape[1], output.rows, output.columns])
    let y = Tensor(uninitialized: shape, .float32)
    let places = Tensor(uninitialized: shape, .int32)
    let (px, py, pp) = (x.pointer(Float.self), y.pointer(Float.self), places.pointer(Int32.self))
    let plane = x.imageSize.count
    let kernel = windows.argument(x.imageSize, output)
    ThreadPool.forRanges(shape[0] * shape[1], grain: windows.planeGrain(x.imageSize)) { range in
      let out = range.lowerBound * output.count
      fledge_max_pool_f32(
        kernel, px + range.lowerBound * plane, range.count, py + out, pp + out)
    }
    withExtendedLifetime(x) {}
    return [y, places]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let x = g.inputShape(0)
    return [
      apply(
        MaxPool2dGradient(windows: windows, image: Size2d(x[2], x[3])), g.dy,
        g.output(1).detached())
    ]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let stacked = Tensor.stack(windows.taps(of: inputs[0], fill: -.infinity), axis: -1)
    let places = stacked.detached().argmax(axis: -1, keepDims: true)
    return [
      stacked.gather(places, axis: -1).squeezed(axis: -1),
      places.squeezed(axis: -1).cast(to: .int32),
    ]
  }

  static var samples: [Sample] {
    func sample(
      _ x: Shape, _ kernel: Size2d, stride: Size2d, padding: Padding2d = 0, dilation: Size2d = 1
    ) -> Sample {
      let windows = Windows2d(
        kernel: kernel, stride: stride, padding: padding, dilation: dilation, for: name)
      return Sample(MaxPool2d(windows: windows), .distinct(x))
    }
    return [
      sample([1, 2, 4, 4], 2, stride: 2),
      sample([2, 1, 5, 3], 2, stride: 2),
      sample([1, 1, 5, 6], Size2d(3, 2), stride: 1, padding: .zeros(Size2d(1, 0))),
      sample([1, 1, 5, 5], 2, stride: Size2d(1, 2), dilation: 2),
      sample([2, 3, 28, 28], 2, stride: 2),
      sample([3, 2, 37, 75], 2, stride: 2),
      sample([1, 3, 15, 17], 3, stride: 2, padding: 1),
    ]
  }
}

/// The gradient of ``MaxPool2d``: dy at the place of each window's largest element.
/// Shape: dy [N, C, H′, W′], places int32 [N, C, H′, W′] → [N, C, H, W]
struct MaxPool2dGradient: FusedPrimitive {
  static let name = "maxPool2dGradient"
  static let formula = "dx = Σ dy of the windows whose largest element x is"
  static var checkedThrough: (any Primitive.Type)? { MaxPool2d.self }
  let windows: Windows2d
  let image: Size2d

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let dy = inputs[0]
    requireFloatingPoint(dy, Self.name)
    requireIntegers(inputs[1], .int32, Self.name)
    windows.checkGradient(dy.shape, over: image, Self.name)
    require(
      inputs[1].shape == dy.shape, Self.name,
      "needs a place for each of \(dy), got \(inputs[1])")
    return [
      TensorType(
        shape: [dy.shape[0], dy.shape[1], image.rows, image.columns], dtype: dy.dtype)
    ]
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let (dy, places) = (backend.compact(inputs[0]), backend.compact(inputs[1]))
    guard dy.dtype == .float32, dy.count > 0 else { return nil }
    let dx = Tensor(
      uninitialized: [dy.shape[0], dy.shape[1], image.rows, image.columns], .float32)
    let (pdy, pp, pdx) = (
      dy.pointer(Float.self), places.pointer(Int32.self), dx.pointer(Float.self)
    )
    let output = dy.imageSize
    let kernel = windows.argument(image, output)
    ThreadPool.forRanges(dy.shape[0] * dy.shape[1], grain: windows.planeGrain(image)) { range in
      let out = range.lowerBound * output.count
      fledge_max_pool_grad_f32(
        kernel, pdy + out, pp + out, range.count, pdx + range.lowerBound * image.count)
    }
    withExtendedLifetime((dy, places)) {}
    return [dx]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, places) = (inputs[0], inputs[1])
    let taps = (0..<windows.kernel.count).map { place in
      Tensor.where(places .== Double(place), dy, Tensor.zeros([], dtype: dy.dtype))
    }
    return [windows.sum(ofTaps: taps, over: image)]
  }
}

extension Windows2d {
  /// The windows as the kernels of pooling take them.
  func argument(_ image: Size2d, _ output: Size2d) -> fledge_windows {
    fledge_windows(
      rows: image.rows, columns: image.columns, kernel_rows: kernel.rows,
      kernel_columns: kernel.columns, stride_rows: stride.rows, stride_columns: stride.columns,
      dilation_rows: dilation.rows, dilation_columns: dilation.columns, top: top, left: left,
      out_rows: output.rows, out_columns: output.columns)
  }

  /// More positions outside than half of the kernel would leave windows without a value.
  func checkPoolPadding(_ operation: String) {
    require(
      2 * max(top, bottom) <= kernel.rows && 2 * max(left, right) <= kernel.columns, operation,
      "the padding must be at most half of the kernel \(kernel), got \(Size2d(top, left))")
  }

  /// A dilated window may reach over the image on both sides, and has no largest element then.
  func checkReach(_ image: Size2d, _ output: Size2d, _ operation: String) {
    // Without padding a window lies inside, and without dilation too much of it does.
    if top + bottom + left + right == 0 || (dilation == 1 && image.count > 0) { return }
    let reaches =
      Self.reach(image.rows, output.rows, kernel.rows, stride.rows, dilation.rows, before: top)
      && Self.reach(
        image.columns, output.columns, kernel.columns, stride.columns, dilation.columns,
        before: left)
    require(
      reaches, operation,
      "a window of \(kernel) with dilation \(dilation) lies in the padding \(Size2d(top, left)) "
        + "alone, beside the image of \(image)")
  }

  /// Along one axis: whether each window has a place inside.
  private static func reach(
    _ image: Int, _ windows: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, before: Int
  ) -> Bool {
    (0..<windows).allSatisfy { window in
      let start = window * stride - before
      let place = start < 0 ? (dilation - 1 - start) / dilation : 0
      return place < kernel && start + place * dilation < image
    }
  }

  /// Traps unless dy is of the windows over images of a size: kernels write where they say.
  func checkGradient(_ dy: Shape, over image: Size2d, _ operation: String) {
    let output = output(of: image, operation)
    require(
      dy.rank == 4 && Size2d(dy[2], dy[3]) == output, operation,
      "needs dy [N, C, \(output.rows), \(output.columns)] for images of \(image), got \(dy)")
  }

  /// Planes that are worth a thread.
  func planeGrain(_ image: Size2d) -> Int { max(1, ThreadPool.grain / max(1, image.count)) }
}

/// The largest value of each window of a plane.
///
/// - Parameters:
///   - x: images, [N, C, H, W], or [C, H, W] without a batch axis.
///   - kernel: rows and columns of a window.
///   - stride: from one window to the next; by default the kernel's size.
///   - padding: positions around the image that windows may reach; they do not count. At most half
///     of the kernel, and every window must reach into the image.
///   - dilation: from one place of the kernel to the next.
///   - ceilMode: whether rows and columns that are left over make a last, smaller window: ⌈ ⌉ instead
///     of ⌊ ⌋ in the size of the result, except for windows that would begin behind the image.
/// - Returns: [N, C, H′, W′] with H′ = ⌊(H + 2·padding − dilation·(h − 1) − 1) / stride⌋ + 1. The
///   gradient goes to the first of equal values.
public func maxPool2d(
  _ x: Tensor, kernel: Size2d, stride: Size2d? = nil, padding: Padding2d = 0, dilation: Size2d = 1,
  ceilMode: Bool = false
) -> Tensor {
  let windows = Windows2d(
    kernel: kernel, stride: stride ?? kernel, padding: padding, dilation: dilation,
    for: MaxPool2d.name)
  return withBatchAxis(x, rank: 4) { x in
    guard ceilMode else { return apply(MaxPool2d(windows: windows), [x])[0] }
    checkPoolInput(x, MaxPool2d.name)
    // −∞ behind the places that count is never the first largest element.
    let filled = x.withRest(windows.rest(of: x.imageSize), value: -.infinity)
    return apply(MaxPool2d(windows: windows), [filled])[0]
  }
}
