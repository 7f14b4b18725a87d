extension ReferenceBackend {
  public func reduce(_ kernel: ReductionKernel, _ x: Tensor, axes: [Int], dtype: DType) -> Tensor {
    let (groups, shape) = grouped(x, axes)
    if x.dtype.isFloatingPoint {
      let values = x.doubles
      return Tensor(
        rounding: groups.map { fold($0.map { values[$0] }, kernel.neutral, kernel.reference) },
        shape, dtype)
    }
    let values = x.integers
    let neutral = kernel.neutral.map { Int64($0) }
    return Tensor(
      wrapping: groups.map { fold($0.map { values[$0] }, neutral, kernel.integer) }, shape, dtype)
  }

  private func fold<T>(_ values: [T], _ neutral: T?, _ combine: (T, T) -> T) -> T {
    if let neutral { return values.reduce(neutral, combine) }
    return values.dropFirst().reduce(values[0], combine)
  }

  /// For each element of the result, the row-major positions in x that fold into it.
  private func grouped(_ x: Tensor, _ axes: [Int]) -> (groups: [[Int]], shape: Shape) {
    let row = Layout(x.shape)
    let kept = (0..<x.rank).filter { !axes.contains($0) }
    let sorted = row.permuted(kept + axes)
    var positions: [Int] = []
    sorted.forEachPosition { positions.append($0) }
    let shape = x.shape.collapsing(axes)
    let groupCount = shape.count
    let size = groupCount == 0 ? 0 : x.count / groupCount
    return ((0..<groupCount).map { Array(positions[$0 * size..<($0 + 1) * size]) }, shape)
  }

  public func argReduce(_ x: Tensor, axis: Int, largest: Bool) -> Tensor {
    let (groups, shape) = grouped(x, [axis])
    let best =
      x.dtype.isFloatingPoint
      ? bestPlaces(x.doubles, groups, largest: largest)
      : bestPlaces(x.integers, groups, largest: largest)
    return Tensor(wrapping: best, shape, .int64)
  }

  /// The place of the first largest or smallest value of each group; NaN, which is not equal to
  /// itself, wins.
  private func bestPlaces<T: Comparable>(
    _ values: [T], _ groups: [[Int]], largest: Bool
  ) -> [Int64] {
    groups.map { group in
      var best = 0
      for (i, position) in group.enumerated() {
        let (value, leader) = (values[position], values[group[best]])
        if leader != leader { break }
        if value != value || (largest ? value > leader : value < leader) { best = i }
      }
      return Int64(best)
    }
  }

  public func cumulativeSum(_ x: Tensor, axis: Int) -> Tensor {
    let (groups, _) = grouped(x, [axis])
    if x.dtype.isFloatingPoint {
      var values = x.doubles
      for group in groups {
        for (i, j) in Swift.zip(group, group.dropFirst()) { values[j] += values[i] }
      }
      return Tensor(rounding: values, x.shape, x.dtype)
    }
    var values = x.integers
    for group in groups {
      for (i, j) in Swift.zip(group, group.dropFirst()) { values[j] &+= values[i] }
    }
    return Tensor(wrapping: values, x.shape, x.dtype)
  }

  /// NaN counts as larger than every number, as in PyTorch.
  public func sort(_ x: Tensor, descending: Bool) -> (values: Tensor, indices: Tensor) {
    let width = max(x.shape[-1], 1)
    let order =
      x.dtype.isFloatingPoint
      ? sortedPlaces(x.doubles, width: width, descending: descending)
      : sortedPlaces(x.integers, width: width, descending: descending)
    let indices = Tensor(wrapping: order, x.shape, .int64)
    return (gather(x, indices, axis: x.rank - 1), indices)
  }

  /// The places that sort each row.
  private func sortedPlaces<T: Comparable>(
    _ values: [T], width: Int, descending: Bool
  ) -> [Int64] {
    var order: [Int64] = []
    for row in 0..<values.count / width {
      let line = Array(values[row * width..<(row + 1) * width])
      // Only NaN is not equal to itself.
      func precedes(_ a: T, _ b: T) -> Bool {
        descending ? (a > b || (a != a && b == b)) : (a < b || (b != b && a == a))
      }
      // Swift's sort is stable in practice and not by contract; the index breaks ties.
      let sorted = line.indices.sorted {
        precedes(line[$0], line[$1]) || (!precedes(line[$1], line[$0]) && $0 < $1)
      }
      order += sorted.map { Int64($0) }
    }
    return order
  }

  public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    let shape = Shape(a.shape.dimensions.dropLast() + [n])
    if !a.dtype.isFloatingPoint {
      let (x, y) = (a.integers, b.integers)
      return Tensor(wrapping: integerProduct(x, y, m, k, n, count: shape.count), shape, a.dtype)
    }
    let (x, y) = (a.doubles, b.doubles)
    var result = [Double](repeating: 0, count: shape.count)
    for batch in 0..<(m * n == 0 ? 0 : shape.count / (m * n)) {
      for i in 0..<m {
        for l in 0..<k {
          let left = x[(batch * m + i) * k + l]
          for j in 0..<n {
            result[(batch * m + i) * n + j] += left * y[(batch * k + l) * n + j]
          }
        }
      }
    }
    return Tensor(rounding: result, shape, a.dtype)
  }

  /// The same product in integers that wrap around.
  private func integerProduct(
    _ x: [Int64], _ y: [Int64], _ m: Int, _ k: Int, _ n: Int, count: Int
  ) -> [Int64] {
    (0..<count).map { i in
      let (row, column) = (i / n, i % n)
      let batch = row / m
      return (0..<k).reduce(0) { $0 &+ x[row * k + $1] &* y[(batch * k + $1) * n + column] }
    }
  }
}
