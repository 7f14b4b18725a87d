import CKernels

/// A convolution, or its adjoint, by the kernels of fledge_convolution.h. In a zero-padded
/// image each place of the kernel is a fixed distance, a *tap*, from the window's corner.
///
/// For an adjoint the image is dy. Rows of dx with the same remainder modulo the stride have the
/// same taps: they form one of `parts`, without a multiplication by an inserted zero.
struct TapConvolution {
  /// One position of the kernel over one plane.
  struct Tap {
    var plane, row, column: Int
    /// The position of its weight for the first output.
    var source: Int
  }
  /// Every step-th row and column of y.
  struct Part {
    var taps: [Tap]
    var size: Size2d
    var offset: Size2d
  }

  /// Of one group of channels.
  let planes, outputs: Int
  let groups: Int
  let image, output: Size2d
  let top, left: Int
  /// Padded rows from one row of y to the next, and those under the last beyond the first.
  let rowStep, extraRows: Int
  /// Columns of a padded row stand in `phases` groups of `length`.
  let phases, length: Int
  let step: Size2d
  let weightStride: Int
  /// Of a plane of the kernel.
  let places: Int
  /// The parts, without taps that lie in the zeros at every window. With a kernel of 3 × 3 and a
  /// padding of 1, an image of 1 × 1 keeps one tap of nine.
  let parts: [Part]

  /// The taps of the convolution itself.   Shape: weight [M, C/groups, h, w]
  init(_ windows: Windows2d, image: Size2d, weight: Shape, groups: Int) {
    let (kernel, dilation) = (windows.kernel, windows.dilation)
    self.image = image
    self.groups = groups
    output = windows.output(of: image, Conv2d.name)
    (planes, outputs) = (weight[1], weight[0] / groups)
    // Beside a single window there is no next one, however long the step would be.
    rowStep = output.rows == 1 ? 1 : windows.stride.rows
    phases = output.columns == 1 ? 1 : windows.stride.columns
    step = 1
    weightStride = planes * kernel.count
    places = kernel.count
    let rows = Self.placesInside(
      kernel.rows, windows.stride.rows, dilation.rows, before: windows.top, of: image.rows,
      windows: output.rows)
    let columns = Self.placesInside(
      kernel.columns, windows.stride.columns, dilation.columns, before: windows.left,
      of: image.columns, windows: output.columns)
    // The zeros around the image that a tap reads.
    let (firstRow, firstColumn) = (rows.first ?? 0, columns.first ?? 0)
    top = windows.top - firstRow * dilation.rows
    left = windows.left - firstColumn * dilation.columns
    extraRows = ((rows.last ?? 0) - firstRow) * dilation.rows
    length = output.columns + ((columns.last ?? 0) - firstColumn) * dilation.columns / phases
    var taps: [Tap] = []
    for plane in 0..<planes {
      for row in rows {
        for column in columns {
          let distance = (column - firstColumn) * dilation.columns
          taps.append(
            Tap(
              plane: plane, row: (row - firstRow) * dilation.rows,
              column: distance % phases * length + distance / phases,
              source: (plane * kernel.rows + row) * kernel.columns + column))
        }
      }
    }
    parts = [Part(taps: taps, size: output, offset: Size2d(0, 0))]
  }

  /// The taps of the adjoint, from `output` windows back to `image`.   Shape: weight [M, C/groups,
  /// h, w]
  init(adjointOf windows: Windows2d, image: Size2d, output: Size2d, weight: Shape, groups: Int) {
    let (kernel, stride) = (windows.kernel, windows.stride)
    self.image = output
    self.output = image
    self.groups = groups
    (planes, outputs) = (weight[0] / groups, weight[1])
    (rowStep, phases) = (1, 1)
    step = stride
    (weightStride, places) = (kernel.count, kernel.count)
    let rows = Self.shifts(
      kernel.rows, stride.rows, windows.dilation.rows, before: windows.top, of: image.rows,
      windows: output.rows)
    let columns = Self.shifts(
      kernel.columns, stride.columns, windows.dilation.columns, before: windows.left,
      of: image.columns, windows: output.columns)
    let (firstRow, firstColumn) = (rows.lowest, columns.lowest)
    (top, left) = (-firstRow, -firstColumn)
    extraRows = rows.highest - firstRow
    length = (image.columns + stride.columns - 1) / stride.columns + columns.highest - firstColumn
    var parts: [Part] = []
    for row in 0..<min(stride.rows, image.rows) {
      for column in 0..<min(stride.columns, image.columns) {
        let size = Size2d(
          (image.rows - row + stride.rows - 1) / stride.rows,
          (image.columns - column + stride.columns - 1) / stride.columns)
        var taps: [Tap] = []
        for plane in 0..<planes {
          for r in rows.ofRemainder[row] {
            for c in columns.ofRemainder[column] {
              taps.append(
                Tap(
                  plane: plane, row: r.shift - firstRow, column: c.shift - firstColumn,
                  source: (plane * weight[1] * kernel.rows + r.place) * kernel.columns + c.place))
            }
          }
        }
        parts.append(Part(taps: taps, size: size, offset: Size2d(row, column)))
      }
    }
    self.parts = parts
  }

  /// Along one axis: the places of the kernel that reach x[r + i · stride] from some window, and
  /// that window counted from i.
  private static func shifts(
    _ kernel: Int, _ stride: Int, _ dilation: Int, before: Int, of image: Int, windows: Int
  ) -> (ofRemainder: [[(place: Int, shift: Int)]], lowest: Int, highest: Int) {
    let all = (0..<min(stride, image)).map { remainder in
      let size = (image - remainder + stride - 1) / stride
      return (0..<kernel).compactMap { place -> (place: Int, shift: Int)? in
        let distance = remainder + before - place * dilation
        let shift = distance / stride
        return distance % stride == 0 && (1 - size..<windows).contains(shift)
          ? (place, shift) : nil
      }
    }
    let shifts = all.joined().map(\.shift)
    return (all, shifts.min() ?? 0, shifts.max() ?? 0)
  }

  /// Along one axis: the places of the kernel that lie inside of the image at some window.
  private static func placesInside(
    _ kernel: Int, _ stride: Int, _ dilation: Int, before: Int, of image: Int, windows: Int
  ) -> [Int] {
    (0..<kernel).filter { place in
      (0..<windows).contains { (0..<image).contains($0 * stride + place * dilation - before) }
    }
  }

  // MARK: Padded images

  private var width: Int { phases * length }

  private func paddedRows(_ rows: Int) -> Int { (rows - 1) * rowStep + extraRows + 1 }

  /// Floats of one padded image of one group, for so many rows of y.
  private func paddedCount(_ rows: Int) -> Int { planes * paddedRows(rows) * width }

  /// One image with its zeros: what lies under rows of y from `first`.
  private func pad(
    _ x: UnsafePointer<Float>, rows: Int, from first: Int = 0, _ padded: UnsafeMutablePointer<Float>
  ) {
    fledge_conv_pad_f32(
      x, planes, image.rows, image.columns, top - first * rowStep, left, paddedRows(rows), phases,
      length, padded)
  }

  /// The taps as the kernels take them, for images padded for `rows` rows of y; with weights if
  /// they are given.
  private func kernel(
    _ part: Part, rows: Int, group: Int = 0, weight: Tensor? = nil, bias: Tensor? = nil
  ) -> TapKernel {
    let plane = paddedRows(rows) * width
    let distances = part.taps.map { $0.plane * plane + $0.row * width + $0.column }
    let kernel = TapKernel(
      distances: distances, outputs: outputs, packsWeights: weight != nil,
      bias: bias.map { UnsafePointer($0.pointer(Float.self)) + group * outputs },
      imageRow: rowStep * width, size: part.size, outputSize: output, step: step)
    if let weight, !part.taps.isEmpty {
      let start = weight.pointer(Float.self) + group * outputs * planes * places
      part.taps.map(\.source).withUnsafeBufferPointer { sources in
        let packed = kernel.packed.pointer(Float.self)
        let grain = max(1, (1 << 13) / (6 * sources.count)) * 6
        ThreadPool.forRanges(outputs, grain: grain) { range in
          fledge_conv_pack_weights_f32(
            start, sources.baseAddress!, sources.count, range.lowerBound, range.upperBound,
            weightStride, packed)
        }
      }
    }
    return kernel
  }

  // MARK: The convolution

  /// y, or nil where the kernels do not fit.   Shape: x [N, groups·planes, …] → `shape`
  func run(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, to shape: Shape, on backend: any Backend
  ) -> Tensors? {
    guard x.dtype == .float32, x.count > 0, weight.count > 0, shape.count > 0 else { return nil }
    let (x, weight, bias) = (
      backend.compact(x), backend.compact(weight), bias.map(backend.compact)
    )
    let y = Tensor(uninitialized: shape, .float32)
    let cut = Cut(self, images: shape[0])
    let kernels = (0..<groups).map { group in
      parts.map { kernel($0, rows: cut.rows, group: group, weight: weight, bias: bias) }
    }
    let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
    let imageCount = paddedCount(cut.rows)
    let tapCount = parts.map(\.taps.count).max()!
    ThreadPool.forRanges(cut.count, grain: cut.grain) { range in
      let scratch = Tensor(
        uninitialized: [cut.images * imageCount + 16 * (tapCount + 1)], .float32)
      defer { withExtendedLifetime(scratch) {} }
      let padded = scratch.pointer(Float.self)
      let panel = padded + cut.images * imageCount + 16
      for block in range {
        let (images, rows) = cut.block(block)
        for group in 0..<groups {
          for (i, n) in images.enumerated() {
            let plane = px + (n * groups + group) * planes * image.count
            pad(plane, rows: cut.rows, from: rows.lowerBound, padded + i * imageCount)
          }
          let first = py + (images.lowerBound * groups + group) * outputs * output.count
          for (part, kernel) in zip(parts, kernels[group]) {
            let corner = first + part.offset.rows * output.columns + part.offset.columns
            if cut.isNarrow {
              fledge_conv_positions_f32(
                kernel.taps, padded, images.count, imageCount, corner,
                groups * outputs * output.count, panel)
            } else {
              fledge_conv_rows_f32(
                kernel.taps, padded, rows.lowerBound, min(rows.upperBound, part.size.rows),
                corner + rows.lowerBound * kernel.taps.y_row)
            }
          }
        }
      }
    }
    withExtendedLifetime((x, weight, bias, kernels)) {}
    return [y]
  }

  // MARK: The gradients of weight and bias

  /// Shape: dy [N, M, …], x [N, C, …] → `shape`, [M]
  func weightGradient(dy: Tensor, x: Tensor, weight shape: Shape, on backend: any Backend)
    -> Tensors?
  {
    guard x.dtype == .float32, x.count > 0, dy.count > 0, !parts[0].taps.isEmpty else {
      return nil
    }
    let (dy, x) = (backend.compact(dy), backend.compact(x))
    let (imageCount, positions) = (paddedCount(output.rows), output.count)
    let isNarrow = output.columns < 4
    let kernel = kernel(parts[0], rows: output.rows)
    let tapCount = kernel.taps.tap_count
    let panelCount = (outputs + 15) / 16 * 16
    // Each part of the images has its own sums, added in order at the end. More parts would spend
    // their time there.
    let weights = groups * tapCount * panelCount
    let total = weights + shape[0]
    let parts = min(x.shape[0], weights < 1 << 16 ? 16 : 4)
    let sums = backend.fill([parts, total], 0, .float32)
    let perImage = imageCount + positions * (panelCount + (isNarrow ? tapCount : 0))
    let chunk = max(1, (1 << 17) / perImage)
    let (px, pdy, ps) = (
      x.pointer(Float.self), dy.pointer(Float.self), sums.pointer(Float.self)
    )
    ThreadPool.run(parts: parts) { part in
      let images = part * x.shape[0] / parts..<(part + 1) * x.shape[0] / parts
      let space = min(chunk, images.count)
      let scratch = Tensor(uninitialized: [space * perImage + 16 * (tapCount + 1)], .float32)
      defer { withExtendedLifetime(scratch) {} }
      let padded = scratch.pointer(Float.self)
      let panels = padded + space * imageCount + 16
      let gathered = panels + space * positions * panelCount
      let target = ps + part * total
      for start in stride(from: images.lowerBound, to: images.upperBound, by: chunk) {
        let count = min(chunk, images.upperBound - start)
        for group in 0..<groups {
          for i in 0..<count {
            let plane = (start + i) * groups + group
            pad(px + plane * planes * image.count, rows: output.rows, padded + i * imageCount)
            let gradients = pdy + plane * outputs * positions
            fledge_conv_panels_f32(
              gradients, outputs, positions, i * positions, count * positions, panels)
            fledge_conv_add_sums_f32(
              gradients, outputs, positions, target + weights + group * outputs)
          }
          let result = target + group * tapCount * panelCount
          if isNarrow {
            fledge_conv_gather_f32(kernel.taps, padded, count, imageCount, gathered)
            let flat = kernel.panels(positions: count * positions)
            withExtendedLifetime(flat) {
              fledge_conv_weight_gradient_f32(
                flat.taps, gathered, 1, 0, panels, count * positions, result)
            }
          } else {
            fledge_conv_weight_gradient_f32(
              kernel.taps, padded, count, imageCount, panels, count * positions, result)
          }
        }
      }
    }
    withExtendedLifetime((x, dy, kernel)) {}
    let sum = Tensor(uninitialized: [total], .float32)
    let result = sum.pointer(Float.self)
    ThreadPool.forElements(total) { range in
      fledge_sum_cols_f32(
        ps + range.lowerBound, result + range.lowerBound, parts, range.count, total)
    }
    withExtendedLifetime(sums) {}
    let transposed = Layout(
      shape: [groups, outputs, tapCount], strides: [tapCount * panelCount, 1, panelCount],
      offset: 0)
    let dweight = spread(backend.copy(sum.view(transposed)), to: shape)
    let dbias = backend.copy(sum.view(Layout(shape: [shape[0]], strides: [1], offset: weights)))
    return [dweight, dbias]
  }

  /// The gradients of all weights from those of the taps: 0 for weights without a tap.
  /// Shape: [groups, outputs, taps] → [groups · outputs, planes, h, w]
  private func spread(_ found: Tensor, to shape: Shape) -> Tensor {
    let sources = parts[0].taps.map(\.source)
    if sources.count == weightStride { return found.view(Layout(shape)) }
    let result = Tensor.zeros(shape)
    let (from, to) = (found.pointer(Float.self), result.pointer(Float.self))
    for m in 0..<shape[0] {
      for (k, source) in sources.enumerated() {
        to[m * weightStride + source] = from[m * sources.count + k]
      }
    }
    withExtendedLifetime(found) {}
    return result
  }
}

/// Cuts the rows of all images into blocks; depends only on the shape.
private struct Cut {
  /// Images and rows of y of one block.
  let images, rows: Int
  let count: Int
  /// Blocks that one thread takes at a time.
  let grain: Int
  /// Whether rows are so short that vectors hold several of them.
  let isNarrow: Bool
  private let rowBlocks: Int
  private let allImages, allRows: Int

  init(_ convolution: TapConvolution, images all: Int) {
    let columns = convolution.parts[0].size.columns
    allImages = all
    allRows = convolution.parts[0].size.rows
    isNarrow = 5 * columns < 3 * ((columns + 15) / 16 * 16)
    // A padded block stays in the second-level cache.
    let limit = 1 << 16
    let row = convolution.planes * convolution.phases * convolution.length
    if isNarrow {
      rows = allRows
      let padded = row * ((rows - 1) * convolution.rowStep + convolution.extraRows + 1)
      let wanted = max(1, min(all / 8, limit / padded))
      images = min(all, max(wanted, 16 / (rows * columns)))
    } else {
      images = 1
      let fitting = (limit / row - convolution.extraRows - 1) / convolution.rowStep + 1
      let shared = (allRows * all + 7) / 8
      rows = max(1, min(allRows, max(fitting, 1), max(shared, 4)))
    }
    rowBlocks = (allRows + rows - 1) / rows
    count = (all + images - 1) / images * rowBlocks
    let work = convolution.parts.reduce(0) { $0 + $1.taps.count * $1.size.count }
    grain = max(
      1, (1 << 17) / max(1, work * convolution.outputs * convolution.groups * all / count))
  }

  func block(_ i: Int) -> (images: Range<Int>, rows: Range<Int>) {
    let (image, row) = (i / rowBlocks * images, i % rowBlocks * rows)
    return (image..<min(allImages, image + images), row..<min(allRows, row + rows))
  }
}
