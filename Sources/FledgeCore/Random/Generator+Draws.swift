/// Single draws and draws of lists. Bulk draws of tensors go through `reserve(blocks:)` instead.
extension Generator {
  /// Uniform in [0, 1), with 53 random bits.
  public func uniform() -> Double { withWords { $0.uniform() } }

  /// Uniform in [lower, upper).
  /// - Precondition: the range is finite and not empty.
  public func uniform(in range: Range<Double>) -> Double {
    let width = range.upperBound - range.lowerBound
    require(width > 0 && width.isFinite, "uniform", "the range \(range) is empty or not finite")
    // Rounding may reach the upper bound; the greatest number below it is then the nearest.
    return min(range.lowerBound + width * uniform(), range.upperBound.nextDown)
  }

  /// A draw from N(mean, standardDeviation²).
  /// - Precondition: both are finite, and the deviation is not negative.
  public func normal(mean: Double = 0, standardDeviation: Double = 1) -> Double {
    require(
      standardDeviation >= 0 && standardDeviation.isFinite && mean.isFinite, "normal",
      "needs a finite mean and deviation, which cannot be negative, got \(mean) and "
        + "\(standardDeviation)")
    return mean + standardDeviation * withWords { $0.normal() }
  }

  /// Uniform in 0..<bound, without bias.
  /// - Precondition: `bound` is positive.
  public func integer(below bound: Int) -> Int {
    require(bound > 0, "integer(below:)", "the bound is \(bound), not positive")
    return Int(withWords { $0.integer(below: UInt64(bound)) })
  }

  /// `true` with the given probability.
  /// - Precondition: `probability` is in [0, 1].
  public func bernoulli(_ probability: Double) -> Bool {
    require(
      (0...1).contains(probability), "bernoulli", "the probability \(probability) is not in [0, 1]")
    return uniform() < probability
  }

  /// The numbers 0..<count in random order, each order as likely as any other: Fisher–Yates.
  /// - Precondition: `count` is not negative.
  public func permutation(_ count: Int) -> [Int] {
    require(count >= 0, "permutation", "the count is negative (\(count))")
    require(
      count <= ElementCount.most, "permutation", "no memory can hold \(count) numbers")
    var order = Array(0..<count)
    withWords { words in
      for last in stride(from: count - 1, to: 0, by: -1) {
        order.swapAt(last, Int(words.integer(below: UInt64(last) + 1)))
      }
    }
    return order
  }

  /// An index drawn with probability proportional to its weight.
  /// - Precondition: as for `multinomial`.
  public func weightedIndex(_ weights: [Double]) -> Int {
    multinomial(weights, count: 1)[0]
  }

  /// `count` indices drawn independently (with replacement), each with probability proportional
  /// to its weight. An index of weight 0 is never drawn.
  /// - Precondition: the weights are finite and not negative, and their sum is positive and finite.
  public func multinomial(_ weights: [Double], count: Int) -> [Int] {
    require(count >= 0, "multinomial", "the count is negative (\(count))")
    require(
      count <= ElementCount.most, "multinomial", "no memory can hold \(count) draws")
    return withWords { $0.multinomial(weights, count: count) }
  }
}

extension WordStream {
  /// As ``Generator/multinomial(_:count:)``: two words a draw.
  mutating func multinomial(_ weights: [Double], count: Int) -> [Int] {
    var total = 0.0
    let cumulative = weights.map { weight in
      require(weight >= 0, "multinomial", "the weight \(weight) is negative or not a number")
      total += weight
      return total
    }
    require(
      total > 0 && total.isFinite, "multinomial", "the weights sum to \(total), not to a positive")
    // A product that rounds up to the total itself would fall behind the last index.
    let largest = total.nextDown
    return (0..<count).map { _ in
      let point = min(uniform() * total, largest)
      return cumulative.partitionPoint { $0 > point }
    }
  }
}

extension [Double] {
  /// The first index whose element satisfies `belongsToSecondPart`, by bisection.
  fileprivate func partitionPoint(_ belongsToSecondPart: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsToSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
