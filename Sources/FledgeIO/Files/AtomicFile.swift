import Foundation

/// Writes files that are either complete or unchanged, even if the program is killed or the power
/// fails during the write.
public enum AtomicFile {
  /// Writes `bytes` to a temporary file beside `path`, waits until they are on the disk, and
  /// renames it to `path`: a reader sees the old file or the new one, never a part. An existing
  /// file keeps its permissions; a symbolic link stays, and the file that it leads to is replaced or
  /// created. Devices and pipes, which cannot be replaced, are written directly. Temporary files
  /// that killed programs have left beside `path` are removed.
  ///
  /// - Throws: ``FileSystemError``; the old file is then unchanged, and no temporary file is left.
  public static func write(
    _ bytes: UnsafeRawBufferPointer, to path: String
  ) throws(FileSystemError) {
    try write(to: path) { (file) throws(FileSystemError) in try file.write(bytes) }
  }

  /// Writes what `body` writes, piece by piece, so that gigabytes of weights need not be in memory
  /// twice.
  package static func write(
    to path: String, _ body: (FileDescriptor) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    switch FileKind(path) {
    case .directory: throw FileSystemError(.write, path, code: EISDIR)
    case .special: try writeDirectly(to: path, body)
    case .missing: try replace(followingLinks(path), permissions: nil, body)
    case .regular:
      var status = stat()
      let permissions = stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
      try replace(followingLinks(path), permissions: permissions, body)
    }
  }

  /// Writes the bytes of an array; see ``write(_:to:)-(UnsafeRawBufferPointer,_)``.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileSystemError) {
    try bytes.withBytes { (buffer) throws(FileSystemError) in try write(buffer, to: path) }
  }

  /// Writes `text` as UTF-8.
  public static func write(_ text: String, to path: String) throws(FileSystemError) {
    try write(Array(text.utf8), to: path)
  }

  private static func replace(
    _ path: String, permissions: mode_t?,
    _ body: (FileDescriptor) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    TemporaryFile.removeAbandoned(of: path)
    let temporary: TemporaryFile
    do throws(FileSystemError) {
      temporary = try TemporaryFile.create(for: path)
    } catch {
      throw FileSystemError(error.operation, path, code: error.code)
    }
    defer { temporary.unlock() }
    do throws(FileSystemError) {
      let file = temporary.file
      do throws(FileSystemError) {
        if let permissions { fchmod(file.raw, permissions) }
        try body(file)
        try file.synchronize()
      } catch {
        file.closeIgnoringErrors()
        throw error
      }
      try file.close()
      if rename(file.path, path) != 0 { throw FileSystemError(.write, path, code: errno) }
    } catch {
      unlink(temporary.file.path)
      // The error names the file that the user asked for.
      throw FileSystemError(error.operation, path, code: error.code)
    }
    // Syncing the directory puts the new name on the disk. The file is complete already, so it is
    // no error if a file system cannot do this.
    if let parent = try? FileDescriptor(opening: directory(of: path), O_RDONLY) {
      fsync(parent.raw)
      parent.closeIgnoringErrors()
    }
  }

  private static func writeDirectly(
    to path: String, _ body: (FileDescriptor) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    let file = try FileDescriptor(opening: path, O_WRONLY)
    defer { file.closeIgnoringErrors() }
    try body(file)
  }

  /// The file that a chain of symbolic links leads to, whether it exists or not.
  private static func followingLinks(_ path: String) throws(FileSystemError) -> String {
    var target = path
    // As many as Linux follows.
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else {
        return target
      }
      target = next.hasPrefix("/") ? next : "\(directory(of: target))/\(next)"
    }
    throw FileSystemError(.write, path, code: ELOOP)
  }
}
