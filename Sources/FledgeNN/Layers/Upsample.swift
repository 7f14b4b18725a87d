import FledgeCore

/// Enlarges images by factors, see ``/FledgeCore/resized(_:by:interpolation:alignCorners:)``.
///
/// Shape: [N, C, H, W] → [N, C, ⌊H · scale.rows⌋, ⌊W · scale.columns⌋]
public final class Upsample: Module, Layer {
  /// The factor for rows and columns.
  public let scale: Scale2d
  /// The interpolation between the pixels.
  public let interpolation: Interpolation
  /// Whether the first and the last pixels keep their places.
  public let alignCorners: Bool

  /// `Upsample(2)` writes each pixel four times.
  public convenience init(
    _ scale: Size2d, interpolation: Interpolation = .nearest, alignCorners: Bool = false
  ) {
    self.init(
      Scale2d(Double(scale.rows), Double(scale.columns)), interpolation: interpolation,
      alignCorners: alignCorners)
  }

  /// `Upsample(1.5, interpolation: .bilinear)` makes 6 rows of 4.
  @_disfavoredOverload
  public init(
    _ scale: Scale2d, interpolation: Interpolation = .nearest, alignCorners: Bool = false
  ) {
    require(
      scale.rows > 0 && scale.columns > 0, "Upsample", "the scale must be positive, got \(scale)")
    require(
      !alignCorners || interpolation != .nearest, "Upsample",
      "nearest pixels have no corners to be aligned")
    self.scale = scale
    self.interpolation = interpolation
    self.alignCorners = alignCorners
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank == 4, "Upsample", "needs images [N, C, H, W], got \(x.shape)")
    return resized(x, by: scale, interpolation: interpolation, alignCorners: alignCorners)
  }

  public override var details: String { "\(scale), \(interpolation)" }
}
