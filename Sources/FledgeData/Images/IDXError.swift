/// What can be wrong with a set of IDX files. Each case names the file and says what was found.
public enum IDXError: Error, Equatable {
  /// No file of that name; `path` names the directory and what was looked for.
  case missingFile(path: String)
  /// Not a directory, or nothing at all, where a directory was expected.
  case notADirectory(path: String)
  /// A directory where a file should be.
  case notAFile(path: String)
  /// The system refuses to read the file.
  case unreadable(path: String, reason: String)
  /// The first two bytes are not zero: not an IDX file.
  case wrongMagic(path: String, found: [UInt8])
  /// An IDX file of signed, wide or floating elements (or of a type that does not exist).
  case unsupportedElementType(path: String, code: UInt8)
  /// The file ends within its magic number or its dimensions.
  case truncatedHeader(path: String)
  /// The file ends before its data does.
  case truncatedData(path: String, expected: Int, found: Int)
  /// The file goes on after its data.
  case trailingBytes(path: String, expected: Int)
  /// The header announces more bytes than the reader's limit.
  case tooLarge(path: String, dimensions: [Int], limit: Int)
  /// The gzip stream is damaged, or cut off.
  case corruptGzip(path: String, reason: String)
  /// A valid file whose dimensions are not those of images or of labels.
  case wrongDimensions(path: String, expected: String, found: [Int])
  /// An images file and its labels file hold different numbers of examples.
  case countMismatch(imagesPath: String, images: Int, labels: Int)
  /// A label that is not one of the ten digits.
  case labelOutOfRange(path: String, index: Int, label: UInt8)
  /// Training and test images differ in size.
  case imageSizeMismatch(train: [Int], test: [Int])
}

extension IDXError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile(let path):
      "\(path): no such file; check the path, or download the files of MNIST into it."
    case .notADirectory(let path):
      "\(path): not a directory; give the directory that holds the MNIST files."
    case .notAFile(let path):
      "\(path): a directory, where a file is needed."
    case .unreadable(let path, let reason):
      "\(path): cannot be read (\(reason))."
    case .wrongMagic(let path, let found):
      "\(path): not an IDX file; it should start with the bytes [0, 0] and starts with \(found)."
    case .unsupportedElementType(let path, let code):
      "\(path): element type 0x\(String(code, radix: 16)) is not supported; only 0x8 "
        + "(unsigned byte) is."
    case .truncatedHeader(let path):
      "\(path): the file ends within its header; download it again."
    case .truncatedData(let path, let expected, let found):
      "\(path): the header announces \(expected) bytes of data and the file has \(found); "
        + "download it again."
    case .trailingBytes(let path, let expected):
      "\(path): the file goes on after the \(expected) bytes of data that its header announces; "
        + "download it again."
    case .tooLarge(let path, let dimensions, let limit):
      "\(path): dimensions \(dimensions) make more than the \(limit) bytes that are read at most; "
        + "check the file, or raise the limit."
    case .corruptGzip(let path, let reason):
      "\(path): damaged gzip data (\(reason)); download the file again."
    case .wrongDimensions(let path, let expected, let found):
      "\(path): expected \(expected), found dimensions \(found); check which file this is."
    case .countMismatch(let path, let images, let labels):
      "\(path): \(images) images, but its labels file has \(labels) labels; "
        + "check that both are of the same set."
    case .labelOutOfRange(let path, let index, let label):
      "\(path): label number \(index) is \(label), not a digit 0…9; check the file."
    case .imageSizeMismatch(let train, let test):
      "training images are \(train[0])×\(train[1]) and test images \(test[0])×\(test[1]) pixels; "
        + "check that both are of the same data set."
    }
  }
}
