/// Turns channels into pixels: the r² channels of each group become the pixels of r × r squares (Shi
/// et al. 2016).   Shape: [*, C·r², H, W] → [*, C, H·r, W·r]
public func pixelShuffle(_ x: Tensor, factor r: Int) -> Tensor {
  require(
    x.rank >= 3 && r > 0 && r <= max(x.shape[-3], 1) && x.shape[-3] % (r * r) == 0,
    "pixelShuffle", "needs images [*, C·\(r)², H, W] with a positive factor, got \(x.shape)")
  let (outer, image) = (Array(x.shape).dropLast(3), x.imageSize)
  let (batch, channels) = (outer.reduce(1, *), x.shape[-3] / (r * r))
  return x.reshaped([batch, channels, r, r, image.rows, image.columns])
    .permuted([0, 1, 4, 2, 5, 3])
    .reshaped(Shape(outer + [channels, image.rows * r, image.columns * r]))
}

/// Turns pixels into channels, the reverse of ``pixelShuffle(_:factor:)``: the pixels of each r × r
/// square become r² channels.   Shape: [*, C, H·r, W·r] → [*, C·r², H, W]
public func pixelUnshuffle(_ x: Tensor, factor r: Int) -> Tensor {
  require(
    x.rank >= 3 && r > 0 && x.shape[-2] % r == 0 && x.shape[-1] % r == 0, "pixelUnshuffle",
    "needs images [*, C, H·\(r), W·\(r)] with a positive factor, got \(x.shape)")
  let (outer, channels) = (Array(x.shape).dropLast(3), x.shape[-3])
  let (rows, columns) = (x.shape[-2] / r, x.shape[-1] / r)
  return x.reshaped([outer.reduce(1, *), channels, rows, r, columns, r])
    .permuted([0, 1, 3, 5, 2, 4])
    .reshaped(Shape(outer + [channels * r * r, rows, columns]))
}
