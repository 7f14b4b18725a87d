import Synchronization

/// What one rank has sent in one kind of collective.
public struct Traffic: Sendable, Equatable {
  /// Messages, also empty ones.
  public var messages = 0
  /// Bytes of the messages' contents.
  public var bytes = 0

  /// Traffic of the given size; none by default.
  public init(messages: Int = 0, bytes: Int = 0) {
    (self.messages, self.bytes) = (messages, bytes)
  }

  static func + (a: Traffic, b: Traffic) -> Traffic {
    Traffic(messages: a.messages + b.messages, bytes: a.bytes + b.bytes)
  }

  static func - (a: Traffic, b: Traffic) -> Traffic {
    Traffic(messages: a.messages - b.messages, bytes: a.bytes - b.bytes)
  }
}

/// Counts messages and bytes that a rank sends, by collective. A collective that MPI does itself
/// counts as one message of its elements: what MPI sends for it is not seen.
public final class CountingTransport: TransportWrapper {
  public let base: any Transport
  private let counts = Mutex<[Collective: Traffic]>([:])

  /// Counts what goes through `base`.
  public init(_ base: any Transport) { self.base = base }

  /// What this rank has sent so far; collectives without messages are missing.
  public var traffic: [Collective: Traffic] { counts.withLock { $0 } }
  /// The sum over all collectives.
  public var total: Traffic { traffic.values.reduce(Traffic(), +) }

  public func send(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
  ) throws -> any Sending {
    count(envelope.call.collective, Traffic(messages: 1, bytes: bytes.count))
    return try base.send(bytes, envelope, to: peer, of: group)
  }

  func count(_ collective: Collective, _ traffic: Traffic) {
    counts.withLock { $0[collective] = ($0[collective] ?? Traffic()) + traffic }
  }
}
