import FledgeCore
import Foundation

/// A slow link: sending a message of n bytes takes the sender latency + n / bandwidth seconds, in which
/// it sleeps. It takes no processor time, so that the overlap of computation and communication
/// can be seen on a machine with few cores.
public final class ThrottledTransport: TransportWrapper {
  public let base: any Transport
  private let model: LinkModel

  /// - Parameters:
  ///   - latency: α, in seconds a message
  ///   - bandwidth: 1/β, in bytes a second
  public init(_ base: any Transport, latency: Double, bandwidth: Double) {
    require(
      latency >= 0 && latency.isFinite && bandwidth > 0, "ThrottledTransport",
      "a link has a finite latency of 0 or more and a positive bandwidth, got \(latency) and "
        + "\(bandwidth)")
    self.base = base
    model = LinkModel(latency: latency, secondsPerByte: 1 / bandwidth)
  }

  public func send(
    _ bytes: UnsafeRawBufferPointer, _ envelope: Envelope, to peer: Int, of group: String
  ) throws -> any Sending {
    Thread.sleep(forTimeInterval: model.seconds(message: bytes.count))
    return try base.send(bytes, envelope, to: peer, of: group)
  }
}
