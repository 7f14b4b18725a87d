import Foundation

/// A file or directory that could not be read or written. Its description is one sentence that
/// names the path, the reason and, where there is one, the remedy.
public struct FileSystemError: Error, CustomStringConvertible, Equatable, Sendable {
  /// What was tried.
  public enum Operation: String, Sendable {
    /// Reading a file.
    case read
    /// Writing a file.
    case write
    /// Making a directory.
    case create
  }

  /// What was tried.
  public var operation: Operation
  /// The path it was tried on.
  public var path: String
  /// The `errno` of the call that failed, such as `ENOSPC`.
  public var code: Int32

  /// Creates an error from an `errno` code.
  public init(_ operation: Operation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  public var description: String { "cannot \(operation.rawValue) '\(path)': \(reason)" }

  private var reason: String {
    switch code {
    case ENOENT where operation == .read:
      "there is no such file"
    case ENOENT:
      "the directory '\(directory(of: path))' does not exist; create it or choose another path"
    case EACCES, EPERM:
      "permission denied; choose a path that you may \(operation == .read ? "read" : "write")"
    case EROFS:
      "the file system is read-only; choose another path"
    case ENOSPC, EDQUOT:
      "no space left on the device; free some or choose another path"
    case EISDIR:
      "it is a directory, not a file"
    case ENOTDIR:
      "a part of the path is a file, not a directory"
    default:
      String(cString: strerror(code))
    }
  }
}

extension FileSystemError: LocalizedError {
  public var errorDescription: String? { description }
}

/// The directory that holds `path`: `.` for a bare name.
package func directory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
