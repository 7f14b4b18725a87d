import CKernels

/// The elements under each place of a kernel, window by window, as columns: a convolution is a
/// matrix product with them.   Shape: [N, C, H, W] → [N, C·h·w, H′·W′]
struct Im2Col: FusedPrimitive {
  static let name = "im2col"
  static let formula = "y[n, (c, i, j), (r, s)] = x[n, c, r·stride + i·dilation − top, …]"
  let windows: Windows2d

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let x = inputs[0].shape
    require(x.rank == 4, Self.name, "needs images [N, C, H, W], got \(x)")
    let output = windows.output(of: Size2d(x[2], x[3]), Self.name)
    let shape = Shape([x[0], x[1] * windows.kernel.count, output.count])
    return [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let shape = outputTypes(of: inputs.types)[0].shape
    let output = windows.output(of: inputs[0].imageSize, Self.name)
    return mapPlanes(inputs[0], to: shape, on: backend) { x, planes, y in
      fledge_im2col_f32(windows.argument(inputs[0].imageSize, output), x, planes, y)
    }
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let x = g.inputShape(0)
    return [apply(Col2Im(windows: windows, image: Size2d(x[2], x[3])), g.dy)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0].shape
    let taps = Tensor.stack(windows.taps(of: inputs[0]), axis: 2)
    return [taps.reshaped([x[0], x[1] * windows.kernel.count, taps.imageSize.count])]
  }

  static var samples: [Sample] {
    Windows2d.samples.map { Sample(Im2Col(windows: $0.windows), .uniform($0.image)) }
  }
}

/// The adjoint of ``Im2Col``: it adds each element where it came from.
/// Shape: [N, C·h·w, H′·W′] → [N, C, H, W]
struct Col2Im: FusedPrimitive {
  static let name = "col2im"
  static let formula = "y[n, c, …] = Σ of the x that im2col takes from there"
  let windows: Windows2d
  let image: Size2d

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    let x = inputs[0].shape
    let output = windows.output(of: image, Self.name)
    require(
      x.rank == 3 && x[1] % windows.kernel.count == 0 && x[2] == output.count, Self.name,
      "needs columns [N, C·\(windows.kernel.count), \(output.count)] for windows of "
        + "\(windows.kernel) over \(image), got \(x)")
    let shape = Shape([x[0], x[1] / windows.kernel.count, image.rows, image.columns])
    return [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    let shape = outputTypes(of: inputs.types)[0].shape
    let output = windows.output(of: image, Self.name)
    return mapPlanes(inputs[0], to: shape, on: backend) { x, planes, y in
      fledge_col2im_f32(windows.argument(image, output), x, planes, y)
    }
  }

  func gradients(_ g: GradientContext) -> Gradients { [apply(Im2Col(windows: windows), g.dy)] }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (x, output) = (inputs[0], windows.output(of: image, Self.name))
    let columns = x.reshaped([
      x.shape[0], x.shape[1] / windows.kernel.count, windows.kernel.count, output.rows,
      output.columns,
    ])
    let taps = (0..<windows.kernel.count).map { columns[.all, .all, $0] }
    return [windows.sum(ofTaps: taps, over: image)]
  }

  static var samples: [Sample] {
    Windows2d.samples.map { windows, x in
      let image = Size2d(x[2], x[3])
      let columns = windows.output(of: image, name).count
      return Sample(
        Col2Im(windows: windows, image: image),
        .uniform([x[0], x[1] * windows.kernel.count, columns]))
    }
  }
}

extension Windows2d {
  /// Windows and images for the samples of the operations that step over them.
  static var samples: [(windows: Windows2d, image: Shape)] {
    func windows(
      _ kernel: Size2d, stride: Size2d = 1, padding: Padding2d = 0, dilation: Size2d = 1
    ) -> Windows2d {
      Windows2d(
        kernel: kernel, stride: stride, padding: padding, dilation: dilation, for: Im2Col.name)
    }
    return [
      (windows(2, stride: 2), [1, 2, 4, 5]),
      (windows(Size2d(3, 2), padding: 1), [1, 1, 4, 3]),
      (windows(2, stride: Size2d(1, 3), padding: 1, dilation: 2), [1, 1, 4, 5]),
      (windows(3, stride: 2, padding: 1), [2, 3, 20, 19]),
    ]
  }
}

/// Runs a kernel on each plane, shared among threads; nil if x is not float32.
/// Shape: x [N, C or a multiple, …] → `shape`, [N, C or a multiple, …]
func mapPlanes(
  _ x: Tensor, to shape: Shape, on backend: any Backend,
  _ kernel: (UnsafePointer<Float>, _ planes: Int, UnsafeMutablePointer<Float>) -> Void
) -> Tensors? {
  guard x.dtype == .float32, x.count > 0, shape.count > 0 else { return nil }
  let x = backend.compact(x)
  let y = Tensor(uninitialized: shape, .float32)
  // The smaller number of channels: where one plane of one side is several of the other.
  let planes = shape[0] * min(x.shape[1], shape[1])
  let (source, target) = (x.count / planes, y.count / planes)
  let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
  let grain = max(1, ThreadPool.grain / max(source, target))
  ThreadPool.forRanges(planes, grain: grain) { range in
    kernel(px + range.lowerBound * source, range.count, py + range.lowerBound * target)
  }
  withExtendedLifetime(x) {}
  return [y]
}

/// The elements under each place of a kernel as columns, one for each window (PyTorch's `unfold`):
/// `weight.reshaped([M, C·h·w]).matmul(im2col(x, …))` is a convolution.
///
/// - Parameter x: images, [N, C, H, W].
/// - Returns: [N, C·h·w, H′·W′], zeros where a window reaches outside.
public func im2col(
  _ x: Tensor, kernel: Size2d, stride: Size2d = 1, padding: Padding2d = 0, dilation: Size2d = 1
) -> Tensor {
  let windows = Windows2d(
    kernel: kernel, stride: stride, padding: padding, dilation: dilation, for: Im2Col.name)
  return apply(Im2Col(windows: windows), x)
}

/// The adjoint of ``im2col(_:kernel:stride:padding:dilation:)`` (PyTorch's `fold`): it adds each
/// element of the columns where im2col takes it from, so that Σ im2col(x) · y = Σ x · col2im(y).
///
/// - Parameters:
///   - columns: [N, C·h·w, H′·W′].
///   - image: the size of the result: several sizes have the same number of windows.
/// - Returns: [N, C, H, W].
public func col2im(
  _ columns: Tensor, image: Size2d, kernel: Size2d, stride: Size2d = 1, padding: Padding2d = 0,
  dilation: Size2d = 1
) -> Tensor {
  let windows = Windows2d(
    kernel: kernel, stride: stride, padding: padding, dilation: dilation, for: Col2Im.name)
  return apply(Col2Im(windows: windows, image: image), columns)
}
