import FledgeCore

// Attention ignores the order of its inputs; each of these modules adds it. Rotary positions are
// part of ``MultiHeadAttention``.

/// y_t = x_t + p_t with trained positions (as in GPT-2 and BERT).
///
/// Shape: [B, T, C] → [B, T, C] with T ≤ context. p ~ N(0, 0.02).
public final class LearnedPositions: Module, Layer {
  /// [context, C]
  @Parameter public var weight: Tensor

  /// New positions for sequences up to `context`.
  public init(_ context: Int, _ channels: Int) {
    require(
      context > 0 && channels > 0, "LearnedPositions",
      "sizes must be positive, got \(context) positions of \(channels)")
    weight = .normal([context, channels], mean: 0, standardDeviation: 0.02)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    requireFit(x)
    return x + weight.sliced(axis: 0, from: 0, count: x.shape[1])
  }

  /// - Parameter positions: The positions of x: int64 [B, T], or [B] for the first of each row; all
  ///   below the context.
  public func callAsFunction(_ x: Tensor, positions: Tensor) -> Tensor {
    requireFit(x)
    return x
      + weight.rows(at: spreadPositions(positions, batch: x.shape[0], count: x.shape[1]))
  }

  private func requireFit(_ x: Tensor) {
    let size = $weight.shape!
    require(
      x.rank == 3 && x.shape[1] <= size[0] && x.shape[2] == size[1], "LearnedPositions",
      "needs [B, T, \(size[1])] with T ≤ \(size[0]), the shape is \(x.shape)")
  }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[0]) × \(shape[1])"
  }
}

/// y_t = x_t + p_t with fixed sinusoids of many wavelengths (Vaswani et al. 2017), see
/// ``sinusoidalPositions(_:channels:base:)``.
///
/// Shape: [B, T, C] → [B, T, C].
public final class SinusoidalPositions: Module, Layer {
  /// The longest wave has 2π · base steps.
  public let base: Double

  /// The base; by default that of the paper.
  public init(base: Double = 10_000) { self.base = base }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank == 3, "SinusoidalPositions", "needs [B, T, C], the shape is \(x.shape)")
    return x
      + sinusoidalPositions(x.shape[1], channels: x.shape[2], base: base).cast(to: x.dtype)
  }

  /// - Parameter positions: Where x stands: int64 [B, T], or [B] for the first of each row.
  public func callAsFunction(_ x: Tensor, positions: Tensor) -> Tensor {
    require(x.rank == 3, "SinusoidalPositions", "needs [B, T, C], the shape is \(x.shape)")
    let positions = spreadPositions(positions, batch: x.shape[0], count: x.shape[1])
    return x
      + sinusoidalPositions(at: positions, channels: x.shape[2], base: base).cast(to: x.dtype)
  }
}

/// p[t, 2i] = sin(t / base^(2i/C)), p[t, 2i + 1] = cos(t / base^(2i/C)) (Vaswani et al. 2017).
/// Shape: [count, channels], channels even
public func sinusoidalPositions(
  _ count: Int, channels: Int, base: Double = 10_000
) -> Tensor {
  sinusoidalPositions(at: Tensor.arange(count), channels: channels, base: base)
}

/// The same for the positions given.   Shape: [*] → [*, channels], channels even
public func sinusoidalPositions(
  at positions: Tensor, channels: Int, base: Double = 10_000
) -> Tensor {
  require(
    channels > 0 && channels.isMultiple(of: 2), "sinusoidalPositions",
    "needs an even number of channels, got \(channels)")
  let angles = positionAngles(at: positions, depth: channels, base: base)
  // [*, C/2, 2] side by side.
  return Tensor.stack([angles.sin(), angles.cos()], axis: angles.rank)
    .reshaped(Shape(positions.shape.dimensions + [channels])).cast(to: .float32)
}
