import FledgeIO
import Foundation

/// Why a training cannot be shown in the browser.
public enum StudioError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// No studio runs, and its program is not there; `looked` is where it would be.
  case notBuilt(looked: String)
  /// The program was started and has not opened its socket.
  case notStarted(program: String)
  /// Something listens at the studio's socket and does not greet.
  case noAnswer
  /// The directory of the socket cannot be used.
  case directory(FileSystemError)
  /// The directory of the socket belongs to somebody else, or others may write in it.
  case notPrivate(path: String)

  public var description: String {
    switch self {
    case .notBuilt(let looked):
      "there is no studio at '\(looked)'; build it once with "
        + "`swift build -c release --product studio`, or name it in FLEDGE_STUDIO"
    case .notStarted(let program):
      "'\(program)' did not start; run it by hand to see why, then try again"
    case .noAnswer:
      "the running studio does not answer; end it, and try again"
    case .directory(let error): error.description
    case .notPrivate(let path):
      "'\(path)' is not private to you; remove it, or set FLEDGE_STUDIO_DIRECTORY to a directory "
        + "of your own"
    }
  }

  public var errorDescription: String? { description }
}
