import FledgeCourse
import FledgeLearn
import Foundation

/// The studio's page on a milestone: the program `studio`, which is told what happens.
final class MilestonePage: @unchecked Sendable {
  private let process = Process()
  private let news = Pipe()
  private let lock = NSLock()

  /// - Throws: ``/FledgeLearn/CourseError`` where the studio was not built
  init(_ studio: URL) throws {
    guard FileManager.default.isExecutableFile(atPath: studio.path) else {
      throw CourseError.notBuilt(studio.path, product: "studio")
    }
    // A page that has gone must not end the training.
    signal(SIGPIPE, SIG_IGN)
    process.executableURL = studio
    process.arguments = ["--milestone"]
    process.standardInput = news
    try process.run()
    try? news.fileHandleForReading.close()
  }

  @Sendable func tell(_ news: MilestoneNews) {
    guard let line = try? CheckEvent.encoder.encode(news) else { return }
    lock.withLock {
      try? self.news.fileHandleForWriting.write(contentsOf: line + Data("\n".utf8))
    }
  }

  /// Waits until all has been told.
  func end() {
    try? news.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
