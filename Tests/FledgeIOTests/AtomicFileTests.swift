import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@Suite struct AtomicFileTests {
  private func entries(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  @Test func `A file is written, replaced, and alone in its directory`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/a.txt"
      try AtomicFile.write("one", to: path)
      #expect(try contents(of: path) == "one")
      try AtomicFile.write("二", to: path)
      #expect(try contents(of: path) == "二")
      try AtomicFile.write([], to: path)
      #expect(try contents(of: path) == "")
      #expect(try entries(directory) == ["a.txt"])
    }
  }

  @Test func `Who has the old file open still reads the old file`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/a.txt"
      try AtomicFile.write("old", to: path)
      let reader = try #require(FileHandle(forReadingAtPath: path))
      try AtomicFile.write("new", to: path)
      #expect(try reader.readToEnd() == Data("old".utf8))
    }
  }

  @Test func `An existing file keeps its permissions and a link leads where it led`() throws {
    try withTemporaryDirectory { directory in
      let (path, link) = (directory + "/a.txt", directory + "/link")
      try AtomicFile.write("old", to: path)
      chmod(path, 0o640)
      symlink("a.txt", link)
      try AtomicFile.write("new", to: link)
      #expect(try contents(of: path) == "new")
      var status = stat()
      lstat(link, &status)
      #expect(status.st_mode & S_IFMT == S_IFLNK)
      stat(path, &status)
      #expect(status.st_mode & 0o777 == 0o640)
    }
  }

  @Test func `A link that leads to nothing is followed, and one that leads to itself is refused`()
    throws
  {
    try withTemporaryDirectory { directory in
      try FileManager.default.createDirectory(
        atPath: directory + "/part", withIntermediateDirectories: true)
      let links = ["first": "part/second", "part/second": "../a.txt", "loop": "loop"]
      for (link, target) in links { symlink(target, "\(directory)/\(link)") }
      try AtomicFile.write("new", to: directory + "/first")
      #expect(try contents(of: directory + "/a.txt") == "new")
      let error = #expect(throws: FileSystemError.self) {
        try AtomicFile.write("x", to: directory + "/loop")
      }
      #expect(error?.code == ELOOP)
      for (link, target) in links {
        let found = try FileManager.default.destinationOfSymbolicLink(
          atPath: "\(directory)/\(link)")
        #expect(found == target)
      }
    }
  }

  @Test func `What killed saves have left goes with the next save, and nothing else`() throws {
    try withTemporaryDirectory { directory in
      let kept = [
        "a.txt.1-2.tmp.gz", "a.txt.1.tmp", "a.txt.x-2.tmp", "b.txt.1-2.tmp", "other.a.txt.1-2.tmp",
      ]
      for name in kept + ["a.txt.1-2.tmp", "a.txt.70000-4294967295.tmp"] {
        try Data().write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
      }
      // One that is being written; not by the child processes of other tests.
      let writing = open(directory + "/a.txt.3-4.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      flock(writing, LOCK_EX)
      try AtomicFile.write("new", to: directory + "/a.txt")
      #expect(try entries(directory) == (kept + ["a.txt", "a.txt.3-4.tmp"]).sorted())
      close(writing)
      try AtomicFile.write("newer", to: directory + "/a.txt")
      #expect(try entries(directory) == (kept + ["a.txt"]).sorted())
    }
  }

  @Test func `A missing directory is named`() throws {
    try withTemporaryDirectory { directory in
      let error = try #require(throws: FileSystemError.self) {
        try AtomicFile.write("x", to: directory + "/no/a.txt")
      }
      #expect(error.code == ENOENT)
      #expect(
        error.description == "cannot write '\(directory)/no/a.txt': the directory "
          + "'\(directory)/no' does not exist; create it or choose another path")
    }
  }

  @Test func `A directory is not overwritten`() throws {
    try withTemporaryDirectory { directory in
      let error = try #require(throws: FileSystemError.self) {
        try AtomicFile.write("x", to: directory)
      }
      #expect(error.code == EISDIR)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `A full device is reported and stays a device`() throws {
    let error = try #require(throws: FileSystemError.self) {
      try AtomicFile.write("x", to: "/dev/full")
    }
    #expect(
      error.description == "cannot write '/dev/full': no space left on the device; "
        + "free some or choose another path")
    var status = stat()
    stat("/dev/full", &status)
    #expect(status.st_mode & S_IFMT == S_IFCHR)
  }

  /// A limit on the size of files fails a write half-way, as a full disk does.
  @Test func `A write that fails half-way leaves the old file and nothing else`() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { directory in
        let path = directory + "/a.txt"
        try AtomicFile.write("old", to: path)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
        #if os(Linux)
          setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
          setrlimit(RLIMIT_FSIZE, &limit)
        #endif
        do {
          try AtomicFile.write([UInt8](repeating: 1, count: 5000), to: path)
          exit(2)
        } catch let error as FileSystemError {
          guard error.code == EFBIG, error.path == path else { exit(3) }
        }
        guard try contents(of: path) == "old" else { exit(4) }
        guard try FileManager.default.contentsOfDirectory(atPath: directory) == ["a.txt"] else {
          exit(5)
        }
      }
    }
  }

  @Test func `Without permission there is one clear sentence`() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { directory in
        chmod(directory, 0o555)
        defer { chmod(directory, 0o755) }
        // Permissions do not bind root.
        if getuid() == 0 && seteuid(65534) != 0 { exit(2) }
        defer { seteuid(getuid()) }
        do {
          try AtomicFile.write("x", to: directory + "/a.txt")
          exit(3)
        } catch let error as FileSystemError {
          guard error.code == EACCES, "\(error)".contains("permission denied") else { exit(4) }
        }
      }
    }
  }
}
