import FledgeCore
import FledgeIO
import FledgeNN
import FledgePlots
import Foundation

/// Writes an event file that TensorBoard shows: `tensorboard --logdir runs`.
///
///     let log = try TensorBoardLog(directory: "runs/first")
///     trainer.record(to: log)                                     // step/loss, validation/…
///     try log.histograms(of: model, step: 100)
///     try log.image("samples", grid.picture(), step: 100)
///
/// Each log makes a new file in its directory, and each record is in the file when the call returns.
/// The format is TFRecord around `tensorflow.Event` messages.
public final class TensorBoardLog: MetricsRecorder {
  /// The event file.
  public let path: String
  private let file: FileDescriptor
  private let now: () -> Date

  /// - Parameters:
  ///   - mode: `.appending` for a resumed run: TensorBoard drops later steps in earlier files of
  ///     the directory.
  ///   - now: the clock; records carry the time
  public init(
    directory: String, mode: MetricsLog.Mode = .replacing, now: @escaping () -> Date = Date.init
  ) throws(FileSystemError) {
    let directory = try OutputDirectory(directory)
    (path, file) = try Self.create(in: directory, at: now())
    self.now = now
    try append(EventMessage.fileVersion(time: time))
    if case .appending(let step) = mode {
      try append(EventMessage.sessionStart(step: step + 1, time: time))
    }
  }

  deinit { file.closeIgnoringErrors() }

  private var time: Double { now().timeIntervalSince1970 }

  /// TensorBoard looks for `tfevents` in the name, and reads files in the order of their names.
  private static func create(
    in directory: OutputDirectory, at time: Date
  ) throws(FileSystemError) -> (String, FileDescriptor) {
    let seconds = String(format: "%010d", Int(time.timeIntervalSince1970))
    var number = 0
    while true {
      let name = String(format: "events.out.tfevents.%@.%06d.fledge", seconds, number)
      let path = directory.file(name)
      do throws(FileSystemError) {
        return (path, try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND))
      } catch  where error.code == EEXIST {
        number += 1
      }
    }
  }

  /// One point of the curve `tag`; a slash in a tag makes groups.
  public func scalar(_ tag: String, _ value: Double, step: Int) throws(FileSystemError) {
    try append(EventMessage.scalar(tag, value, step: step, time: time))
  }

  /// Writes a histogram of the elements of `values`. Those that are not finite are left out; if no
  /// others remain, nothing is written.
  public func histogram(_ tag: String, _ values: Tensor, step: Int) throws(FileSystemError) {
    guard let histogram = Histogram(values.array()) else { return }
    try append(EventMessage.histogram(tag, histogram, step: step, time: time))
  }

  /// The distribution of each parameter (`weights/…`) and of its gradient (`gradients/…`).
  public func histograms(of model: Module, step: Int) throws(FileSystemError) {
    for (name, parameter) in model.namedParameters() {
      if let value = parameter.value { try histogram("weights/\(name)", value, step: step) }
      if let gradient = parameter.grad { try histogram("gradients/\(name)", gradient, step: step) }
    }
  }

  /// A picture, such as that of an ``/FledgePlots/ImageGrid`` or a ``/FledgePlots/HeatMap``.
  public func image(_ tag: String, _ picture: Picture, step: Int) throws(FileSystemError) {
    try append(
      EventMessage.image(
        tag, png: picture.png(), width: picture.width, height: picture.height, step: step,
        time: time))
  }

  /// The numbers of an event as scalars `event/name`; texts and the step itself are left out.
  public func record(
    _ event: String, step: Int, _ values: [(name: String, value: MetricValue)]
  ) throws {
    for (name, value) in values where name != "step" {
      if let number = value.number { try scalar("\(event)/\(name)", number, step: step) }
    }
  }

  /// A record is its length, a checksum of that, the data, a checksum of that.
  static func record(of data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedChecksum(length)) + data
      + littleEndian(maskedChecksum(data))
  }

  /// The CRC-32C, rotated and with a constant added, as TFRecord stores it: a plain checksum over
  /// bytes that contain checksums would be weak.
  static func maskedChecksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let crc = CRC32C.checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }

  private func append(_ message: [UInt8]) throws(FileSystemError) {
    try file.append(Self.record(of: message))
  }
}
