import FledgeCore
import FledgeIO
import FledgeNN
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeTrain

@Suite struct TensorBoardTests {
  @Test("A masked checksum")
  func masked() {
    // 0xE3069283 turned right by 15 is 0x2507C60D; plus 0xA282EAD8.
    #expect(TensorBoardLog.maskedChecksum("123456789".utf8) == 0xC78A_B0E5)
  }

  /// What the `tensorboard` package makes of these: `event_pb2.Event(…).SerializeToString().hex()`.
  @Test("The bytes of messages are those of protobuf")
  func messages() {
    #expect(
      hex(EventMessage.fileVersion(time: 1.5)) == "09000000000000f83f1a0d627261696e2e4576656e743a32"
    )
    #expect(
      hex(EventMessage.scalar("train/loss", 0.25, step: 300, time: 1.5))
        == "09000000000000f83f10ac022a130a110a0a747261696e2f6c6f7373150000803e")
    #expect(
      hex(EventMessage.sessionStart(step: 5, time: 1.5)) == "09000000000000f83f10053a020801")
    #expect(
      hex(
        EventMessage.histogram(
          "w", Histogram([0, 1, 1], intervals: 2)!, step: 1, time: 1.5))
        == "09000000000000f83f10012a4f0a4d0a01772a48" + "11000000000000f03f"
        + "190000000000000840" + "210000000000000040" + "290000000000000040"
        + "3210000000000000e03f000000000000f03f" + "3a10000000000000f03f0000000000000040")
    #expect(
      hex(EventMessage.image("i", png: [1, 2], width: 3, height: 200, step: 0, time: 1.5))
        == "09000000000000f83f2a120a100a0169220b08c8011003180322020102")
  }

  @Test("A record is framed by its length and two checksums")
  func record() {
    let record = TensorBoardLog.record(of: [1, 2, 3])
    #expect(record.count == 8 + 4 + 3 + 4)
    #expect(Array(record[..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(record[8..<12]) == littleEndian(TensorBoardLog.maskedChecksum(record[..<8])))
    #expect(Array(record[12..<15]) == [1, 2, 3])
    #expect(Array(record[15...]) == littleEndian(TensorBoardLog.maskedChecksum([1, 2, 3])))
  }

  @Test("A histogram counts every finite value once")
  func histogram() throws {
    let values: [Float] = [-1, -0.5, 0, 0.5, 1, .nan, .infinity]
    let histogram = try #require(Histogram(values, intervals: 4))
    #expect(histogram.counts == [1, 1, 1, 2])
    #expect(histogram.upperLimits == [-0.5, 0, 0.5, 1])
    #expect((histogram.count, histogram.sum, histogram.sumOfSquares) == (5, 0, 2.5))
    #expect(Histogram([2, 2], intervals: 4)?.counts == [2])
    #expect(Histogram([.nan]) == nil)
  }

  @Test("Each log is a file of its own, and records are there when the call returns")
  func files() throws {
    try withTemporaryDirectory { directory in
      let time = Date(timeIntervalSince1970: 12)
      let first = try TensorBoardLog(directory: directory, now: { time })
      let second = try TensorBoardLog(
        directory: directory, mode: .appending(afterStep: 4), now: { time })
      #expect(first.path < second.path)
      #expect(first.path.contains("events.out.tfevents.0000000012.000000"))
      try first.record(
        "step", step: 3, [("step", .integer(3)), ("loss", .number(0.5)), ("note", .text("x"))])
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: first.path)))
      #expect(
        bytes
          == TensorBoardLog.record(of: EventMessage.fileVersion(time: 12))
          + TensorBoardLog.record(of: EventMessage.scalar("step/loss", 0.5, step: 3, time: 12)))
      let resumed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: second.path)))
      let start = TensorBoardLog.record(of: EventMessage.sessionStart(step: 5, time: 12))
      #expect(Array(resumed.suffix(start.count)) == start)
    }
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }
}
