import Foundation

/// The 60,000 small colour photographs of CIFAR-10 (Krizhevsky 2009), or any set of files laid out
/// like its "binary version".
public struct CIFAR10: Sendable, Equatable {
  /// The images of `data_batch_1.bin` … `data_batch_5.bin`, in that order.
  public let train: LabelledImages
  /// The images of `test_batch.bin`.
  public let test: LabelledImages

  /// The names of the classes by label.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// A record is a label and the red, green and blue planes of 32 × 32 pixels.
  static let recordSize = 1 + 3 * 32 * 32

  /// Reads the six files of a directory, such as `cifar-10-batches-bin`, each with or without
  /// `.gz`.
  public static func load(directory: URL) throws(CIFARError) -> CIFAR10 {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { throw .notADirectory(path: directory.path) }

    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    for number in 1...5 {
      let part = try load(file: find("data_batch_\(number).bin", in: directory))
      pixels += part.pixels
      labels += part.labels
    }
    return CIFAR10(
      train: LabelledImages(pixels: pixels, labels: labels, channels: 3, rows: 32, columns: 32),
      test: try load(file: find("test_batch.bin", in: directory)))
  }

  /// Reads one file: any number of records of 3073 bytes.
  public static func load(file url: URL) throws(CIFARError) -> LabelledImages {
    let bytes = try read(url)
    guard !bytes.isEmpty else { throw .empty(path: url.path) }
    guard bytes.count.isMultiple(of: recordSize) else {
      throw .truncatedRecord(path: url.path, bytes: bytes.count, recordSize: recordSize)
    }
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    pixels.reserveCapacity(bytes.count)
    for start in stride(from: 0, to: bytes.count, by: recordSize) {
      guard bytes[start] < classNames.count else {
        throw .labelOutOfRange(
          path: url.path, index: start / recordSize, label: bytes[start])
      }
      labels.append(bytes[start])
      pixels += bytes[start + 1..<start + recordSize]
    }
    return LabelledImages(pixels: pixels, labels: labels, channels: 3, rows: 32, columns: 32)
  }

  /// Ten times the size of an original file: a few compressed kilobytes must not fill the memory.
  private static let limit = 100_000 * recordSize

  private static func read(_ url: URL) throws(CIFARError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(IDXError) {
      bytes = try ByteReader(url).read(limit + 1)
    } catch {
      throw .file(error)
    }
    guard bytes.count <= limit else { throw .tooLarge(path: url.path, limit: limit) }
    return bytes
  }

  private static func find(_ name: String, in directory: URL) throws(CIFARError) -> URL {
    for name in [name, "\(name).gz"] {
      let url = directory.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: url.path) { return url }
    }
    throw .missingFile(path: directory.appendingPathComponent("\(name)[.gz]").path)
  }
}

/// What can be wrong with the files of CIFAR-10. Each case names the file and says what was found.
public enum CIFARError: Error, Equatable, Sendable {
  /// Not a directory, or nothing at all, where a directory was expected.
  case notADirectory(path: String)
  /// One of the batches, or the list of names, is not in the directory.
  case missingFile(path: String)
  /// A directory in its place, unreadable, or damaged gzip data.
  case file(IDXError)
  /// A file without a record.
  case empty(path: String)
  /// The size is not a multiple of a record's: the file is truncated, or of another format.
  case truncatedRecord(path: String, bytes: Int, recordSize: Int)
  /// A file larger than the reader's limit.
  case tooLarge(path: String, limit: Int)
  /// A label that is not one of the ten classes; the first such record.
  case labelOutOfRange(path: String, index: Int, label: UInt8)
}

extension CIFARError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .notADirectory(let path):
      "\(path): not a directory; give the one that holds data_batch_1.bin … test_batch.bin."
    case .missingFile(let path):
      "\(path): no such file; unpack cifar-10-binary.tar.gz into this directory."
    case .file(let error): error.description
    case .empty(let path): "\(path): empty; download it again."
    case .truncatedRecord(let path, let bytes, let recordSize):
      "\(path): \(bytes) bytes are no whole number of records of \(recordSize); download the "
        + "binary version again."
    case .tooLarge(let path, let limit):
      "\(path): more than the \(limit) bytes that are read at most; check which file this is."
    case .labelOutOfRange(let path, let index, let label):
      "\(path): label number \(index) is \(label), not a class 0…9; this is not the binary version "
        + "of CIFAR-10."
    }
  }

  public var errorDescription: String? { description }
}
