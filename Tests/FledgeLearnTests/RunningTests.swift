import FledgeCourse
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeLearn

/// Programs that are shell scripts: what a compiled one may do, in no time.
@Suite struct RunningTests {
  /// Runs `body` with `script` as the program of a folder.
  private func with<R>(_ script: String, _ body: (URL) throws -> R) throws -> R {
    try withTemporaryDirectory { path in
      let folder = URL(filePath: path)
      let program = folder.appending(path: "run")
      try "#!/bin/sh\n\(script)\n".write(to: program, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: program.path)
      return try body(folder)
    }
  }

  /// Who has ended may still wait to be taken note of: a zombie does not run.
  private func isRunning(_ process: pid_t) -> Bool {
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return kill(process, 0) == 0 && state?.contains(") Z ") != true
  }

  private func verdict(of script: String, seconds: Double = 20) throws -> Verdict {
    try with(script) { folder in
      var verdict = Verdict(outcome: .uncompiled)
      try Assembly.run(in: folder, seconds: seconds, &verdict)
      return verdict
    }
  }

  /// Lines of the shell that report what a run of checks would.
  private let plan = #"echo '{"kind":"plan","checks":["a","b"]}' >> "$FLEDGE_COURSE_REPORT""#
  private let begin = #"echo '{"kind":"begin","check":"a"}' >> "$FLEDGE_COURSE_REPORT""#
  private let end = #"echo '{"kind":"end","check":"a","passed":true}' >> "$FLEDGE_COURSE_REPORT""#
  private let second =
    #"echo '{"kind":"end","check":"b","passed":true}' >> "$FLEDGE_COURSE_REPORT""#

  private func lines(_ lines: String...) -> String { lines.joined(separator: "\n") }

  @Test func `All checks passed and status 0 is a success, another status is none`() throws {
    let good = try verdict(of: lines(plan, begin, end, second))
    #expect(good.outcome == .passed)
    #expect(good.passed == ["a", "b"])
    #expect(try verdict(of: lines(plan, begin, end, second, "exit 3")).outcome == .incomplete)
    #expect(try verdict(of: lines(plan, begin, end)).outcome == .incomplete)
    #expect(try verdict(of: "exit 0").outcome == .incomplete)
  }

  @Test func `Who ends the program within a check has not failed it but run no check`() throws {
    let ended = try verdict(of: lines(plan, begin, "exit 0"))
    #expect(ended.outcome == .incomplete)
    #expect(ended.interrupted == "a")
  }

  @Test func `Half a line at the end of a report counts for nothing`() throws {
    let half = lines(plan, begin, end, #"printf '{"kind":"end","che' >> "$FLEDGE_COURSE_REPORT""#)
    let cut = try verdict(of: half)
    #expect(cut.passed == ["a"])
    #expect(cut.outcome == .incomplete)
  }

  @Test func `A report under the same name, made anew, is nobody's`() throws {
    let forged = try verdict(
      of: lines(plan, begin, #"rm "$FLEDGE_COURSE_REPORT""#, end, second))
    #expect(forged.passed == [])
    #expect(forged.outcome == .incomplete)
  }

  @Test func `A loop without an end is out of time and no crash`() throws {
    let loop = try verdict(of: lines(plan, begin, "while :; do :; done"), seconds: 1)
    #expect(loop.outcome == .timedOut)
    #expect(loop.crash == nil)
    #expect(!loop.stoodStill)
    #expect(Fingerprint(of: loop).values.isEmpty)
  }

  #if os(Linux)
    @Test func `What grows beyond its memory is stopped and no crash`() throws {
      let grows = "x=x; while :; do x=$x$x; done"
      try with(grows) { folder in
        let (run, _) = try Assembly.execute(
          in: folder, seconds: 20, environment: [:], megabytes: 50)
        #expect(run.usedTooMuchMemory)
        #expect(!run.crashed && !run.timedOut)
        var verdict = Verdict(outcome: .uncompiled)
        verdict.conclude(run)
        #expect(verdict.outcome == .outOfMemory)
      }
    }
  #endif

  @Test func `A loop is asked where it stands before it is stopped`() throws {
    let own = " at /w/Exercises/Chapter09_Small/Ex9_1_Double.swift:5:13"
    let script = "trap 'echo \"0 [ra] 0x3 x in run\(own)\" >&2; exit 1' QUIT; while :; do :; done"
    let folder = URL(filePath: "/w/Exercises")
    try with(script) { place in
      let found = try Assembly.locateLoop(in: place, seconds: 1, inFilesBelow: folder)
      #expect(found?.file == "/w/Exercises/Chapter09_Small/Ex9_1_Double.swift")
      #expect(found?.line == 5)
    }
    try with("trap '' QUIT; exit 0") { place in
      let found = try Assembly.locateLoop(in: place, seconds: 1, inFilesBelow: folder)
      #expect(found == nil)
    }
  }

  @Test func `Who waits for ever is stopped with all that it has started`() throws {
    try with("sleep 300 & echo $! > \"$0.pid\"; wait") { folder in
      let (run, _) = try Assembly.execute(in: folder, seconds: 3, environment: [:])
      #expect(run.timedOut)
      #expect(!run.crashed)
      #if os(Linux)
        #expect(run.stoodStill)
      #endif
      let text = try text(folder.appending(path: "run.pid"))
      let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      // The signal is sent to all at once, but the system may deliver it to the child later.
      #expect(eventually { !isRunning(child) })
    }
  }

  @Test func `A signal is a crash, and what was said before is kept`() throws {
    let crashed = try verdict(
      of: lines(plan, begin, "echo 'a.swift:1: Fatal error: no' >&2", "kill -SEGV $$"))
    #expect(crashed.outcome == .crashed)
    #expect(crashed.failed == ["a"])
    #expect(crashed.crash?.message == "no")
  }

  @Test func `Of endless output the beginning and the end are kept`() throws {
    let long = "echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last"
    let output = try verdict(of: long).output
    #expect(output.utf8.count < 1_100_000)
    #expect(output.hasPrefix("first\n"))
    #expect(output.hasSuffix("last\n"))
    #expect(try verdict(of: "printf '\\377ok'").output == "\u{FFFD}ok")
  }

  @Test func `A program cannot fill the disk`() throws {
    let full = try verdict(of: lines(plan, begin, "exec dd if=/dev/zero bs=1M count=300"))
    #expect(full.outcome == .crashed)
    #expect(full.crash?.message == "it printed or wrote more than 256 MB")
    #expect(full.output.utf8.count < 1_100_000)
  }

  @Test func `What a program says is heard while it runs`() throws {
    let first = #"echo '{"kind":"progress","what":"one"}' >> "$FLEDGE_COURSE_REPORT""#
    try with(lines(first, "while [ ! -e \"$0.heard\" ]; do sleep 0.1; done")) { folder in
      var heard: [String?] = []
      let (run, events) = try Assembly.execute(in: folder, seconds: 20, environment: [:]) {
        heard.append($0.what)
        _ = FileManager.default.createFile(
          atPath: folder.appending(path: "run.heard").path, contents: nil)
      }
      #expect(run.status == 0)
      #expect(heard == ["one"])
      #expect(events.map(\.what) == ["one"])
    }
  }

  @Test func `A second run says where it crashed and takes no failure back`() {
    var first = Verdict(outcome: .crashed)
    first.crash = Crash(message: "no")
    let folder = URL(filePath: "/w/Exercises")
    var again = Verdict(outcome: .crashed)
    again.messages = """
      *** Program crashed: Aborted ***
      0 [ra] 0x2 x in run at /f/Sources/Exercises/Chapter08_Small/Ex8_1_Reference.swift:7:9
      1 [ra] 0x3 y in run at /w/Exercises/Chapter09_Small/Ex9_1_Double.swift:5:13
      """
    var verdict = first
    verdict.locateCrash(from: again, inFilesBelow: folder)
    #expect(
      verdict.crash
        == Crash(
          message: "no", signal: "Aborted",
          file: "/w/Exercises/Chapter09_Small/Ex9_1_Double.swift", line: 5))
    var unchanged = first
    unchanged.locateCrash(from: Verdict(outcome: .passed), inFilesBelow: folder)
    #expect(unchanged.outcome == .crashed)
    #expect(unchanged.crash == first.crash)
  }

  @Test func `Words are parted as a shell parts them`() {
    #expect(Compiler.words("-L/a -lb\n") == ["-L/a", "-lb"])
    #expect(Compiler.words(#"-L/a\ b '-I/c d' "e f""#) == ["-L/a b", "-I/c d", "e f"])
    #expect(Compiler.words(#"'/it'\''s here/x.o'"#) == ["/it's here/x.o"])
    #expect(Compiler.words("  ") == [])
  }
}
