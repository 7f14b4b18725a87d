import FledgeCore
import FledgeIO
import Foundation

/// Writes metrics as JSON lines: one object a line, its keys in the order given, each line flushed.
///
/// ```swift
/// let log = try MetricsLog(standardOutput: true, file: directory.file("metrics.jsonl"))
/// try log.write("step", ["step": step, "loss": loss])
/// // {"event":"step","step":10,"loss":1.23}
/// ```
///
/// If the reader of standard output goes away (`… | head`), the program ends at once and without a
/// message, by SIGPIPE, as command-line programs do.
public final class MetricsLog: MetricsRecorder {
  /// What to do with a file that exists.
  public enum Mode: Sendable {
    /// Replaces the file.
    case replacing
    /// Continues the file of a run that was resumed after this many steps: drops the first event
    /// with a greater `step` and all after it (and an earlier `final`), so that no part of a curve
    /// appears twice. A file that does not exist is created.
    case appending(afterStep: Int)
  }

  private let outputs: [FileDescriptor]
  private let file: FileDescriptor?

  /// - Parameters:
  ///   - standardOutput: whether to write to standard output
  ///   - path: the file to write to, if any
  /// - Throws: ``MetricsFileError`` if the file cannot be opened, or in appending mode is not a
  ///   metrics file; it stays unchanged.
  public convenience init(
    standardOutput: Bool = false, file path: String? = nil, mode: Mode = .replacing
  ) throws(MetricsFileError) {
    let output = FileDescriptor(raw: STDOUT_FILENO, path: "standard output")
    let file = try path.map { (path) throws(MetricsFileError) in try Self.open(path, mode) }
    self.init(outputs: standardOutput ? [output] : [], file: file)
  }

  init(outputs: [FileDescriptor], file: FileDescriptor?) {
    self.outputs = outputs
    self.file = file
  }

  deinit { file?.closeIgnoringErrors() }

  /// Writes `{"event":event, …}`.
  ///
  /// - Precondition: the keys differ from each other and from `event`.
  /// - Throws: ``/FledgeIO/FileSystemError``, for a full disk for instance; the file then ends with the last
  ///   complete line.
  public func write(
    _ event: String, _ values: KeyValuePairs<String, any MetricConvertible> = [:]
  ) throws(FileSystemError) {
    try write(event, values.map { (name: $0.key, value: $0.value.metricValue) })
  }

  /// ``write(_:_:)-(_,KeyValuePairs<String,MetricConvertible>)`` for values that are put together at run time.
  public func write(
    _ event: String, _ values: [(name: String, value: MetricValue)]
  ) throws(FileSystemError) {
    var keys: Set = ["event"]
    var line = "{\"event\":" + event.jsonQuoted
    for (key, value) in values {
      require(
        keys.insert(key).inserted, "MetricsLog", "the key '\(key)' appears twice in a metrics event"
      )
      line += "," + key.jsonQuoted + ":" + value.json
    }
    let bytes = Array((line + "}\n").utf8)
    if let file { try file.append(bytes) }
    for output in outputs { try Self.write(bytes, toPipe: output) }
  }

  public func record(
    _ event: String, step: Int, _ values: [(name: String, value: MetricValue)]
  ) throws {
    try write(event, values)
  }

  private static func write(
    _ bytes: [UInt8], toPipe output: FileDescriptor
  ) throws(FileSystemError) {
    do throws(FileSystemError) {
      try output.write(bytes)
    } catch  where error.code == EPIPE {
      // Only a program that ignores SIGPIPE comes here; the others have ended.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      throw error
    }
  }

  private static func open(_ path: String, _ mode: Mode) throws(MetricsFileError) -> FileDescriptor
  {
    var flags = O_WRONLY | O_CREAT | O_APPEND
    var kept: Int?
    switch (mode, FileKind(path)) {
    case (.replacing, _): flags |= O_TRUNC
    case (.appending(let step), .regular): kept = try length(of: path, untilStep: step)
    default: break
    }
    do throws(FileSystemError) {
      let file = try FileDescriptor(opening: path, flags)
      if let kept, ftruncate(file.raw, off_t(kept)) != 0 {
        let code = errno
        file.closeIgnoringErrors()
        throw FileSystemError(.write, path, code: code)
      }
      return file
    } catch {
      throw .file(error)
    }
  }

  /// How many bytes of a metrics file belong to the first `step` steps of an unfinished run.
  private static func length(
    of path: String, untilStep step: Int
  ) throws(MetricsFileError) -> Int {
    let kept = try metricsLines(in: path).prefix { line in
      line.event.name != "final" && line.event.number("step") ?? 0 <= Double(step)
    }
    return kept.last?.end ?? 0
  }
}
