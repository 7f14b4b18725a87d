import FledgeCore
import FledgeData
import Foundation
import Testing

@Suite struct CIFAR10Tests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// A record of one class, its pixels counted up from `first`.
  private func record(_ label: UInt8, from first: UInt8) -> [UInt8] {
    [label] + (0..<3072).map { first &+ UInt8(truncatingIfNeeded: $0) }
  }

  private func writeAll(except missing: String? = nil, packed: Bool = false) throws {
    for number in 1...5 where missing != "data_batch_\(number).bin" {
      let bytes = record(UInt8(number), from: UInt8(number)) + record(0, from: 9)
      try directory.write(
        packed ? gzipped(bytes) : bytes, to: "data_batch_\(number).bin" + (packed ? ".gz" : ""))
    }
    if missing != "test_batch.bin" { try directory.write(record(7, from: 3), to: "test_batch.bin") }
  }

  @Test("the five training files one after another, and the test file", arguments: [false, true])
  func load(packed: Bool) throws {
    try writeAll(packed: packed)
    let cifar = try CIFAR10.load(directory: directory.url)
    #expect(cifar.train.labels == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
    #expect((cifar.train.channels, cifar.train.rows, cifar.train.columns) == (3, 32, 32))
    #expect(Array(cifar.train.image(4).prefix(3)) == [3, 4, 5])
    #expect(cifar.test.labels == [7] && cifar.test.pixels.count == 3072)
    #expect(CIFAR10.classNames.count == 10)
  }

  /// Krizhevsky's description: a label, then 1024 bytes of red, of green and of blue, each row by
  /// row from the top.
  @Test("all six files at their true size, with what lies beside them; planes and rows in order")
  func trueFormat() throws {
    func pixel(_ file: Int, _ index: Int, _ channel: Int, _ row: Int, _ column: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: file * 31 + index * 7 + channel * 83 + row * 5 + column)
    }
    func write(_ name: String, _ file: Int) throws {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(30_730_000)
      for index in 0..<10_000 {
        bytes.append(UInt8((index + file) % 10))
        for place in 0..<3072 {
          bytes.append(pixel(file, index, place / 1024, place % 1024 / 32, place % 32))
        }
      }
      #expect(bytes.count == 30_730_000)
      try directory.write(bytes, to: name)
    }
    for number in 1...5 { try write("data_batch_\(number).bin", number) }
    try write("test_batch.bin", 6)
    try directory.write(Array("airplane\n".utf8), to: "batches.meta.txt")
    try directory.write(Array("<html></html>".utf8), to: "readme.html")

    let cifar = try CIFAR10.load(directory: directory.url)
    #expect((cifar.train.count, cifar.test.count) == (50_000, 10_000))
    for (images, file, image, index) in [
      (cifar.train, 1, 0, 0), (cifar.train, 3, 20_123, 123), (cifar.train, 5, 49_999, 9999),
      (cifar.test, 6, 4567, 4567),
    ] {
      #expect(Int(images.labels[image]) == (index + file) % 10)
      let tensor = images.batch(indices: [image]).normalized()
      #expect(tensor.shape == [1, 3, 32, 32])
      for (channel, row, column) in [(0, 0, 0), (0, 0, 31), (0, 31, 0), (1, 2, 3), (2, 31, 31)] {
        let expected = Double(pixel(file, index, channel, row, column)) / 255
        #expect(abs(tensor[0, channel, row, column].item() - expected) < 1e-6)
      }
    }
  }

  @Test("no directory, or a file in its place")
  func notADirectory() throws {
    let file = try directory.write([], to: "file")
    for url in [directory.url.appendingPathComponent("none"), file] {
      #expect(throws: CIFARError.notADirectory(path: url.path)) {
        try CIFAR10.load(directory: url)
      }
    }
  }

  @Test("a missing file is named", arguments: ["data_batch_3.bin", "test_batch.bin"])
  func missing(name: String) throws {
    try writeAll(except: name)
    let path = directory.url.appendingPathComponent("\(name)[.gz]").path
    #expect(throws: CIFARError.missingFile(path: path)) {
      try CIFAR10.load(directory: directory.url)
    }
  }

  @Test("an empty file, one that is cut off, and one of another format")
  func sizes() throws {
    let empty = try directory.write([], to: "empty")
    #expect(throws: CIFARError.empty(path: empty.path)) { try CIFAR10.load(file: empty) }
    let cut = try directory.write(record(1, from: 0).dropLast(), to: "cut")
    #expect(
      throws: CIFARError.truncatedRecord(path: cut.path, bytes: 3072, recordSize: 3073)
    ) { try CIFAR10.load(file: cut) }
    let long = try directory.write(record(1, from: 0) + [0], to: "long")
    #expect(
      throws: CIFARError.truncatedRecord(path: long.path, bytes: 3074, recordSize: 3073)
    ) { try CIFAR10.load(file: long) }
  }

  @Test("a label that is no class is named with its place")
  func label() throws {
    let file = try directory.write(record(9, from: 0) + record(10, from: 0), to: "label")
    #expect(throws: CIFARError.labelOutOfRange(path: file.path, index: 1, label: 10)) {
      try CIFAR10.load(file: file)
    }
  }

  @Test("a directory in place of a file, and damaged gzip data")
  func unreadable() throws {
    #expect(throws: CIFARError.file(.notAFile(path: directory.url.path))) {
      try CIFAR10.load(file: directory.url)
    }
    let cut = try directory.write(gzipped(record(1, from: 0)).dropLast(9), to: "cut.gz")
    #expect {
      try CIFAR10.load(file: cut)
    } throws: {
      guard case CIFARError.file(.corruptGzip) = $0 else { return false }
      return true
    }
  }
}
