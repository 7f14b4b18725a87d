import FledgeData
import Foundation
import Testing

@Suite struct IDXFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("a plain file gives its dimensions and bytes")
  func plain() throws {
    let file = try read(header([2, 3]) + [1, 2, 3, 4, 5, 6])
    #expect(file.dimensions == [2, 3])
    #expect(file.bytes == [1, 2, 3, 4, 5, 6])
  }

  @Test("a packed file gives the same as a plain one, whatever its name")
  func packed() throws {
    let bytes = header([300, 28, 28]) + pattern(300 * 784)
    #expect(try read(gzipped(bytes)) == read(bytes))
  }

  @Test("members packed one after the other are one file")
  func concatenatedMembers() throws {
    let bytes = header([1000]) + pattern(1000)
    for cut in [1, 4, 8, 500, bytes.count - 1] {
      let members = gzipped(Array(bytes[..<cut])) + gzipped([]) + gzipped(Array(bytes[cut...]))
      #expect(try read(members).bytes == pattern(1000), "cut at \(cut)")
    }
  }

  @Test("a file with no elements is read as such")
  func noElements() throws {
    #expect(try read(header([0, 28, 28])).bytes == [])
  }

  // MARK: Malformed files, each by name

  @Test("missing file")
  func missing() {
    let url = directory.url.appendingPathComponent("none")
    #expect(throws: IDXError.missingFile(path: url.path)) { try IDXFile(contentsOf: url) }
  }

  @Test("directory in place of a file")
  func directoryAsFile() {
    let path = directory.url.path
    #expect(throws: IDXError.notAFile(path: path)) { try IDXFile(contentsOf: directory.url) }
  }

  @Test("wrong magic")
  func wrongMagic() throws {
    try expect(Array("{\"a\": 1}".utf8)) { .wrongMagic(path: $0, found: Array("{\"".utf8)) }
    try expect(gzipped(Array("PNG".utf8))) { .wrongMagic(path: $0, found: Array("PN".utf8)) }
  }

  @Test("element types other than unsigned byte", arguments: [0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x77])
  func elementType(code: UInt8) throws {
    try expect([0, 0, code, 1, 0, 0, 0, 1, 5]) { .unsupportedElementType(path: $0, code: code) }
  }

  @Test("a header cut off anywhere")
  func truncatedHeader() throws {
    let complete = header([2, 3, 4])
    for count in 0..<complete.count {
      try expect(Array(complete[..<count])) { .truncatedHeader(path: $0) }
    }
  }

  @Test("data cut off")
  func truncatedData() throws {
    let bytes = header([10]) + pattern(7)
    try expect(bytes) { .truncatedData(path: $0, expected: 10, found: 7) }
    try expect(gzipped(bytes)) { .truncatedData(path: $0, expected: 10, found: 7) }
  }

  @Test("bytes after the data")
  func trailingBytes() throws {
    let bytes = header([10]) + pattern(11)
    try expect(bytes) { .trailingBytes(path: $0, expected: 10) }
    try expect(gzipped(bytes)) { .trailingBytes(path: $0, expected: 10) }
  }

  @Test("a header that announces more than the limit, or more than can be counted")
  func tooLarge() throws {
    let huge = [Int](repeating: 0xFFFF_FFFF, count: 3)
    try expect(header(huge)) {
      .tooLarge(path: $0, dimensions: huge, limit: IDXFile.defaultLimit)
    }
    let url = try directory.write(header([11]) + pattern(11), to: "file")
    #expect(throws: IDXError.tooLarge(path: url.path, dimensions: [11], limit: 10)) {
      try IDXFile(contentsOf: url, limit: 10)
    }
  }

  @Test("a header that announces a gigabyte which is not there costs no gigabyte")
  func lyingHeader() throws {
    try expect(header([1 << 30]) + [1]) { .truncatedData(path: $0, expected: 1 << 30, found: 1) }
  }

  @Test("a packed bomb is unpacked no further than its header announces")
  func bomb() throws {
    // 200 members of 1 MiB of zeros each, about 1 KiB packed.
    let member = gzipped([UInt8](repeating: 0, count: 1 << 20))
    let bomb = gzipped(header([100])) + [[UInt8]](repeating: member, count: 200).joined()
    try expect(bomb) { .trailingBytes(path: $0, expected: 100) }
  }

  @Test("a damaged gzip stream: bit flipped, cut off anywhere, garbage after it, empty")
  func corruptGzip() throws {
    let packed = gzipped(header([500]) + pattern(500))
    for index in [8 + 10, packed.count / 2, packed.count - 6] {
      var damaged = packed
      damaged[index] ^= 0x10
      try expectCorrupt(damaged, "bit of byte \(index)")
    }
    for count in [2, 5, 12, packed.count / 2, packed.count - 8, packed.count - 1] {
      try expectCorrupt(Array(packed[..<count]), "cut to \(count)")
    }
    try expectCorrupt(packed + [1, 2, 3, 4], "garbage")
  }

  @Test("every error says its path in one line")
  func descriptions() {
    let errors: [IDXError] = [
      .missingFile(path: "p"), .notADirectory(path: "p"), .notAFile(path: "p"),
      .unreadable(path: "p", reason: "r"), .wrongMagic(path: "p", found: [1, 2]),
      .unsupportedElementType(path: "p", code: 13), .truncatedHeader(path: "p"),
      .truncatedData(path: "p", expected: 2, found: 1), .trailingBytes(path: "p", expected: 1),
      .tooLarge(path: "p", dimensions: [3], limit: 2), .corruptGzip(path: "p", reason: "r"),
      .wrongDimensions(path: "p", expected: "[labels]", found: [1, 2]),
      .countMismatch(imagesPath: "p", images: 2, labels: 3),
      .labelOutOfRange(path: "p", index: 0, label: 10),
    ]
    for error in errors {
      #expect(error.description.hasPrefix("p: ") && error.description.hasSuffix("."))
      #expect(!error.description.contains("\n"))
    }
    #expect(Set(errors.map(\.description)).count == errors.count)
  }

  // MARK: -

  private func read(_ bytes: [UInt8]) throws -> IDXFile {
    try IDXFile(contentsOf: directory.write(bytes, to: "file"))
  }

  private func expect(
    _ bytes: [UInt8], fails error: (String) -> IDXError,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let url = try directory.write(bytes, to: "file")
    #expect(throws: error(url.path), sourceLocation: sourceLocation) {
      try IDXFile(contentsOf: url)
    }
  }

  private func expectCorrupt(_ bytes: [UInt8], _ comment: Comment) throws {
    let url = try directory.write(bytes, to: "file")
    let error = #expect(throws: IDXError.self, comment) { try IDXFile(contentsOf: url) }
    guard case .corruptGzip(url.path, _) = error else {
      Issue.record("\(comment): \(String(describing: error))")
      return
    }
  }
}

/// The header of an IDX file of unsigned bytes.
func header(_ dimensions: [Int]) -> [UInt8] {
  [0, 0, 8, UInt8(dimensions.count)]
    + dimensions.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 0xFF) } }
}

/// Bytes that do not pack away to nothing.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 >> 3) }
}
