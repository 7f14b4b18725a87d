import Foundation
import Testing

@testable import FledgeTrain

/// A handler that the program had for a signal is its own again.
@Suite struct InterruptionStateTests {
  private nonisolated(unsafe) static var count = 0

  private static func takeSignal(_ number: Int32 = SIGINT) {
    signal(number) { _ in InterruptionStateTests.count += 1 }
  }

  private static func flags(_ number: Int32) -> (handler: Int, flags: Int) {
    var action = sigaction()
    sigaction(number, nil, &action)
    return (SignalAction(of: number).handler, Int(action.sa_flags))
  }

  @Test func `the program's handler takes Ctrl-C again when the last interruption is gone`() async {
    await #expect(processExitsWith: .success) {
      Self.takeSignal()
      do {
        let first = Interruption()
        let second = Interruption()
        InterruptionTests.pressCtrlC()
        try #require(first.isRequested && second.isRequested && Self.count == 0)
      }
      InterruptionTests.pressCtrlC()
      try #require(Self.count == 1)
    }
  }

  @Test func `a second Ctrl-C goes to the program's handler`() async {
    await #expect(processExitsWith: .success) {
      Self.takeSignal()
      let interruption = Interruption()
      for _ in 0..<3 { InterruptionTests.pressCtrlC() }
      try #require(interruption.isRequested && Self.count == 2)
    }
  }

  @Test func `flags of the handler come back, too`() async {
    await #expect(processExitsWith: .success) {
      var action = sigaction()
      Self.takeSignal()
      sigaction(SIGINT, nil, &action)
      action.sa_flags |= SA_NODEFER
      sigaction(SIGINT, &action, nil)
      let before = Self.flags(SIGINT)
      do { _ = Interruption() }
      try #require(Self.flags(SIGINT) == before)
    }
  }

  @Test func `a handler that came meanwhile stays`() async {
    await #expect(processExitsWith: .success) {
      do {
        let interruption = Interruption()
        Self.takeSignal()
        withExtendedLifetime(interruption) {}
      }
      InterruptionTests.pressCtrlC()
      try #require(Self.count == 1)
    }
  }

  @Test func `the line of a progress bar leaves handlers alone`() async {
    await #expect(processExitsWith: .success) {
      let before = Self.flags(SIGTERM)
      let line = InterruptedLine()
      try #require(Self.flags(SIGTERM).handler != before.handler)
      line.restore()
      try #require(Self.flags(SIGTERM).handler == before.handler)
      let other = InterruptedLine()
      Self.takeSignal(SIGTERM)
      let own = Self.flags(SIGTERM)
      other.restore()
      try #require(Self.flags(SIGTERM) == own)
    }
  }
}
