import FledgeIO
import FledgeTrain
import Foundation

/// Where the trainings and the studio of one user find each other: a directory that nobody else can
/// enter, with the studio's socket in it.
package struct StudioDirectory: Sendable {
  package let path: String

  /// `FLEDGE_STUDIO_DIRECTORY`, else `fledge-studio` in `XDG_RUNTIME_DIR`, else one with the user's
  /// number among the temporary files.
  /// - Throws: ``StudioError/directory(_:)``, ``StudioError/notPrivate(path:)``
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(StudioError) {
    if let chosen = environment["FLEDGE_STUDIO_DIRECTORY"] {
      path = chosen
    } else if let runtime = environment["XDG_RUNTIME_DIR"], FileKind(runtime) == .directory {
      path = runtime + "/fledge-studio"
    } else {
      path = (NSTemporaryDirectory() as NSString).appendingPathComponent(
        "fledge-studio-\(getuid())")
    }
    if mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw .directory(FileSystemError(.create, path, code: errno))
    }
    // In a directory for all, another user may have been there first.
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(),
      status.st_mode & 0o077 == 0
    else { throw .notPrivate(path: path) }
  }

  package var socket: String { path + "/socket" }
  package var log: String { path + "/log" }
}
