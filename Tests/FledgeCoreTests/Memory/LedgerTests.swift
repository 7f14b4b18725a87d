import Foundation
import Synchronization
import Testing

@testable import FledgeCore

/// A ledger counts only what is made under it, so these tests share a process with all others.
@Suite struct LedgerTests {
  @Test func `a ledger counts what is made in its scope, and credits it wherever it is freed`() {
    let ledger = Ledger("piece")
    var kept: Tensor?
    withLedger(ledger) {
      kept = withMemoryTag(.data) { Tensor.zeros([100]) }
      #expect(Ledger.current === ledger)
      #expect(ledger.statistics.liveBytes == 400 && ledger.statistics.liveBuffers == 1)
      _ = Tensor.zeros([1000])
    }
    let other = Tensor.zeros([50])
    #expect(ledger.statistics.liveBytesByTag[.data] == 400)
    #expect(ledger.statistics.liveBytesByTag[.temporary] == 0)
    #expect(ledger.statistics.peakBytes == 4400 && ledger.statistics.allocations == 2)
    #expect(ledger.statistics.bytesByTagAtPeak[.data] == 400)
    #expect(ledger.statistics.bytesByTagAtPeak[.temporary] == 4000)
    let second = Ledger("other scope")
    withLedger(second) { kept = nil }
    #expect(ledger.statistics.liveBytes == 0 && ledger.statistics.liveBuffers == 0)
    #expect(second.statistics == Ledger("fresh").statistics)
    withExtendedLifetime((other, kept)) {}
  }

  @Test func `a buffer freed on another thread is credited where it was made`() {
    let (ledger, elsewhere) = (Ledger("made"), Ledger("freed"))
    let held = Mutex<[Tensor]>(withLedger(ledger) { [Tensor.zeros([64]), Tensor.zeros([0])] })
    #expect(ledger.statistics.liveBytes == 256 && ledger.statistics.liveBuffers == 2)
    let done = DispatchSemaphore(value: 0)
    Thread {
      withLedger(elsewhere) { held.withLock { $0 = [] } }
      done.signal()
    }.start()
    done.wait()
    #expect(ledger.statistics.liveBytes == 0 && ledger.statistics.liveBuffers == 0)
    #expect(elsewhere.statistics.liveBytes == 0 && elsewhere.statistics.allocations == 0)
  }

  @Test func `ledgers nest: the one in force where a ledger is made counts as well`() {
    let outer = Ledger("outer")
    let (inner, sibling) = withLedger(outer) { (Ledger("inner"), Ledger("sibling")) }
    // Entered from outside of the outer one's scope: what counts is where it was made.
    let x = withLedger(inner) { Tensor.zeros([10]) }
    #expect(inner.statistics.liveBytes == 40 && outer.statistics.liveBytes == 40)
    #expect(sibling.statistics.allocations == 0)
    withExtendedLifetime(x) {}
  }

  @Test func `a ledger may end before its buffers, and they are still credited above it`() {
    let outer = Ledger("outer")
    var x: Tensor?
    withLedger(outer) {
      let inner = Ledger("inner")
      x = withLedger(inner) { Tensor.zeros([10]) }
    }
    #expect(outer.statistics.liveBytes == 40)
    x = nil
    #expect(outer.statistics.liveBytes == 0 && outer.statistics.liveBuffers == 0)
    withExtendedLifetime(x) {}
  }

  @Test func `a tag's own peak is at a moment of its own`() {
    let ledger = Ledger()
    withLedger(ledger) {
      do {
        let a = withMemoryTag(.activation) { Tensor.zeros([100]) }
        withExtendedLifetime(a) {}
      }
      let g = withMemoryTag(.gradient) { Tensor.zeros([150]) }
      withExtendedLifetime(g) {}
    }
    let statistics = ledger.statistics
    #expect(statistics.peakBytes == 600)
    #expect(statistics.bytesByTagAtPeak[.activation] == 0)
    #expect(statistics.peakBytesByTag[.activation] == 400)
    #expect(statistics.peakBytesByTag[.gradient] == 600)
    ledger.resetPeak()
    #expect(ledger.statistics.peakBytesByTag[.activation] == 0)
    #expect(ledger.statistics.peakBytes == ledger.statistics.liveBytes)
  }

  @Test func `what is made on the workers of a pool belongs to the caller's ledger`() {
    let ledger = Ledger()
    let made = Mutex<[Tensor]>([])
    withRank(0, of: 1, threads: 4, ledger: ledger) {
      ThreadPool.run(parts: 100) { _ in
        let x = Tensor.zeros([16])
        made.withLock { $0.append(x) }
      }
    }
    #expect(ledger.statistics.liveBytes == 6400)
    made.withLock { $0 = [] }
    #expect(ledger.statistics.liveBytes == 0)
  }

  @Test func `an allocation that exceeds the budget ends with what is alive by tag`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let device = Ledger("device", budget: 10_000)
      withLedger(device) {
        let weights = withMemoryTag(.parameter) { Tensor.zeros([1000]) }
        let batch = withMemoryTag(.data) { Tensor.zeros([1475]) }
        // To the byte: 9900, and what was freed does not count.
        for _ in 0..<3 { _ = Tensor.zeros([25]) }
        withMemoryTag(.activation) { _ = Tensor.zeros([26]) }
        withExtendedLifetime((weights, batch)) {}
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.hasPrefix(
        "Fledge: Ledger: 104 B of activation exceed the budget of `device`, 10.00 KB, of which "
          + "9.90 KB are in use (parameter 4.00 KB, data 5.90 KB)\n"), "\(text)")
  }

  @Test func `the budget of a ledger above limits the one below`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      withLedger(Ledger("machine", budget: 100)) {
        withLedger(Ledger("rank", budget: 1000)) { _ = Tensor.zeros([50]) }
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.hasPrefix(
        "Fledge: Ledger: 200 B of temporary exceed the budget of `machine`, 100 B, of which 0 B are "
          + "in use (nothing)\n"), "\(text)")
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.00 KB"), (999_994, "999.99 KB"), (999_996, "1.00 MB"),
    (1_990_000_000, "1.99 GB"), (5_000_000_000_000_000, "5000.00 TB"),
  ])
  func `bytes are written in the unit that suits them`(bytes: Int, text: String) {
    #expect(bytes.formattedBytes == text)
  }

  @Test func `a ledger prints what is alive and what was alive at the peak`() {
    let ledger = Ledger("device", budget: 1_000_000)
    let x = withLedger(ledger) { () -> Tensor in
      _ = withMemoryTag(.activation) { Tensor.zeros([1000]) }
      return withMemoryTag(.parameter) { Tensor.zeros([250]) }
    }
    #expect(
      ledger.description == """
        device: 1.00 KB in 1 buffers, peak 4.00 KB, budget 1.00 MB
          activation: 0 B, at the peak 4.00 KB
          parameter: 1.00 KB, at the peak 0 B
        """)
    withExtendedLifetime(x) {}
  }
}
