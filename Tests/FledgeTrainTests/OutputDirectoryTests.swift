import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeTrain

@Suite struct OutputDirectoryTests {
  @Test func `Missing directories are made, and nothing is left in them`() throws {
    try withTemporaryDirectory { directory in
      let output = try OutputDirectory(directory + "/a/b/c/")
      #expect(output.file("loss.svg") == directory + "/a/b/c/loss.svg")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/a/b/c").isEmpty)
      #expect(try OutputDirectory(directory + "/a/b").file("x") == directory + "/a/b/x")
    }
  }

  @Test func `A file in the way is named`() throws {
    try withTemporaryDirectory { directory in
      try AtomicFile.write("", to: directory + "/file")
      for path in [directory + "/file", directory + "/file/below"] {
        let error = try #require(throws: FileSystemError.self) { try OutputDirectory(path) }
        #expect(
          error.description == "cannot create '\(directory)/file': "
            + "a part of the path is a file, not a directory")
      }
    }
  }

  @Test func `A file system that takes no directories is named`() throws {
    let error = try #require(throws: FileSystemError.self) {
      try OutputDirectory("/dev/null/runs")
    }
    #expect(error == FileSystemError(.create, "/dev/null", code: ENOTDIR))
  }

  @Test func `A directory without permission to write is named`() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { directory in
        chmod(directory, 0o555)
        defer { chmod(directory, 0o755) }
        // Permissions do not bind root.
        if getuid() == 0 && seteuid(65534) != 0 { exit(2) }
        defer { seteuid(getuid()) }
        do {
          _ = try OutputDirectory(directory)
          exit(3)
        } catch let error as FileSystemError {
          guard error.code == EACCES, error.path == directory else { exit(4) }
        }
      }
    }
  }
}
