/// Carries messages between ranks: threads of one process (``InProcessTransport``), or processes
/// under MPI. Collectives are written over these few methods, and wrappers stand around any transport:
/// ``CountingTransport``, ``ThrottledTransport``, ``FaultyTransport``.
///
/// A rank's transport is used by two of its threads at most: its own, and the one that runs
/// collectives in the background.
public protocol Transport: AnyObject, Sendable {
  /// This rank, 0 ..< ``rankCount``.
  var rank: Int { get }
  /// How many ranks there are.
  var rankCount: Int { get }

  /// Begins to send `bytes`, which must stay as they are until ``Sending/wait()`` returns.
  ///
  /// It does not wait for the receiver, so ranks may all send before they receive. Waiting for the
  /// end of a send before one receives does: where all ranks do that, they wait for ever, as with
  /// large messages under MPI.
  func send(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
  ) throws -> any Sending

  /// Waits for the next message of this address from `peer` and calls `body` with its bytes, which
  /// may be the sender's own memory.
  ///
  /// - Throws: ``DistributedError`` where the peer has failed or ended, is in another call, or does
  ///   not send in time.
  func receive(
    _ envelope: Envelope, from peer: Int, of group: String,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws

  /// The same, into memory of the receiver.
  ///
  /// - Returns: the size of the message; where it is not that of `memory`, nothing is written.
  func receive(
    into memory: UnsafeMutableRawBufferPointer, _ envelope: Envelope, from peer: Int,
    of group: String
  ) throws -> Int

  /// Waits until a message of this address has come from any of `peers`, and says from whom; the message
  /// stays to be received.
  ///
  /// - Throws: ``DistributedError`` where one of them has failed or ended without such a message, or none
  ///   sends in time.
  func awaitAny(_ envelope: Envelope, from peers: [Int], of group: String) throws -> Int

  /// This rank's part of the program is over: those who wait for it stop. With a reason, because it
  /// has failed.
  func end(_ failure: String?)
}

extension Transport {
  public func receive(
    into memory: UnsafeMutableRawBufferPointer, _ envelope: Envelope, from peer: Int,
    of group: String
  ) throws -> Int {
    var found = 0
    try receive(envelope, from: peer, of: group) { bytes in
      found = bytes.count
      if found == memory.count { memory.copyMemory(from: bytes) }
    }
    return found
  }
}

/// A transport around another one, which does what is not said otherwise.
public protocol TransportWrapper: Transport {
  /// The transport within.
  var base: any Transport { get }
}

extension TransportWrapper {
  public var rank: Int { base.rank }
  public var rankCount: Int { base.rankCount }

  public func receive(
    _ envelope: Envelope, from peer: Int, of group: String,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    try base.receive(envelope, from: peer, of: group, body)
  }

  public func receive(
    into memory: UnsafeMutableRawBufferPointer, _ envelope: Envelope, from peer: Int,
    of group: String
  ) throws -> Int {
    try base.receive(into: memory, envelope, from: peer, of: group)
  }

  public func awaitAny(
    _ envelope: Envelope, from peers: [Int], of group: String
  ) throws -> Int {
    try base.awaitAny(envelope, from: peers, of: group)
  }

  public func end(_ failure: String?) { base.end(failure) }
}

/// A message on its way.
public protocol Sending: AnyObject {
  /// Returns when the memory of the message may be written again.
  func wait() throws
  /// Gives the message up because of an error. Its memory may be written again.
  func cancel()
}

/// A message that has already left.
final class Sent: Sending {
  func wait() {}
  func cancel() {}
}
