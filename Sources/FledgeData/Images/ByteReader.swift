import Foundation

/// Reads a file from its start, unpacking gzip as it goes, in pieces of bounded size.
///
/// The first two bytes (0x1F 0x8B), not the name, tell whether a file is compressed. A compressed
/// file may consist of several gzip members (RFC 1952, 2.2). Only what is asked for is unpacked, so
/// a few kilobytes that unpack to terabytes do no harm.
final class ByteReader {
  private let path: String
  private let file: FileHandle
  private var gzip: GzipStream?

  /// Opens `url`; throws `missingFile`, `notAFile` or `unreadable`.
  init(_ url: URL) throws(IDXError) {
    path = url.path
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw .missingFile(path: path)
    }
    guard !isDirectory.boolValue else { throw .notAFile(path: path) }
    do {
      file = try FileHandle(forReadingFrom: url)
      let isPacked = try file.read(upToCount: 2) == Data([0x1F, 0x8B])
      try file.seek(toOffset: 0)
      gzip = isPacked ? GzipStream() : nil
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
  }

  deinit { try? file.close() }

  /// The next `count` bytes, or fewer where the file ends first.
  func read(_ count: Int) throws(IDXError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      // In pieces: a header that claims gigabytes costs no more memory than the file has bytes.
      let piece = try readPiece(min(count - bytes.count, 1 << 18))
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }

  /// Between 1 and `count` bytes, or none at the end.
  private func readPiece(_ count: Int) throws(IDXError) -> [UInt8] {
    guard let gzip else { return try readRaw(count) }
    while !gzip.isFinished {
      if gzip.needsInput { gzip.feed(try readRaw(1 << 16)) }
      do throws(GzipStream.Corruption) {
        let unpacked = try gzip.unpack(atMost: count)
        if !unpacked.isEmpty { return unpacked }
      } catch {
        throw .corruptGzip(path: path, reason: error.reason)
      }
    }
    return []
  }

  private func readRaw(_ count: Int) throws(IDXError) -> [UInt8] {
    do {
      return [UInt8](try file.read(upToCount: count) ?? Data())
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
  }
}
