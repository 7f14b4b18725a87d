import FledgeCore

/// One collective on one rank: who takes part, and messages to them. The algorithms are its
/// extensions; each is a file.
struct Exchange {
  let group: Group
  let envelope: Envelope
  /// The ranks of the world that take part, in their order.
  let members: [Int]
  /// This rank's place among them.
  let index: Int

  init(_ group: Group, _ envelope: Envelope, _ members: [Int], _ index: Int) {
    (self.group, self.envelope, self.members, self.index) = (group, envelope, members, index)
  }

  var count: Int { members.count }

  /// The same collective among some of its ranks, which are given by their places.
  func among(_ places: [Int]) -> Exchange {
    Exchange(group, envelope, places.map { members[$0] }, places.firstIndex(of: index)!)
  }

  /// `place` modulo the number of ranks.
  func wrapped(_ place: Int) -> Int { ((place % count) + count) % count }

  // MARK: Messages

  func send(_ x: Elements, to place: Int) throws -> any Sending {
    try group.world.transport.send(x.bytes, envelope, to: members[place], of: group.name)
  }

  /// Sends and waits: for algorithms in which the receiver is known to wait already.
  func sendAndWait(_ x: Elements, to place: Int) throws { try send(x, to: place).wait() }

  func receive(_ x: Elements, from place: Int) throws {
    let memory = UnsafeMutableRawBufferPointer(start: x.pointer, count: x.byteCount)
    try check(
      group.world.transport.receive(
        into: memory, envelope, from: members[place], of: group.name), x.byteCount, place)
  }

  /// The first of `places` from which a message has come, which stays to be received.
  func awaitAny(_ places: [Int]) throws -> Int {
    let peer = try group.world.transport.awaitAny(
      envelope, from: places.map { members[$0] }, of: group.name)
    return members.firstIndex(of: peer)!
  }

  /// Adds what comes to `x`, or takes the larger or smaller of both.
  func combine(_ x: Elements, from place: Int, _ reduction: Reduction) throws {
    var found = 0
    try group.world.transport.receive(envelope, from: members[place], of: group.name) { bytes in
      found = bytes.count
      if found == x.byteCount { x.combine(bytes, reduction) }
    }
    try check(found, x.byteCount, place)
  }

  /// Sends one part while another one comes, so that nobody waits for a rank that waits for it.
  func shift(
    _ sent: Elements, to next: Int, _ received: Elements, from previous: Int,
    _ reduction: Reduction? = nil
  ) throws {
    let sending = try send(sent, to: next)
    do {
      if let reduction {
        try combine(received, from: previous, reduction)
      } else {
        try receive(received, from: previous)
      }
    } catch {
      sending.cancel()
      throw error
    }
    try sending.wait()
  }

  /// Throws where a message has another size than the ranks have agreed on.
  private func check(_ found: Int, _ expected: Int, _ place: Int) throws {
    if found == expected { return }
    let wait = RankWait(
      rank: members[index], peer: members[place], call: envelope.call,
      sequence: Int(envelope.sequence), group: group.name)
    throw DistributedError.size(wait, expected: expected, found: found)
  }
}

/// Runs `body` without recording and without transformations: what a collective computes is a part of
/// it, and no operation of the program.
func withinCollective<R>(_ body: () throws -> R) rethrows -> R {
  try ExecutionContext.current.changing(recordsGradients: false, transformations: []).run(body)
}
