import FledgeIO
import Foundation

/// A destination of metrics: ``MetricsLog`` (JSON lines), ``CSVLog``, ``TensorBoardLog``.
public protocol MetricsRecorder {
  /// Writes the values of one event, which happened after `step` optimizer steps. The step (or the
  /// epoch) is among the values if a reader should see it.
  func record(
    _ event: String, step: Int, _ values: [(name: String, value: MetricValue)]
  ) throws
}

extension FileDescriptor {
  /// Writes at the end of the file, all of `bytes` or nothing: what a full disk cut off goes again.
  func append(_ bytes: [UInt8]) throws(FileSystemError) {
    let end = lseek(raw, 0, SEEK_END)
    do throws(FileSystemError) {
      try write(bytes)
    } catch {
      if end >= 0 { ftruncate(raw, end) }
      throw error
    }
  }
}
