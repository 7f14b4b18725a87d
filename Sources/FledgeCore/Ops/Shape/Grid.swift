extension Tensor {
  /// y[i, j] = a[i] · b[j].   Shape: [M], [N] → [M, N]
  public func outer(_ other: Tensor) -> Tensor {
    require(
      rank == 1 && other.rank == 1, "outer",
      "needs two vectors, the shapes are \(shape) and \(other.shape)")
    return expandedDims(axis: 1) * other
  }

  /// The coordinates of a grid: output k has at [i, j, …] element i, j, … of vector k (NumPy's
  /// `meshgrid` with `indexing: "ij"`).   Shape: [M], [N], … → [M, N, …] each
  public static func meshgrid(_ vectors: [Tensor]) -> [Tensor] {
    for vector in vectors {
      require(vector.rank == 1, "meshgrid", "needs vectors, got the shape \(vector.shape)")
    }
    let shape = Shape(vectors.map(\.count))
    return vectors.enumerated().map { axis, vector in
      let after = [Int](repeating: 1, count: vectors.count - axis - 1)
      return vector.reshaped(Shape([vector.count] + after)).broadcast(to: shape)
    }
  }
}
