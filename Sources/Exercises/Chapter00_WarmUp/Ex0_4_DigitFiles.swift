import FledgeCourse
import Foundation

/// Numbers in rows and columns.
struct Matrix: Equatable, Sendable {
  let rows: Int
  let columns: Int
  /// Row by row: the number of row i and column j stands at i · columns + j.
  var values: [Double]

  init(_ rows: Int, _ columns: Int, values: [Double]) {
    precondition(values.count == rows * columns, "\(values.count) values for \(rows) × \(columns)")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns, values: [Double](repeating: 0, count: rows * columns))
  }

  subscript(i: Int, j: Int) -> Double {
    get { values[i * columns + j] }
    set { values[i * columns + j] = newValue }
  }

  /// Some of the rows.
  func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      range.count, columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// The root of the sum of all squares.
  var norm: Double {
    var sum = 0.0
    for value in values { sum += value * value }
    return sum.squareRoot()
  }
}

/// What is wrong with a file of digits. A reader must not stop the program because of a file, nor
/// read nonsense: it says which rule was broken, and by what.
enum DigitFileError: Error, Equatable {
  /// The file ends within its header; it has so many bytes.
  case headerCutOff(bytes: Int)
  /// The first two bytes are not both 0, but these.
  case notIDX(UInt8, UInt8)
  /// The third byte is not 8 (unsigned bytes), but this.
  case elementType(UInt8)
  /// So many elements were announced, and so many are there: fewer, or more.
  case elementCount(announced: Int, found: Int)
  /// The announced dimensions multiply to more than an `Int` holds.
  case tooLarge(dimensions: [Int])
  /// Images must have 3 dimensions, [count, rows, columns], and labels 1; the file has so many.
  case dimensionCount(expected: Int, found: Int)
  /// A different number of images than of labels.
  case unequalCounts(images: Int, labels: Int)
  /// A label that is not a digit, and the first place where one occurs.
  case noDigit(label: UInt8, at: Int)
}

/// The content of an IDX file, the format of MNIST:
///
///     offset     bytes
///     0          2        zero
///     2          1        type of the elements: 8 for unsigned bytes
///     3          1        number of dimensions n
///     4          4 · n    the dimensions, each in four bytes, the highest first (big-endian)
///     4 + 4n              the elements, the last dimension running fastest
struct DigitFile: Equatable {
  let dimensions: [Int]
  let elements: [UInt8]

  /// Reads the bytes of a file.
  ///
  /// Rules are looked at in the order of the file: is there a magic number of 4 bytes, is it right,
  /// are all dimensions there, does their product fit an `Int` (`multipliedReportingOverflow`), are
  /// there as many elements as announced. The first broken one is thrown.
  init(_ bytes: [UInt8]) throws(DigitFileError) {
    // solution
    guard bytes.count >= 4 else { throw .headerCutOff(bytes: bytes.count) }
    guard bytes[0] == 0, bytes[1] == 0 else { throw .notIDX(bytes[0], bytes[1]) }
    guard bytes[2] == 8 else { throw .elementType(bytes[2]) }
    let start = 4 + 4 * Int(bytes[3])
    guard bytes.count >= start else { throw .headerCutOff(bytes: bytes.count) }
    var dimensions: [Int] = []
    for offset in stride(from: 4, to: start, by: 4) {
      var size = 0
      for byte in bytes[offset..<offset + 4] { size = size << 8 | Int(byte) }
      dimensions.append(size)
    }
    var announced = 1
    for size in dimensions {
      let (product, isTooLarge) = announced.multipliedReportingOverflow(by: size)
      guard !isTooLarge else { throw .tooLarge(dimensions: dimensions) }
      announced = product
    }
    guard bytes.count - start == announced else {
      throw .elementCount(announced: announced, found: bytes.count - start)
    }
    self.dimensions = dimensions
    elements = Array(bytes[start...])
    // end solution
  }

  /// Reads a file.
  static func read(_ file: URL) throws -> DigitFile {
    try DigitFile([UInt8](Data(contentsOf: file)))
  }
}

/// Images of digits with their labels, ready for training.
struct Digits {
  /// An image a row: [count, rows · columns], each pixel divided by 255.
  let images: Matrix
  /// The digit of each image, 0…9.
  let labels: [Int]

  /// Puts an images file and its labels file together. Checks, in this order: the number of
  /// dimensions of the images, of the labels, that both hold equally many, that each label is a
  /// digit.
  init(images imageFile: DigitFile, labels labelFile: DigitFile) throws(DigitFileError) {
    // solution
    guard imageFile.dimensions.count == 3 else {
      throw .dimensionCount(expected: 3, found: imageFile.dimensions.count)
    }
    guard labelFile.dimensions.count == 1 else {
      throw .dimensionCount(expected: 1, found: labelFile.dimensions.count)
    }
    let count = imageFile.dimensions[0]
    guard count == labelFile.dimensions[0] else {
      throw .unequalCounts(images: count, labels: labelFile.dimensions[0])
    }
    for (place, label) in labelFile.elements.enumerated() where label > 9 {
      throw .noDigit(label: label, at: place)
    }
    images = Matrix(
      count, imageFile.dimensions[1] * imageFile.dimensions[2],
      values: imageFile.elements.map { Double($0) / 255 })
    labels = labelFile.elements.map { Int($0) }
    // end solution
  }
}
