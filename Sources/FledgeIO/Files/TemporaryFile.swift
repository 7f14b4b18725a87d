import Foundation

/// A file beside another one, which it will replace: `NAME.PROCESS-NUMBER.tmp`.
///
/// It is locked as long as its program writes it, and the system drops the lock of a program that is
/// killed. So the next save can tell what is left over, also if another machine or container wrote
/// it, where process numbers say nothing.
struct TemporaryFile {
  let file: FileDescriptor
  /// Holds the lock after `file` is closed, until the file has its name.
  private let lock: Int32

  static func create(for path: String) throws(FileSystemError) -> TemporaryFile {
    // The process and a random number: two runs in one directory use different names.
    let name = "\(path).\(getpid())-\(UInt32.random(in: 0...(.max))).tmp"
    let file = try FileDescriptor(opening: name, O_WRONLY | O_CREAT | O_EXCL)
    let result = TemporaryFile(file: file, lock: fcntl(file.raw, F_DUPFD_CLOEXEC, 0))
    // Not every file system has locks; there nothing is ever taken for left over.
    flock(result.lock, LOCK_EX)
    if FileKind(name) == .regular { return result }
    // Before it was locked, another save took it for left over.
    file.closeIgnoringErrors()
    result.unlock()
    return try create(for: path)
  }

  func unlock() { close(lock) }

  /// Removes what killed programs have left of their saves to `path`.
  static func removeAbandoned(of path: String) {
    let folder = directory(of: path)
    guard let prefix = path.split(separator: "/").last.map({ "\($0)." }) else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
      let numbers = name.dropFirst(prefix.count).dropLast(4).split(
        separator: "-", omittingEmptySubsequences: false)
      guard numbers.count == 2, numbers.allSatisfy({ UInt32($0) != nil }) else { continue }
      removeUnlocked("\(folder)/\(name)")
    }
  }

  private static func removeUnlocked(_ path: String) {
    // To write: some network file systems lock nothing else. It may also have the permissions of a
    // file that may only be read.
    let flags = O_NOFOLLOW | O_NONBLOCK
    guard
      let file = (try? FileDescriptor(opening: path, O_WRONLY | flags))
        ?? (try? FileDescriptor(opening: path, O_RDONLY | flags))
    else { return }
    defer { file.closeIgnoringErrors() }
    if flock(file.raw, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
  }
}
