// Rings: each rank sends to the next one only. All links work at the same time, and each rank sends
// 2 (N − 1)/N of the data in an all-reduce, whatever the number of ranks (Patarasuk & Yuan 2009,
// "Bandwidth optimal all-reduce algorithms for clusters of workstations").
//
//     4 ranks, chunks 0 1 2 3; what a rank sends in each step of the reduce-scatter:
//
//       step      rank 0   rank 1   rank 2   rank 3
//        0          3        0        1        2       a chunk starts at the rank behind its owner
//        1          2        3        0        1       … and collects one more part at each stop
//        2          1        2        3        0
//       whole       0        1        2        3       until its owner has all of it
extension Exchange {
  /// Leaves the whole of chunk `index` on rank `index`; the others are left half-way.
  func ringReduceScatter(
    _ x: Elements, _ chunks: [Range<Int>], _ reduction: Reduction
  ) throws {
    for step in 0..<count - 1 {
      let sent = x[chunks[wrapped(index - step - 1)]]
      let received = x[chunks[wrapped(index - step - 2)]]
      try shift(sent, to: wrapped(index + 1), received, from: wrapped(index - 1), reduction)
    }
    if reduction == .mean { x[chunks[index]].divide(by: count) }
  }

  /// Brings chunk i, which rank i has, to all ranks.
  func ringAllGather(_ x: Elements, _ chunks: [Range<Int>]) throws {
    for step in 0..<count - 1 {
      let sent = x[chunks[wrapped(index - step)]]
      let received = x[chunks[wrapped(index - step - 1)]]
      try shift(sent, to: wrapped(index + 1), received, from: wrapped(index - 1))
    }
  }

  /// Each chunk is added up at one rank and copied from there, so all ranks get the same bits.
  func ringAllReduce(_ x: Elements, _ reduction: Reduction) throws {
    let chunks = partition(x.count, count)
    try ringReduceScatter(x, chunks, reduction)
    try ringAllGather(x, chunks)
  }
}
