import FledgeCourse
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct VerdictTests {
  @Test func `All planned checks passed is a success`() {
    let good = verdict(events(plan: ["a", "b"], passed: ["a", "b"]))
    #expect(good.outcome == .passed)
    #expect(good.expectations == 6)
    #expect(good.failed.isEmpty)
  }

  @Test func `No checks, or fewer than planned, are none`() {
    #expect(verdict([]).outcome == .incomplete)
    #expect(verdict(events(plan: [])).outcome == .incomplete)
    #expect(verdict(events(plan: ["a", "b"], passed: ["a"])).outcome == .incomplete)
    #expect(verdict(events(plan: ["a"], passed: ["a"]), status: 3).outcome == .incomplete)
  }

  @Test func `Fewer checks than the course has are none either`() {
    var short = verdict(events(plan: ["a"], passed: ["a"]))
    short.require(["a"])
    #expect(short.outcome == .passed)
    short.require(["a", "b"])
    #expect(short.outcome == .incomplete)
  }

  @Test func `A failure, an unwritten part and a crash are told apart`() {
    let plan = ["a", "b", "c"]
    let failed = verdict(
      events(plan: plan, passed: ["a", "c"], failed: [("b", "twice 3", "7")]), status: 1)
    #expect(failed.outcome == .failed)
    #expect(failed.failed == ["b"])

    let unwritten = verdict(events(plan: plan, passed: ["a"], unwritten: "b"), status: 1)
    #expect(unwritten.outcome == .unwritten)
    #expect(unwritten.failed == ["b"])
    #expect(unwritten.interrupted == "b")

    var begun = events(plan: plan, passed: ["a", "b"])
    begun.removeLast()
    let crashed = verdict(
      begun, status: 5, crashed: true,
      errors: "Swift/ContiguousArrayBuffer.swift:600: Fatal error: Index out of range\n")
    #expect(crashed.outcome == .crashed)
    #expect(crashed.failed == ["b"])
    #expect(crashed.crash?.message == "Index out of range")
  }

  @Test func `The compiler's messages are read, each once and with its notes`() {
    let messages = """
      /w/Exercises/Ex9_1_Double.swift:5:3: error: cannot find 'y' in scope
        2 * y
            ^
      /w/Exercises/Ex9_1_Double.swift:4:6: note: did you mean 'x'?
      /w/Exercises/Ex9_1_Double.swift:5:3: error: cannot find 'y' in scope
      /w/Checks/a b.swift:1:1: warning: never used: yes
      """
    #expect(
      Diagnostic.parse(messages) == [
        Diagnostic(
          file: "/w/Exercises/Ex9_1_Double.swift", line: 5, column: 3, isError: true,
          message: "cannot find 'y' in scope", notes: ["did you mean 'x'?"]),
        Diagnostic(
          file: "/w/Checks/a b.swift", line: 1, column: 1, isError: false,
          message: "never used: yes"),
      ])
  }

  @Test func `A crash is traced to the exercise's own file`() {
    let errors = """
      Fledge: matmul: inner dimensions differ
        at main.swift:12

      *** Program crashed: Aborted ***

      0 [ra] 0x1 fledgeTrap(_:_:) + 3 in run at /f/Sources/FledgeCore/Trap.swift:24:3
      1 [ra] 0x2 closure #1 in + 3 in run at /f/Sources/Exercises/Ex9_1_DoubleChecks.swift:7:9
      2 [ra] 0x3 double(_:) + 3 in run at /w/Exercises/Chapter09_Small/Ex9_1_Double.swift:5:13
      """
    #expect(Crash.parse(errors).file == nil)
    #expect(
      Crash.parse(errors, inFilesBelow: URL(filePath: "/w/Exercises"))
        == Crash(
          message: "matmul: inner dimensions differ", signal: "Aborted",
          file: "/w/Exercises/Chapter09_Small/Ex9_1_Double.swift", line: 5))
    #expect(Crash.parse("") == Crash())
    let overflow = "*** Program crashed: Bad pointer dereference at 0x00007f21 ***"
    #expect(Crash.parse(overflow) == Crash(signal: "Bad pointer dereference"))
    let precondition = "Ex9_1_Double.swift:5: Precondition failed: x is positive"
    #expect(Crash.parse(precondition).message == "x is positive")
  }

  @Test func `A full stack is told from a bad pointer, by the line that comes back`() {
    func crash(at address: String) -> Crash {
      Crash.parse(
        """
        *** Program crashed: Bad pointer dereference at \(address) ***
        0      0x1 swift_retain + 3 in libswiftCore.so
        1 [ra] 0x2 leaf(_:) + 3 in run at /w/Exercises/Ex9_1_Double.swift:3:1
        2 [ra] 0x3 visit(_:) + 9 in run at /w/Exercises/Ex9_1_Double.swift:8:13
        3 [ra] 0x3 visit(_:) + 9 in run at /w/Exercises/Ex9_1_Double.swift:8:13
        rbp 0x00007ffe852c9010  140731132711008
        rsp 0x00007ffe852c8fe0  140731132710880
        """, inFilesBelow: URL(filePath: "/w/Exercises"))
    }
    let full = crash(at: "0x00007ffe852c8fd8")
    #expect(full.overflowedStack)
    #expect(full.line == 8)
    for address in ["0x0000000000000010", "0x00007ffe853d0000"] {
      let bad = crash(at: address)
      #expect(!bad.overflowedStack)
      #expect(bad.line == 3)
    }
    #expect(!Crash.parse("*** Program crashed: Aborted ***\nrsp 0x0 0").overflowedStack)
  }

  @Test func `Versions of Swift are read`() throws {
    let linux = "Swift version 6.3.1 (swift-6.3.1-RELEASE)\nTarget: x86_64-unknown-linux-gnu"
    let version = try #require(Doctor.version(in: linux))
    #expect(version.major == 6 && version.minor == 3)
    let mac = "Apple Swift version 6.2 (swiftlang-6.2.0.19.9 clang-1700.3.19.1)"
    #expect(Doctor.version(in: mac)?.minor == 2)
    #expect(Doctor.version(in: "no") == nil)
  }
}
