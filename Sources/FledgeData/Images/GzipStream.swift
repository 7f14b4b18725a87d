import CZlib
import FledgeCore

/// Unpacks gzip members piece by piece with the system's zlib, which also checks each member's
/// CRC-32 and length. Feed it input whenever `needsInput` is true; feed it an empty array at the
/// end of the file.
final class GzipStream {
  /// The data is not what a gzip file may hold.
  struct Corruption: Error {
    let reason: String
  }

  // zlib keeps the address of this structure, so it may not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: UnsafeMutableBufferPointer<UInt8>
  private var sourceHasEnded = false
  /// Before the first member, and between members.
  private var isBetweenMembers = true
  private var members = 0

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(capacity: 0)
    // 15: the largest window; 16: a gzip wrapper (zlib.h, inflateInit2).
    let status = inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(status == Z_OK, "GzipStream", "zlib does not start (status \(status))")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Whether `unpack` needs more input from `feed`.
  var needsInput: Bool { stream.pointee.avail_in == 0 && !sourceHasEnded }

  /// Whether everything, up to the end of the last member, has been unpacked.
  var isFinished: Bool {
    sourceHasEnded && isBetweenMembers && members > 0 && stream.pointee.avail_in == 0
  }

  /// Takes the next bytes of the file; none means that it has ended.
  /// - Precondition: the bytes fed before are used up (`needsInput`).
  func feed(_ bytes: [UInt8]) {
    require(needsInput, "GzipStream", "fed before it needs input")
    sourceHasEnded = bytes.isEmpty
    input.deallocate()
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    stream.pointee.next_in = input.baseAddress
    stream.pointee.avail_in = UInt32(bytes.count)
  }

  /// Up to `count` unpacked bytes; none where it needs input first, or is finished.
  func unpack(atMost count: Int) throws(Corruption) -> [UInt8] {
    if stream.pointee.avail_in > 0 && isBetweenMembers {
      if members > 0 { inflateReset(stream) }
      isBetweenMembers = false
    }
    guard !isBetweenMembers else {
      if sourceHasEnded && members == 0 { throw Corruption(reason: "it is empty") }
      return []
    }
    var status = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: count) { buffer, produced in
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = UInt32(count)
      status = inflate(stream, Z_NO_FLUSH)
      produced = count - Int(stream.pointee.avail_out)
    }
    switch status {
    case Z_STREAM_END:
      isBetweenMembers = true
      members += 1
    case Z_OK, Z_BUF_ERROR:
      // Z_BUF_ERROR: no progress without more input.
      if output.isEmpty && sourceHasEnded { throw Corruption(reason: "it is cut off") }
    default:
      throw Corruption(reason: stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)")
    }
    return output
  }
}
