import FledgeCore

/// Row i of a table for each index i.   Shape: int64 [*] → [*, channels].   Table ~ N(0, 1).
///
/// Traps on an index that is no row; a negative one does not count from the end.
public final class Embedding: Module, Layer {
  /// [count, channels]
  @Parameter public var weight: Tensor
  /// The index that fills up sequences, if there is one. Its row gets no gradient, and starts at 0.
  public let paddingIndex: Int?

  /// A new table of `count` rows.
  public init(_ count: Int, _ channels: Int, paddingIndex: Int? = nil) {
    require(
      count > 0 && channels > 0, "Embedding",
      "sizes must be positive, got \(count) rows of \(channels)")
    self.paddingIndex = paddingIndex
    var table = Tensor.normal([count, channels])
    if let paddingIndex {
      require(
        (0..<count).contains(paddingIndex), "Embedding",
        "the padding index must be that of a row, in 0 ..< \(count), got \(paddingIndex)")
      table[paddingIndex] = Tensor.zeros([channels])
    }
    weight = table
  }

  public func callAsFunction(_ indices: Tensor) -> Tensor {
    let rows = weight.rows(at: indices)
    guard let paddingIndex else { return rows }
    // The row itself, outside the graph: the rows taken here would carry its gradient.
    return Tensor.where(
      (indices .== paddingIndex).expandedDims(axis: -1), weight.detached()[paddingIndex], rows)
  }

  public override var details: String {
    let shape = $weight.shape!
    let padding = paddingIndex.map { ", padding \($0)" } ?? ""
    return "\(shape[0]) × \(shape[1])\(padding)"
  }
}
