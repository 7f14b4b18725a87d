import FledgeCore
import FledgeTrain
@preconcurrency import Foundation
import Testing

@Suite struct LostOutputTests {
  @Test("What a program prints before a trap is not lost in a pipe")
  func trap() async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      setvbuf(stdout, nil, Int32(_IOFBF), 4096)
      print("printed before")
      fledgeTrap("test", "the message")
    }
    #expect(
      String(decoding: result.standardOutputContent, as: UTF8.self).contains("printed before\n"))
    #expect(
      String(decoding: result.standardErrorContent, as: UTF8.self).contains(
        "Fledge: test: the message"))
  }

  @Test("Progress goes on where nobody reads standard error any more")
  func progress() async {
    await #expect(processExitsWith: .success) {
      try Self.breakPipe(STDERR_FILENO)
      let bar = ProgressBar(total: 3)
      for step in 1...3 { bar.update(to: step) }
      bar.finish()
      say("done")
      // The test library would write to standard error, too.
      _exit(0)
    }
    // Other broken pipes end the program as before.
    await #expect(processExitsWith: .signal(SIGPIPE)) {
      try Self.breakPipe(STDERR_FILENO)
      say("done")
      write(STDERR_FILENO, "x", 1)
    }
  }

  /// Makes a descriptor a pipe without a reader. An exit test begins with most signals blocked.
  private static func breakPipe(_ descriptor: Int32) throws {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    sigaddset(&signals, SIGABRT)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    let pipe = Pipe()
    dup2(pipe.fileHandleForWriting.fileDescriptor, descriptor)
    try pipe.fileHandleForReading.close()
  }
}
