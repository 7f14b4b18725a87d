import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeTrain

@Suite struct MetricsLogTests {
  @Test func `Keys keep their order and numbers read back as they were`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      let log = try MetricsLog(file: path)
      try log.write(
        "step",
        [
          "step": 10, "loss": 1.23, "b": 0.1 as Float, "a": 1.0 / 3, "ok": true,
          "text": "a \"b\"\n\u{1}\\", "none": nil as Double?, "time": Duration.milliseconds(1500),
        ])
      try log.write("tiny", ["x": Double.leastNonzeroMagnitude, "y": 1e300, "z": -0.0])
      try log.write("empty")
      // Read while the log is open: every line is flushed.
      #expect(
        try contents(of: path) == """
          {"event":"step","step":10,"loss":1.23,"b":0.1,"a":0.3333333333333333,"ok":true,\
          "text":"a \\"b\\"\\n\\u0001\\\\","none":null,"time":1.5}
          {"event":"tiny","x":5e-324,"y":1e+300,"z":-0.0}
          {"event":"empty"}

          """)
    }
  }

  @Test func `What JSON cannot say is null`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      try MetricsLog(file: path).write(
        "step", ["a": Double.nan, "b": Float.infinity, "c": -Double.infinity])
      #expect(try contents(of: path) == #"{"event":"step","a":null,"b":null,"c":null}"# + "\n")
      #expect(try readMetrics(from: path)[0].values == ["a": .null, "b": .null, "c": .null])
    }
  }

  @Test func `What was written is read back`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      let log = try MetricsLog(file: path)
      try log.write("start", ["name": "gpt", "tied": true])
      for step in 1...3 { try log.write("step", ["step": step, "loss": 1 / Double(step)]) }
      try log.write("step", ["step": 4, "loss": Double.nan])
      let events = try readMetrics(from: path)
      #expect(events[0].name == "start")
      #expect(events[0].values == ["name": .text("gpt"), "tied": .flag(true)])
      #expect(
        events.points("loss") == [.init(x: 1, y: 1), .init(x: 2, y: 0.5), .init(x: 3, y: 1.0 / 3)])
    }
  }

  @Test func `A new run replaces the file, a resumed one drops what it will do again`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      func run(_ mode: MetricsLog.Mode, _ steps: ClosedRange<Int>) throws {
        let log = try MetricsLog(file: path, mode: mode)
        for step in steps { try log.write("step", ["step": step]) }
      }
      func steps() throws -> [Double] {
        try readMetrics(from: path).compactMap { $0.number("step") }
      }
      try run(.appending(afterStep: 0), 1...2)
      #expect(try steps() == [1, 2])
      try run(.replacing, 1...7)
      try run(.appending(afterStep: 4), 5...8)
      #expect(try steps() == [1, 2, 3, 4, 5, 6, 7, 8])
      try run(.appending(afterStep: 100), 101...101)
      #expect(try steps().suffix(2) == [8, 101])
      try run(.appending(afterStep: 0), 1...1)
      #expect(try steps() == [1])
    }
  }

  @Test func `On resume an unfinished line and an earlier end are dropped`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      let kept = "{\"event\":\"start\"}\n{\"event\":\"step\",\"step\":5}\n"
      for tail in ["{\"event\":\"st", "{\"event\":\"final\",\"step\":5}\n"] {
        try AtomicFile.write(kept + tail, to: path)
        try MetricsLog(file: path, mode: .appending(afterStep: 5)).write("next")
        #expect(try contents(of: path) == kept + "{\"event\":\"next\"}\n")
      }
    }
  }

  @Test func `A file that is something else is refused and left alone`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/notes.txt"
      let text = "{\"event\":\"step\",\"step\":1}\nnotes\n"
      for text in [text, "[1]\n", "{\"step\":1}\n", "{\"event\":1}\n", "\n"] {
        try AtomicFile.write(text, to: path)
        #expect(throws: MetricsFileError.self) {
          try MetricsLog(file: path, mode: .appending(afterStep: 5))
        }
        #expect(try contents(of: path) == text)
      }
      try AtomicFile.write(text, to: path)
      let error = #expect(throws: MetricsFileError.self) { try readMetrics(from: path) }
      #expect(error == .malformedLine(2, path: path))
      #expect(throws: MetricsFileError.file(.init(.read, path + "x", code: ENOENT))) {
        try readMetrics(from: path + "x")
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `A full disk is an error, not a trap`() throws {
    let log = try MetricsLog(file: "/dev/full")
    let error = #expect(throws: FileSystemError.self) { try log.write("step", ["step": 1]) }
    #expect(error?.code == ENOSPC)
  }

  @Test func `A line that does not fit is taken back`() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryDirectory { directory in
        let path = directory + "/metrics.jsonl"
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 100, rlim_max: 100)
        #if os(Linux)
          setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
          setrlimit(RLIMIT_FSIZE, &limit)
        #endif
        let log = try MetricsLog(file: path)
        try log.write("first")
        do {
          try log.write("second", ["text": String(repeating: "x", count: 200)])
          exit(2)
        } catch let error as FileSystemError {
          guard error.code == EFBIG else { exit(3) }
        }
        try log.write("third")
        let text = try contents(of: path)
        guard text == "{\"event\":\"first\"}\n{\"event\":\"third\"}\n" else { exit(4) }
      }
    }
  }

  @Test func `A log that ends anywhere is continued after its last complete line`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/metrics.jsonl"
      let log = try MetricsLog(file: path)
      for step in 1...3 { try log.write("step", ["step": step, "note": "é\n\"\u{1}"]) }
      let bytes = Array(try contents(of: path).utf8)
      let newlines = bytes.indices.filter { bytes[$0] == 10 }
      for count in 0...bytes.count {
        try AtomicFile.write(Array(bytes[..<count]), to: path)
        _ = try MetricsLog(file: path, mode: .appending(afterStep: 9))
        let complete = newlines.last { $0 < count }.map { $0 + 1 } ?? 0
        #expect(Array(try contents(of: path).utf8) == Array(bytes[..<complete]), "cut at \(count)")
      }
    }
  }

  @Test(arguments: [false, true])
  func `When the reader of standard output goes away the program ends quietly`(
    ignoresSignal: Bool
  ) async throws {
    let result = try await #require(
      processExitsWith: .signal(SIGPIPE), observing: [\.standardErrorContent]
    ) { [ignoresSignal] in
      if ignoresSignal { signal(SIGPIPE, SIG_IGN) }
      let pipe = Pipe()
      dup2(pipe.fileHandleForWriting.fileDescriptor, STDOUT_FILENO)
      try pipe.fileHandleForReading.close()
      do { try MetricsLog(standardOutput: true).write("step", ["step": 1]) } catch { _exit(3) }
    }
    // The test library writes some bytes of its own there.
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(!text.contains("rror"))
  }

  @Test func `Standard output gets the same lines`() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      try MetricsLog(standardOutput: true).write("final", ["steps": 3, "loss": 0.5 as Float])
    }
    let text = String(decoding: result.standardOutputContent, as: UTF8.self)
    #expect(text.contains("{\"event\":\"final\",\"steps\":3,\"loss\":0.5}\n"))
  }

  @Test func `A key given twice is a mistake of the program`() async {
    await #expect(processExitsWith: .failure) {
      try MetricsLog().write("step", ["event": 1])
    }
  }
}
