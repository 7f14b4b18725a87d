// The last windows of ceil mode, which reach beyond the padded image: the image gets a rest of rows
// and columns behind it, and the windows stay as they are.

extension Windows2d {
  /// Rows and columns that the last windows of ceil mode need behind the padded image.
  func rest(of image: Size2d) -> Size2d {
    func rest(_ size: Int, _ before: Int, _ after: Int, _ span: Int, _ stride: Int) -> Int {
      let free = size + before + after - span
      guard free + stride > 0 else { return 0 }
      var steps = (free + stride - 1) / stride
      // A window must begin in the image or before it.
      if steps * stride >= size + before { steps -= 1 }
      return Swift.max(steps * stride - free, 0)
    }
    return Size2d(
      rest(image.rows, top, bottom, span.rows, stride.rows),
      rest(image.columns, left, right, span.columns, stride.columns))
  }

  /// The size of an image with its padding.
  func padded(_ image: Size2d) -> Size2d {
    Size2d(image.rows + top + bottom, image.columns + left + right)
  }

  /// The same windows over an image that has its padding already.
  var withoutPadding: Windows2d {
    var windows = self
    (windows.top, windows.left, windows.bottom, windows.right) = (0, 0, 0, 0)
    return windows
  }
}

extension Tensor {
  /// Images with so many rows and columns of `value` behind them.
  func withRest(_ rest: Size2d, value: Double = 0) -> Tensor {
    rest == 0
      ? self : padded([(0, 0), (0, 0), (0, rest.rows), (0, rest.columns)], value: value)
  }
}

/// Traps unless x holds images of a floating type.
func checkPoolInput(_ x: Tensor, _ operation: String) {
  requireFloatingPoint(x.type, operation)
  require(x.rank == 4, operation, "needs images [N, C, H, W], got \(x.shape)")
}
