import FledgeCore

/// Tensors side by side, an example being one row of each: inputs and targets that are in memory.
///
///     let loader = DataLoader(TensorDataset(x, y), batchSize: 32, seed: 1)
///     for batch in loader {
///       let loss = meanSquaredError(model(batch[0]), batch[1])
///     }
public struct TensorDataset: Dataset {
  /// The tensors, outside of every graph; all have the same number of rows.
  public let tensors: [Tensor]

  /// - Precondition: the first axes are of one size.
  public init(_ tensors: Tensor...) { self.init(tensors) }

  /// - Precondition: there is a tensor, and the first axes are of one size.
  public init(_ tensors: [Tensor]) {
    let shapes = tensors.map(\.shape)
    require(
      shapes.allSatisfy { $0.rank > 0 && $0[0] == shapes[0][0] } && !tensors.isEmpty,
      "TensorDataset",
      "needs tensors with first axes of one size, an example a row, the shapes are "
        + shapes.map(\.description).joined(separator: ", "))
    self.tensors = tensors.map { $0.detached() }
  }

  public var count: Int { tensors[0].shape[0] }

  /// The rows of each tensor at `indices`, in that order.
  public func batch(indices: [Int]) -> [Tensor] {
    let rows = Tensor(indices)
    return tensors.map { $0.take(rows) }
  }
}
