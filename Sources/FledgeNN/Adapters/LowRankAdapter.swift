import FledgeCore

/// A change of low rank to some rows of a linear layer's weight, which itself stays as it is
/// (LoRA, Hu et al. 2021):
///
///     y = x Wᵀ + b,  y[rows] += α/r · x Aᵀ Bᵀ
///
/// A ~ U(−1/√inputs, 1/√inputs) and B = 0, so that nothing changes at the start.
public final class LowRankAdapter: Module {
  /// A, [r, inputs].
  @Parameter public var down: Tensor
  /// B, [rows, r].
  @Parameter public var up: Tensor
  /// Which outputs of the layer it changes.
  public let rows: Range<Int>
  /// α / r.
  public let scale: Double

  /// An adapter that changes nothing yet: B is 0.
  public init(inputs: Int, rows: Range<Int>, rank: Int, alpha: Double) {
    require(
      rank > 0 && !rows.isEmpty, "LowRankAdapter", "needs rank and rows, got \(rank), \(rows)")
    require(
      inputs > 0 && rows.lowerBound >= 0 && alpha.isFinite, "LowRankAdapter",
      "needs inputs, rows from 0 on and a finite α, got \(inputs), \(rows) and \(alpha)")
    let bound = 1 / Double(inputs).squareRoot()
    self.rows = rows
    scale = alpha / Double(rank)
    down = .uniform([rank, inputs], in: -bound...bound)
    up = .zeros([rows.count, rank])
  }

  /// r (inputs + rows), without making one.
  public static func parameterCount(inputs: Int, rows: Int, rank: Int) -> Int {
    rank * (inputs + rows)
  }

  /// The change of the layer's outputs `rows`; nil if none of them changes.
  /// Shape: [*, inputs] → [*, rows.count]
  func change(_ x: Tensor, in rows: Range<Int>) -> Tensor? {
    let changed = self.rows.clamped(to: rows)
    if changed.isEmpty { return nil }
    var up = up
    if changed != self.rows {
      up = up.sliced(
        axis: 0, from: changed.lowerBound - self.rows.lowerBound, count: changed.count)
    }
    let part = linear(x, weight: down.cast(to: x.dtype))
    let change = linear(part, weight: up.cast(to: part.dtype)) * scale
    let unchanged = Array(repeating: (0, 0), count: x.rank - 1)
    return change.padded(
      unchanged + [
        (changed.lowerBound - rows.lowerBound, rows.upperBound - changed.upperBound)
      ])
  }

  /// The term it adds to W.   Shape: [outputs, inputs]
  func weightChange(outputs: Int) -> Tensor {
    (up.matmul(down) * scale).padded([(rows.lowerBound, outputs - rows.upperBound), (0, 0)])
  }

  public override var details: String {
    "rank \($down.shape![0]), \($down.shape![1]) → \(rows.count)"
  }
}
