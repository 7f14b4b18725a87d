/// The largest values of windows that cover the image, those of ``adaptiveAvgPool2d(_:to:)``. The
/// gradient goes to the first of equal values.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]; [C, H, W] without a batch axis.
public func adaptiveMaxPool2d(_ x: Tensor, to size: Size2d) -> Tensor {
  withBatchAxis(x, rank: 4) { x in
    checkResampling(x, size, "adaptiveMaxPool2d")
    requireFloatingPoint(x.type, "adaptiveMaxPool2d")
    // In float32, for the gradient of an element sums over the windows that it leads.
    return inFloat32([x]) {
      $0[0].windowMaxima(size.columns, axis: 3).windowMaxima(size.rows, axis: 2)
    }
  }
}

extension Tensor {
  /// The first largest element of each of `count` windows that cover an axis.
  fileprivate func windowMaxima(_ count: Int, axis: Int) -> Tensor {
    let windows = (0..<count).map { adaptiveWindow($0, shape[axis], count) }
    let width = windows.map(\.count).max()!
    // A shorter window reads its last element again, which is not the first of equal ones then.
    let places = windows.flatMap { window in
      (0..<width).map { Swift.min(window.lowerBound + $0, window.upperBound - 1) }
    }
    var sizes = Array(shape.dimensions)
    sizes.replaceSubrange(axis...axis, with: [count, width])
    let parts = take(Tensor(places), axis: axis).reshaped(Shape(sizes))
    let first = parts.detached().argmax(axis: axis + 1, keepDims: true)
    return parts.gather(first, axis: axis + 1).squeezed(axis: axis + 1)
  }
}
