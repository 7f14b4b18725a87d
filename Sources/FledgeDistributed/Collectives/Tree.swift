// Binomial trees: ⌈log₂ N⌉ rounds, in each of which twice as many ranks take part.
//
//     8 ranks, root 0; a broadcast goes down, a reduction up:
//
//       0 ─┬─ 4 ─┬─ 6 ── 7
//          │     └─ 5
//          ├─ 2 ── 3
//          └─ 1
extension Exchange {
  /// The reduction of all at `root`; the other ranks' elements are left half-way.
  func treeReduce(_ x: Elements, to root: Int, _ reduction: Reduction) throws {
    let place = wrapped(index - root)
    var distance = 1
    while distance < count {
      if place & distance != 0 {
        return try sendAndWait(x, to: wrapped(root + place - distance))
      }
      if place + distance < count {
        try combine(x, from: wrapped(root + place + distance), reduction)
      }
      distance *= 2
    }
    if reduction == .mean { x.divide(by: count) }
  }

  /// The elements of `root` on all ranks.
  func treeBroadcast(_ x: Elements, from root: Int) throws {
    let place = wrapped(index - root)
    var distance = 1
    while distance < count {
      if place & distance != 0 {
        try receive(x, from: wrapped(root + place - distance))
        break
      }
      distance *= 2
    }
    distance /= 2
    while distance > 0 {
      if place + distance < count {
        try sendAndWait(x, to: wrapped(root + place + distance))
      }
      distance /= 2
    }
  }

  /// A reduction to rank 0 and a broadcast from there.
  func treeAllReduce(_ x: Elements, _ reduction: Reduction) throws {
    try treeReduce(x, to: 0, reduction)
    try treeBroadcast(x, from: 0)
  }

  /// Dissemination (Hensgen et al. 1988): in round k each rank tells the one 2ᵏ places on. After
  /// ⌈log₂ N⌉ rounds each has heard of all.
  func disseminate(_ nothing: Elements) throws {
    var distance = 1
    while distance < count {
      try shift(nothing, to: wrapped(index + distance), nothing, from: wrapped(index - distance))
      distance *= 2
    }
  }
}
