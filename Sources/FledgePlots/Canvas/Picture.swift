import CZlib
import FledgeCore
import FledgeIO

/// A picture of coloured pixels, as ``png()`` or on TensorBoard.
public struct Picture: Sendable, Equatable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// Red, green and blue of each pixel, row by row from the top left.
  public private(set) var bytes: [UInt8]

  /// - Parameter bytes: red, green, blue of each pixel, row by row from the top left
  public init(width: Int, height: Int, bytes: [UInt8]) {
    require(
      width > 0 && height > 0 && bytes.count == width * height * 3, "Picture",
      "\(bytes.count) bytes are not \(width) × \(height) pixels of 3")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  /// An empty picture.
  init(width: Int, height: Int, fill: RGB = .background) {
    self.init(
      width: width, height: height,
      bytes: (0..<width * height).flatMap { _ in [fill.red, fill.green, fill.blue] })
  }

  /// The pixel in a row and column.
  subscript(row: Int, column: Int) -> RGB {
    get {
      let start = (row * width + column) * 3
      var color = RGB.background
      (color.red, color.green, color.blue) = (bytes[start], bytes[start + 1], bytes[start + 2])
      return color
    }
    set {
      let start = (row * width + column) * 3
      (bytes[start], bytes[start + 1], bytes[start + 2]) =
        (newValue.red, newValue.green, newValue.blue)
    }
  }

  /// Fills a rectangle, cut to the picture.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: RGB) {
    for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
      for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
        self[row, column] = color
      }
    }
  }

  // MARK: PNG

  /// The picture as a PNG file (ISO 15948): 8-bit RGB, packed by zlib.
  public func png() -> [UInt8] {
    func bigEndian(_ value: UInt32) -> [UInt8] { littleEndian(value.byteSwapped) }
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let content = Array(type.utf8) + data
      let checksum = content.withUnsafeBufferPointer {
        crc32(0, $0.baseAddress, UInt32($0.count))
      }
      return bigEndian(UInt32(data.count)) + content + bigEndian(UInt32(checksum))
    }
    // 8 bits a channel, RGB, and the only compression, filter and interlace methods without choice.
    let header: [UInt8] = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
    // Each row begins with its filter: 0, none. Flat areas pack well without.
    var rows: [UInt8] = []
    for row in 0..<height {
      rows.append(0)
      rows += bytes[row * width * 3..<(row + 1) * width * 3]
    }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += chunk("IHDR", header)
    file += chunk("IDAT", Self.deflated(rows))
    file += chunk("IEND", [])
    return file
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, packed in
      let status = compress2(buffer.baseAddress, &count, bytes, UInt(bytes.count), 9)
      require(status == Z_OK, "Picture", "zlib does not pack (status \(status))")
      packed = Int(count)
    }
  }
}
