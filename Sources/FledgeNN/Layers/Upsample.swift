import FledgeCore

/// Enlarges images by whole factors, see ``/FledgeCore/resized(_:to:interpolation:)``.
///
/// Shape: [N, C, H, W] → [N, C, H · scale.rows, W · scale.columns]
public final class Upsample: Module, Layer {
  /// The factor for rows and columns.
  public let scale: Size2d
  /// The interpolation between the pixels.
  public let interpolation: Interpolation

  /// `Upsample(2)` writes each pixel four times.
  public init(_ scale: Size2d, interpolation: Interpolation = .nearest) {
    require(
      scale.rows > 0 && scale.columns > 0, "Upsample", "the scale must be positive, got \(scale)")
    self.scale = scale
    self.interpolation = interpolation
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank == 4, "Upsample", "needs images [N, C, H, W], got \(x.shape)")
    let size = Size2d(
      x.shape[2].times(scale.rows, "Upsample"), x.shape[3].times(scale.columns, "Upsample"))
    return resized(x, to: size, interpolation: interpolation)
  }

  public override var details: String { "\(scale), \(interpolation)" }
}
