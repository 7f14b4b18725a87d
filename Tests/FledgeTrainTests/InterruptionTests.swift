import FledgeTrain
import Foundation
import Testing

@Suite struct InterruptionTests {
  /// An exit test begins with most signals blocked.
  static func pressCtrlC() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(SIGINT)
  }

  @Test("Ctrl-C is a wish while one lives, whichever thread made it")
  func wish() async {
    await #expect(processExitsWith: .success) {
      let first = Interruption()
      let other = await Task.detached { Interruption().isRequested }.value
      try #require(!first.isRequested && !other)
      Self.pressCtrlC()
      try #require(first.isRequested && Interruption().isRequested)
    }
    await #expect(processExitsWith: .success) {
      do {
        let first = Interruption()
        Self.pressCtrlC()
        try #require(first.isRequested)
      }
      let second = Interruption()
      try #require(!second.isRequested, "the wish was for the one that is gone")
    }
  }

  @Test("A second Ctrl-C ends the process, and so does one when none lives")
  func end() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      let interruption = Interruption()
      Self.pressCtrlC()
      Self.pressCtrlC()
      withExtendedLifetime(interruption) {}
    }
    await #expect(processExitsWith: .signal(SIGINT)) {
      do { _ = Interruption() }
      Self.pressCtrlC()
    }
  }
}
