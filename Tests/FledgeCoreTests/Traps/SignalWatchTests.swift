import FledgeTestSupport
import Foundation
import Testing

/// What the nets' child processes say of a call that neither returns nor traps.
@Suite struct SignalWatchTests {
  @Test func `a call that does not end is named`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      SignalWatch.begin(seconds: 1)
      SignalWatch.now("the call")
      while true { sleep(10) }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text == "stands still: the call\n")
  }
}
