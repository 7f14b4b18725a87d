import Foundation

/// A file in IDX, the format of MNIST: an array of unsigned bytes of any number of dimensions.
///
/// Layout, from http://yann.lecun.com/exdb/mnist: two zero bytes, the element type (8: unsigned
/// byte), the number of dimensions, each dimension as a big-endian 32-bit integer, then the
/// elements, the last dimension varying fastest. The file may be compressed with gzip.
public struct IDXFile: Sendable, Equatable {
  /// The size of each dimension; for images [count, rows, columns].
  public let dimensions: [Int]
  /// The elements; as many as the product of the dimensions.
  public let bytes: [UInt8]

  /// The default of `limit`, the most bytes of data a file may hold: 1 GiB, 23 times MNIST.
  public static let defaultLimit = 1 << 30

  /// Reads the file at `url`, compressed or not.
  ///
  /// At most as many bytes are unpacked as the header announces, and one more to see that the
  /// file ends there; and the header may not announce more than `limit`.
  ///
  /// - Parameter axes: The expected axes; a file with more or fewer is rejected after its header.
  public init(
    contentsOf url: URL, axes: [String]? = nil, limit: Int = defaultLimit
  ) throws(IDXError) {
    let reader = try ByteReader(url)
    let path = url.path
    dimensions = try Self.readDimensions(reader, path: path)

    if let axes, dimensions.count != axes.count {
      throw .wrongDimensions(
        path: path, expected: "[\(axes.joined(separator: ", "))]", found: dimensions)
    }

    var expected = 1
    for dimension in dimensions {
      let (product, overflow) = expected.multipliedReportingOverflow(by: dimension)
      guard !overflow && product <= limit else {
        throw .tooLarge(path: path, dimensions: dimensions, limit: limit)
      }
      expected = product
    }
    bytes = try reader.read(expected)
    guard bytes.count == expected else {
      throw .truncatedData(path: path, expected: expected, found: bytes.count)
    }
    // Reading on to the end also makes zlib compare the checksum.
    guard try reader.read(1).isEmpty else {
      throw .trailingBytes(path: path, expected: expected)
    }
  }

  private static func readDimensions(
    _ reader: ByteReader, path: String
  ) throws(IDXError) -> [Int] {
    let magic = try reader.read(4)
    guard magic.prefix(2).allSatisfy({ $0 == 0 }) else {
      throw .wrongMagic(path: path, found: Array(magic.prefix(2)))
    }
    guard magic.count == 4 else { throw .truncatedHeader(path: path) }
    guard magic[2] == 0x08 else {
      throw .unsupportedElementType(path: path, code: magic[2])
    }
    let rank = Int(magic[3])
    let sizes = try reader.read(4 * rank)
    guard sizes.count == 4 * rank else { throw .truncatedHeader(path: path) }
    return (0..<rank).map { axis in
      sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
  }
}
