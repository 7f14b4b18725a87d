import Synchronization

/// Loses a rank at a chosen message, to see what the others do.
public final class FaultyTransport: TransportWrapper {
  /// How a rank is lost.
  public enum Fault: Sendable {
    /// It throws ``DistributedError/dropped(rank:message:)``.
    case throwing
    /// Its messages vanish, as if it hung: the others find out by their deadline.
    case silent
  }

  public let base: any Transport
  private let message: Int
  private let fault: Fault
  private let sent = Mutex(0)

  /// The first `message` messages still leave; the following ones do not.
  public init(_ base: any Transport, losingAfter message: Int, _ fault: Fault) {
    (self.base, self.message, self.fault) = (base, message, fault)
  }

  public func send(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
  ) throws -> any Sending {
    let number = sent.withLock { sent in
      defer { sent += 1 }
      return sent
    }
    if number < message { return try base.send(bytes, envelope, to: peer, of: group) }
    if fault == .throwing { throw DistributedError.dropped(rank: rank, message: number) }
    return Sent()
  }
}
