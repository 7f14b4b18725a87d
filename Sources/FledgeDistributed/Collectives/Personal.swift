// Collectives in which each rank gets something of its own.
extension Exchange {
  /// Part i of `x` goes to rank i, and the part from rank i comes to place i of `y`: in step s each
  /// rank sends to the one s places on and hears from the one s places back.
  func allToAll(
    _ x: Elements, _ sent: [Range<Int>], _ y: Elements, _ received: [Range<Int>]
  ) throws {
    y[received[index]].copy(x[sent[index]].bytes)
    for step in 1..<max(count, 1) {
      let (next, previous) = (wrapped(index + step), wrapped(index - step))
      try shift(x[sent[next]], to: next, y[received[previous]], from: previous)
    }
  }

  /// Part i of `root`'s `x` goes to rank i, which takes it as `y`. The others' `x` is nil.
  func scatter(_ x: Elements?, _ parts: [Range<Int>], _ y: Elements, from root: Int) throws {
    guard let x else { return try receive(y, from: root) }
    y.copy(x[parts[index]].bytes)
    try sendAll((1..<max(count, 1)).map { wrapped(root + $0) }) { x[parts[$0]] }
  }

  /// Rank i's `x` comes to part i of `root`'s `y`. The others' `y` is nil.
  func gather(_ x: Elements, _ y: Elements?, _ parts: [Range<Int>], to root: Int) throws {
    guard let y else { return try sendAndWait(x, to: root) }
    y[parts[index]].copy(x.bytes)
    for place in 0..<count where place != index { try receive(y[parts[place]], from: place) }
  }

  private func sendAll(_ places: [Int], _ part: (Int) -> Elements) throws {
    var sends: [any Sending] = []
    do {
      for place in places { sends.append(try send(part(place), to: place)) }
      for sending in sends { try sending.wait() }
    } catch {
      for sending in sends { sending.cancel() }
      throw error
    }
  }
}
