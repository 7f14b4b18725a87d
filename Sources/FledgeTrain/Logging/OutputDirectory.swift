import FledgeIO
import Foundation

/// The directory that a run writes into, checked before the run begins: an hour of training must
/// not end with "permission denied".
public struct OutputDirectory: Sendable {
  /// The directory's path; it is created with the object.
  public let path: String

  /// Creates the directory and its parents if they are missing, and writes and removes a file in it
  /// to check that this is possible.
  ///
  /// - Throws: ``/FledgeIO/FileSystemError``, naming the part of the path that is at fault
  public init(_ path: String) throws(FileSystemError) {
    self.path = path
    try Self.create(path)
    // Asking with access(2) would not notice a read-only or a full file system.
    let probe = "\(path)/.fledge-\(getpid())-\(UInt32.random(in: 0...(.max))).tmp"
    do throws(FileSystemError) {
      let file = try FileDescriptor(opening: probe, O_WRONLY | O_CREAT | O_EXCL)
      defer { file.closeIgnoringErrors() }
      // A file without a name can be written, and a program that is killed leaves nothing.
      unlink(probe)
      try file.write([10])
    } catch {
      throw FileSystemError(.write, path, code: error.code)
    }
  }

  /// The path of a file in the directory.
  public func file(_ name: String) -> String {
    path.hasSuffix("/") ? path + name : path + "/" + name
  }

  private static func create(_ path: String) throws(FileSystemError) {
    switch FileKind(path) {
    case .directory: return
    case .regular, .special: throw FileSystemError(.create, path, code: ENOTDIR)
    case .missing: break
    }
    try create(directory(of: path))
    // Another process may have been faster.
    if mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw FileSystemError(.create, path, code: errno)
    }
  }
}
