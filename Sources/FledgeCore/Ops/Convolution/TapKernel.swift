import CKernels

/// A `fledge_taps` and what its pointers point to.
final class TapKernel {
  let taps: fledge_taps
  let packed: Tensor
  private let distances: Tensor

  init(
    distances: [Int], outputs: Int, packsWeights: Bool, bias: UnsafePointer<Float>?,
    imageRow: Int, size: Size2d, outputSize: Size2d, step: Size2d
  ) {
    self.distances = Tensor(distances)
    packed = Tensor(
      uninitialized: [packsWeights ? (outputs + 5) / 6 * 6 * distances.count : 0], .float32)
    taps = fledge_taps(
      weights: packed.pointer(Float.self), bias: bias, taps: self.distances.pointer(Int.self),
      tap_count: distances.count, outputs: outputs, image_row: imageRow, rows: size.rows,
      columns: size.columns, y_plane: outputSize.count, y_row: step.rows * outputSize.columns,
      y_column: step.columns)
  }

  /// The taps of gathered panels, each of 16 positions of every tap.
  func panels(positions: Int) -> TapKernel {
    let count = taps.tap_count
    let size = Size2d((positions + 15) / 16, 16)
    return TapKernel(
      distances: (0..<count).map { $0 * 16 }, outputs: taps.outputs, packsWeights: false,
      bias: nil, imageRow: 16 * count, size: size, outputSize: size, step: 1)
  }
}
