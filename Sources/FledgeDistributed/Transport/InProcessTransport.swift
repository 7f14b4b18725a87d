import Foundation
import Synchronization

/// Mailboxes between ranks that are threads of one process.
///
/// A large message is not copied into the mailbox: the receiver reads it from the sender's memory.
/// So the wait for the end of a send lasts until the receiver has come, as it does under MPI, and a
/// program whose ranks all wait for their sends first is found here.
public final class InProcessTransport: Transport {
  public let rank: Int
  private let room: Mailroom

  init(_ rank: Int, _ room: Mailroom) {
    (self.rank, self.room) = (rank, room)
  }

  /// The transports of `ranks` ranks.
  ///
  /// - Parameters:
  ///   - deadline: how long a rank waits for another one, in seconds
  ///   - eagerLimit: the largest message, in bytes, that is copied so that its sender can go on
  public static func connect(
    ranks: Int, deadline: Double = 30, eagerLimit: Int = 4096
  ) -> [InProcessTransport] {
    let room = Mailroom(ranks, deadline, eagerLimit)
    return (0..<ranks).map { InProcessTransport($0, room) }
  }

  public var rankCount: Int { room.boxes.count }

  public func send(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
  ) throws -> any Sending {
    let message = Message(
      bytes, envelope, from: rank, to: peer, of: group, in: room,
      isCopied: bytes.count <= room.eagerLimit)
    room.boxes[peer].put(message)
    return message
  }

  public func receive(
    _ envelope: Envelope, from peer: Int, of group: String,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let wait = RankWait(
      rank: rank, peer: peer, call: envelope.call, sequence: Int(envelope.sequence), group: group)
    let message = try room.await([wait]) { box in box.next(envelope, from: peer) }
    defer { room.boxes[rank].finish(message) }
    guard message.envelope.call == envelope.call else {
      throw DistributedError.mismatch(wait, other: message.envelope.call)
    }
    body(message.bytes)
  }

  public func awaitAny(
    _ envelope: Envelope, from peers: [Int], of group: String
  ) throws -> Int {
    let waits = peers.map {
      RankWait(
        rank: rank, peer: $0, call: envelope.call, sequence: Int(envelope.sequence), group: group)
    }
    return try room.await(waits) { box in peers.first { box.has(envelope, from: $0) } }
  }

  public func end(_ failure: String?) { room.end(rank, failure) }
}

/// The mailboxes of all ranks, and what is known of the ranks.
final class Mailroom: Sendable {
  let boxes: [Mailbox]
  let deadline: Double
  let eagerLimit: Int
  private let state: Mutex<(ends: [Int: String?], firstFailure: Int?, waits: [RankWait])>

  init(_ count: Int, _ deadline: Double, _ eagerLimit: Int) {
    boxes = (0..<count).map { _ in Mailbox() }
    (self.deadline, self.eagerLimit) = (deadline, eagerLimit)
    state = Mutex(([:], nil, []))
  }

  func end(_ rank: Int, _ failure: String?) {
    state.withLock {
      $0.ends[rank] = .some(failure)
      if failure != nil && $0.firstFailure == nil { $0.firstFailure = rank }
    }
    for box in boxes { box.wake() }
  }

  /// Why the one that is waited for will not come; nil if it may.
  private func reason(_ wait: RankWait) -> DistributedError? {
    state.withLock { state in
      guard let end = state.ends[wait.peer] else { return nil }
      guard end != nil, let first = state.firstFailure, let reason = state.ends[first] else {
        return .peerEnded(wait)
      }
      return .peerFailed(wait, rank: first, reason: reason ?? "")
    }
  }

  /// Waits for one rank, or any of several, in the waiting rank's mailbox, or in another one where a message
  /// lies that it has sent, until `look` finds something.
  func await<R>(
    _ waits: [RankWait], at place: Int? = nil, _ look: (Mailbox) -> R?
  ) throws -> R {
    // Where it waits for several, messages name the first.
    let wait = waits[0]
    let box = boxes[place ?? wait.rank]
    let end = Date(timeIntervalSinceNow: deadline)
    box.condition.lock()
    defer { box.condition.unlock() }
    if let found = look(box) { return found }
    state.withLock { $0.waits.append(wait) }
    defer {
      state.withLock { state in
        if let place = state.waits.firstIndex(of: wait) { state.waits.remove(at: place) }
      }
    }
    while true {
      // The reason is read first: a message that was sent before the end must still be found.
      let reason = waits.lazy.compactMap(self.reason).first
      if let found = look(box) { return found }
      if let reason { throw reason }
      if !box.condition.wait(until: end) {
        let others = state.withLock { $0.waits.filter { $0.rank != wait.rank } }
        throw DistributedError.timedOut(wait, seconds: deadline, others: others)
      }
    }
  }
}

/// The messages for one rank, under one lock.
final class Mailbox: @unchecked Sendable {
  let condition = NSCondition()
  private var queues: [Address: [Message]] = [:]

  private struct Address: Hashable {
    let source: Int
    let group: Int32
    let sequence: Int32
  }

  func put(_ message: Message) {
    condition.lock()
    let (envelope, source) = (message.envelope, message.source)
    queues[
      Address(source: source, group: envelope.group, sequence: envelope.sequence), default: []
    ]
    .append(message)
    condition.broadcast()
    condition.unlock()
  }

  /// Takes the first message of an address. The lock is held.
  func next(_ envelope: Envelope, from source: Int) -> Message? {
    let address = Address(source: source, group: envelope.group, sequence: envelope.sequence)
    guard let message = queues[address]?.removeFirst() else { return nil }
    if queues[address]!.isEmpty { queues[address] = nil }
    message.state = .beingRead
    return message
  }

  /// Whether a message of an address is there. The lock is held.
  func has(_ envelope: Envelope, from source: Int) -> Bool {
    queues[
      Address(source: source, group: envelope.group, sequence: envelope.sequence)] != nil
  }

  func finish(_ message: Message) {
    condition.lock()
    message.state = .read
    condition.broadcast()
    condition.unlock()
  }

  /// Takes back a message that nobody has begun to read; false if somebody has. The lock is held.
  func withdraw(_ message: Message) -> Bool {
    guard message.state == .waiting else { return false }
    for (address, queue) in queues where queue.contains(where: { $0 === message }) {
      let rest = queue.filter { $0 !== message }
      queues[address] = rest.isEmpty ? nil : rest
    }
    return true
  }

  func wake() {
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }
}

/// A message in a mailbox; its state is guarded by the mailbox's lock.
final class Message: Sending, @unchecked Sendable {
  enum State { case waiting, beingRead, read }

  let bytes: UnsafeRawBufferPointer
  let envelope: Envelope
  let source: Int
  private let destination: Int
  private let group: String
  private let room: Mailroom
  private let isCopied: Bool
  var state = State.waiting

  init(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, from source: Int,
    to destination: Int, of group: String, in room: Mailroom, isCopied: Bool
  ) {
    if isCopied {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
      copy.copyMemory(from: bytes)
      self.bytes = UnsafeRawBufferPointer(copy)
    } else {
      self.bytes = bytes
    }
    self.envelope = envelope
    self.source = source
    self.destination = destination
    self.group = group
    self.room = room
    self.isCopied = isCopied
  }

  deinit { if isCopied { bytes.deallocate() } }

  func wait() throws {
    if isCopied { return }
    let wait = RankWait(
      rank: source, peer: destination, call: envelope.call, sequence: Int(envelope.sequence),
      group: group)
    do {
      try room.await([wait], at: destination) { _ in state == .read ? () : nil }
    } catch {
      if takeBack() { throw error }
    }
  }

  func cancel() {
    if !isCopied { _ = takeBack() }
  }

  /// Makes the memory the sender's again: false if somebody has read it, for whom this waits.
  private func takeBack() -> Bool {
    let box = room.boxes[destination]
    box.condition.lock()
    defer { box.condition.unlock() }
    if box.withdraw(self) { return true }
    while state != .read { box.condition.wait() }
    return false
  }
}
