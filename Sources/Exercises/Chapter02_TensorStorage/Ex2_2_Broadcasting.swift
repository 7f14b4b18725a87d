import FledgeCourse

/// Two shapes that do not broadcast.
struct BroadcastError: Error, Equatable {
  let a: [Int]
  let b: [Int]
}

/// How tensors of different shapes meet in one operation, by NumPy's rules:
///
/// 1. The shapes are aligned at their last axes.
/// 2. An axis that one of them lacks counts as an axis of size 1.
/// 3. Two sizes agree if they are equal, or if one of them is 1: then the other one is the
///    result's.
///
///     a         [8, 1, 6, 1]
///     b            [7, 1, 5]
///     a + b     [8, 7, 6, 5]
enum BroadcastRules {
  /// The shape of the result.
  /// - Throws: ``BroadcastError`` with both shapes, as given, where two sizes do not agree.
  static func shape(_ a: [Int], _ b: [Int]) throws -> [Int] {
    // solution
    let rank = max(a.count, b.count)
    let aligned = [a, b].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
    return try zip(aligned[0], aligned[1]).map { m, n in
      guard m == n || m == 1 || n == 1 else { throw BroadcastError(a: a, b: b) }
      return m == 1 ? n : m
    }
    // end solution
  }

  /// Which element of a tensor of shape `shape` an element of the result is made from.
  /// - Parameters:
  ///   - index: the indices of an element of the result.
  ///   - shape: the shape of one of the two tensors: as many axes as `index`, or fewer.
  /// - Returns: one index for each axis of `shape`.
  static func index(_ index: [Int], in shape: [Int]) -> [Int] {
    // solution
    zip(index.suffix(shape.count), shape).map { i, size in size == 1 ? 0 : i }
    // end solution
  }
}
