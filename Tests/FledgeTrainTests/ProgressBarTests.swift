import FledgePlots
import Foundation
import Testing

@testable import FledgeTrain

/// A clock that goes when told to, and everything that was written.
private final class Stage {
  var instant = ContinuousClock.now
  var written: [String] = []
  var columns = 80

  func wait(_ seconds: Double) { instant = instant.advanced(by: .seconds(seconds)) }

  func bar(
    total: Int, startingAt: Int = 0, label: String = "", unit: String = "samples",
    terminal style: TerminalStyle? = nil
  ) -> ProgressBar {
    let output = ProgressOutput(
      isTerminal: style != nil, style: style ?? .plain, columns: { self.columns },
      write: { self.written.append($0) })
    return ProgressBar(
      total: total, startingAt: startingAt, label: label, unit: unit, output: output,
      now: { self.instant })
  }

  /// What the terminal shows after all that was written.
  var screen: [String] {
    var lines = [""]
    var column = 0
    var rest = written.joined()[...]
    while let character = rest.first {
      if rest.hasPrefix("\u{1B}[K") {
        lines[lines.count - 1] = String(lines.last!.prefix(column))
        rest = rest.dropFirst(3)
        continue
      }
      rest = rest.dropFirst()
      switch character {
      case "\r": column = 0
      case "\n":
        lines.append("")
        column = 0
      default:
        var line = Array(lines.last!)
        if column < line.count { line[column] = character } else { line.append(character) }
        lines[lines.count - 1] = String(line)
        column += 1
      }
    }
    return lines
  }
}

/// An exit test begins with most signals blocked.
private func interruptThisProcess() {
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGINT)
  pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  raise(SIGINT)
}

@Suite struct ProgressBarTests {
  @Test func `On a terminal one line is drawn again and stays at the end`() {
    let stage = Stage()
    let bar = stage.bar(total: 200, label: "train", unit: "tokens", terminal: .plain)
    for step in 1...150 {
      stage.wait(0.1)
      bar.update(to: step, loss: 2, metrics: ["rate": 3e-4], processed: 768)
    }
    #expect(
      stage.screen == [
        "train  150/200  ━━━━━━━━━━━━━━━─────   75%  loss 2  7680 tokens/s  15s  5s left"
      ])
    stage.wait(5)
    bar.update(to: 200)
    bar.finish()
    bar.finish()
    #expect(
      stage.screen == [
        "train  200/200  ━━━━━━━━━━━━  100%  loss 2  rate@150 0.0003  5760 tokens/s  20s", "",

      ])
    #expect(stage.written.filter { $0.contains("\n") } == ["\n"])
  }

  @Test func `In ASCII, without any colour`() {
    let stage = Stage()
    let bar = stage.bar(total: 10, terminal: .ascii)
    stage.wait(2)
    bar.update(to: 4, loss: 0.51234)
    #expect(
      stage.written == [
        "\r 4/10  [=========>              ]   40%  loss 0.5123  2.00 steps/s  2s  3s left\u{1B}[K"
      ])
  }

  @Test func `It is drawn at most ten times a second, and not at all when nothing changed`() {
    let stage = Stage()
    let bar = stage.bar(total: 10_000, terminal: .plain)
    for step in 1...1000 {
      stage.wait(0.01)
      bar.update(to: step)
    }
    #expect((95...101).contains(stage.written.count))
    let count = stage.written.count
    let other = stage.bar(total: 10, terminal: .plain)
    for _ in 0..<3 {
      stage.wait(0.15)
      other.update(to: 0)
    }
    #expect(stage.written.count == count + 1)
  }

  @Test(arguments: 1...120)
  func `It is never wider than the terminal, and keeps what matters most`(columns: Int) {
    let stage = Stage()
    stage.columns = columns
    let bar = stage.bar(total: 2000, label: "训练", unit: "tokens", terminal: .plain)
    stage.wait(60)
    bar.update(
      to: 1000, loss: 1.23456, metrics: ["accuracy": 0.98765, "rate": 1e-3], processed: 48_000)
    let line = stage.screen[0]
    #expect(line.columns <= max(columns - 1, 1))
    if columns > 10 { #expect(line.contains("1000/2000")) }
    if columns > 40 { #expect(line.contains("loss 1.235") && line.contains("━")) }
    if columns > 60 { #expect(line.contains("1m 00s left")) }
    if columns > 110 { #expect(line.contains("rate 0.001") && line.contains("800 tokens/s")) }
  }

  @Test func `Elsewhere there are plain lines at tenths, without control characters`() {
    let stage = Stage()
    let bar = stage.bar(total: 40)
    for step in 1...40 {
      stage.wait(0.5)
      bar.update(to: step, loss: 1 / Double(step))
    }
    bar.finish()
    #expect(stage.written.count == 11)
    #expect(stage.written[0] == "1/40 (2%)  loss 1  2.00 steps/s  1s, 20s left\n")
    #expect(stage.written[10] == "40/40 (100%)  loss 0.0278  2.00 steps/s  20s\n")
    #expect(!stage.written.joined().contains { $0 == "\r" || $0 == "\u{1B}" })
  }

  @Test func `Where tenths take long, a line comes after thirty seconds`() {
    let stage = Stage()
    let bar = stage.bar(total: 1_000_000)
    for step in 1...100 {
      stage.wait(1)
      bar.update(to: step)
    }
    #expect(stage.written.count == 4)
    #expect(stage.written[1].hasPrefix("31/1000000 (0%)"))
  }

  @Test func `An end before the last step is written, and only once`() {
    let stage = Stage()
    do {
      let bar = stage.bar(total: 100)
      stage.wait(1)
      bar.update(to: 1)
      bar.update(to: 3)
    }
    #expect(stage.written.map { $0.prefix(5) } == ["1/100", "3/100"])
    let unused = stage.bar(total: 100, terminal: .plain)
    unused.finish()
    #expect(stage.written.count == 2)
  }

  @Test func `A resumed run counts its own steps for speed and time left`() {
    let stage = Stage()
    let bar = stage.bar(total: 1000, startingAt: 900)
    stage.wait(10)
    bar.update(to: 910)
    stage.wait(10)
    bar.update(to: 915)
    bar.finish()
    #expect(
      stage.written == [
        "910/1000 (91%)  1.00 steps/s  10s, 1m 30s left\n",
        "915/1000 (91%)  0.75 steps/s  20s\n",
      ])
  }

  @Test func `A loss that is not a number shows at once and does not spoil the average`() {
    let stage = Stage()
    let bar = stage.bar(total: 10)
    bar.update(to: 1, loss: 2)
    bar.update(to: 2, loss: .nan)
    bar.update(to: 3, loss: -.infinity)
    bar.update(to: 4, loss: 2)
    let losses = stage.written.map {
      $0.split(separator: "loss ")[1].prefix { $0 != " " && $0 != "\n" }
    }
    #expect(losses == ["2", "nan", "-inf", "2"])
  }

  @Test func `A message stands above the bar`() {
    let stage = Stage()
    let bar = stage.bar(total: 10, terminal: .plain)
    stage.wait(1)
    bar.update(to: 5)
    bar.message("saved")
    #expect(stage.screen.count == 2 && stage.screen[0] == "saved")
    #expect(stage.screen[1].contains("5/10"))
  }

  @Test func `An interrupt ends the line and then the program`() async throws {
    let result = try await #require(
      processExitsWith: .signal(SIGINT), observing: [\.standardErrorContent]
    ) {
      let output = ProgressOutput(
        isTerminal: true, endsLineWhenInterrupted: true,
        write: { FileHandle.standardError.write(Data($0.utf8)) })
      let bar = ProgressBar(total: 10, output: output)
      bar.update(to: 5)
      interruptThisProcess()
    }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("5/10") && text.hasSuffix("\n"))
  }

  @Test func `A handler of the program's own is left alone`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      signal(SIGINT) { _ in _exit(7) }
      let output = ProgressOutput(isTerminal: true, endsLineWhenInterrupted: true, write: { _ in })
      let bar = ProgressBar(total: 10, output: output)
      bar.update(to: 5)
      interruptThisProcess()
    }
  }

  @Test func `Durations show their two largest units`() {
    let cases: [(Double, String)] = [
      (0, "0s"), (0.4, "0s"), (59.4, "59s"), (59.6, "1m 00s"), (63, "1m 03s"), (3599.7, "1h 00m"),
      (7500, "2h 05m"), (86_400 * 3 + 4 * 3600, "3d 04h"), (-5, "0s"),
    ]
    for (seconds, text) in cases { #expect(Duration.seconds(seconds).brief == text) }
  }

  @Test func `The recent speed counts, and a steady one is exact from the start`() {
    var meter = RateMeter()
    #expect(meter.rate == nil)
    meter.add(50, over: .seconds(5))
    #expect(abs(meter.rate! - 10) < 1e-9)
    for _ in 0..<100 { meter.add(2, over: .seconds(1)) }
    #expect(abs(meter.rate! - 2) < 1e-3)
  }
}
