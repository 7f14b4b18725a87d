import FledgeCore

/// Turns channels into pixels, see ``/FledgeCore/pixelShuffle(_:factor:)``.
///
/// Shape: [*, C·factor², H, W] → [*, C, H·factor, W·factor]
public final class PixelShuffle: Module, Layer {
  /// How many times rows and columns become more.
  public let factor: Int

  /// `PixelShuffle(2)` makes one pixel four.
  public init(_ factor: Int) { self.factor = factor }

  public func callAsFunction(_ x: Tensor) -> Tensor { pixelShuffle(x, factor: factor) }

  public override var details: String { "\(factor)" }
}

/// Turns pixels into channels, see ``/FledgeCore/pixelUnshuffle(_:factor:)``.
///
/// Shape: [*, C, H·factor, W·factor] → [*, C·factor², H, W]
public final class PixelUnshuffle: Module, Layer {
  /// How many times rows and columns become fewer.
  public let factor: Int

  /// `PixelUnshuffle(2)` makes four pixels one.
  public init(_ factor: Int) { self.factor = factor }

  public func callAsFunction(_ x: Tensor) -> Tensor { pixelUnshuffle(x, factor: factor) }

  public override var details: String { "\(factor)" }
}
