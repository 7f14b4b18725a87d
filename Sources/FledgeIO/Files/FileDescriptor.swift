import Foundation

/// The few POSIX calls that reading and writing files need, with `errno` as a typed error.
///
/// Foundation's `FileHandle` traps where a write fails; a full disk must not end a training run
/// without an error message.
package struct FileDescriptor {
  package let raw: Int32
  package let path: String

  package init(raw: Int32, path: String) {
    self.raw = raw
    self.path = path
  }

  /// - Throws: `FileSystemError`
  package init(
    opening path: String, _ flags: Int32, for operation: FileSystemError.Operation = .write
  ) throws(FileSystemError) {
    // Read and write for all, as the user's umask allows: what `>` in a shell does.
    let descriptor = open(path, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileSystemError(operation, path, code: errno) }
    self.init(raw: descriptor, path: path)
  }

  /// Writes all bytes, however many calls that takes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(raw, bytes.baseAddress! + done, bytes.count - done)
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw FileSystemError(.write, path, code: errno)
      }
    }
  }

  package func write(_ bytes: [UInt8]) throws(FileSystemError) {
    try bytes.withBytes { (buffer) throws(FileSystemError) in try write(buffer) }
  }

  /// Fills `buffer` with the bytes from `offset` on. Throws `EIO` where the file ends earlier: it
  /// was truncated while it was read.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileSystemError) {
    var done = 0
    while done < buffer.count {
      let count = pread(raw, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw FileSystemError(.read, path, code: EIO)
      } else if errno != EINTR {
        throw FileSystemError(.read, path, code: errno)
      }
    }
  }

  /// The length of the file in bytes.
  package func byteCount() throws(FileSystemError) -> Int {
    var status = stat()
    guard fstat(raw, &status) == 0 else { throw FileSystemError(.read, path, code: errno) }
    return Int(status.st_size)
  }

  /// Waits until the bytes are on the disk. Pipes and devices cannot, and need not.
  package func synchronize() throws(FileSystemError) {
    guard fsync(raw) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP else { return }
    throw FileSystemError(.write, path, code: errno)
  }

  /// Network file systems report a full disk only here.
  package func close() throws(FileSystemError) {
    guard Foundation.close(raw) != 0 && errno != EINTR else { return }
    throw FileSystemError(.write, path, code: errno)
  }

  package func closeIgnoringErrors() { _ = Foundation.close(raw) }
}

extension [UInt8] {
  /// `withUnsafeBytes` with a typed error, which the standard library's own does not carry.
  package func withBytes(
    _ body: (UnsafeRawBufferPointer) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    let result = withUnsafeBytes { buffer in
      Result { () throws(FileSystemError) in try body(buffer) }
    }
    try result.get()
  }
}

/// What a path leads to, symbolic links followed.
package enum FileKind {
  case missing
  case regular
  case directory
  /// A device, pipe or socket.
  case special

  package init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .missing
      return
    }
    self =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      default: .special
      }
  }
}
