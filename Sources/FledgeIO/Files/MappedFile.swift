import FledgeCore
import Foundation

/// Files in memory without reading them: pages that the system loads when they are first read, shares
/// among processes, and may drop again.
package enum MappedFile {
  /// Maps a whole file read-only; the mapping ends with its last tensor. An empty file, which cannot
  /// be mapped, is empty memory.
  package static func map(_ path: String) throws(FileSystemError) -> ForeignMemory {
    let (file, byteCount) = try open(path)
    defer { file.closeIgnoringErrors() }
    guard byteCount > 0 else {
      let nothing = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 16)
      let address = UInt(bitPattern: nothing)
      return ForeignMemory(nothing, byteCount: 0, isWritable: false) {
        UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
      }
    }
    guard let start = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.raw, 0),
      start != MAP_FAILED
    else { throw FileSystemError(.read, path, code: errno) }
    let address = UInt(bitPattern: start)
    return ForeignMemory(start, byteCount: byteCount, isWritable: false) {
      munmap(UnsafeMutableRawPointer(bitPattern: address), byteCount)
    }
  }

  /// A regular file, which the caller closes, and its length.
  package static func open(
    _ path: String
  ) throws(FileSystemError) -> (file: FileDescriptor, byteCount: Int) {
    switch FileKind(path) {
    case .directory: throw FileSystemError(.read, path, code: EISDIR)
    case .special: throw FileSystemError(.read, path, code: ESPIPE)
    case .missing, .regular: break
    }
    let file = try FileDescriptor(opening: path, O_RDONLY, for: .read)
    do throws(FileSystemError) {
      return (file, try file.byteCount())
    } catch {
      file.closeIgnoringErrors()
      throw error
    }
  }
}
