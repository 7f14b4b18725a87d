import FledgeCore

/// Row i of a table for each index i.   Shape: int64 [*] → [*, channels].   Table ~ N(0, 1).
///
/// Traps on an index that is no row; a negative one does not count from the end.
public final class Embedding: Module, Layer {
  /// [count, channels]
  @Parameter public var weight: Tensor

  /// A new table of `count` rows.
  public init(_ count: Int, _ channels: Int) {
    require(
      count > 0 && channels > 0, "Embedding",
      "sizes must be positive, got \(count) rows of \(channels)")
    weight = Tensor.normal([count, channels])
  }

  public func callAsFunction(_ indices: Tensor) -> Tensor { weight.rows(at: indices) }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[0]) × \(shape[1])"
  }
}
