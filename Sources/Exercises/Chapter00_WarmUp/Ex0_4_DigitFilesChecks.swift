import FledgeCourse
import FledgeData
import Foundation

/// The bytes of an IDX file.
private func idx(_ dimensions: [UInt32], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
  var bytes: [UInt8] = [0, 0, type, UInt8(dimensions.count)]
  for number in dimensions {
    for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }
  return bytes + elements
}

extension Recorder {
  fileprivate func expect(
    _ bytes: [UInt8], isRefusedBy expected: DigitFileError, _ what: String
  ) {
    do throws(DigitFileError) {
      let file = try DigitFile(bytes)
      expect("dimensions \(file.dimensions)", equals: "\(expected)", what)
    } catch {
      expect(error, equals: expected, what)
    }
  }

  fileprivate func expect(
    _ images: [UInt8], _ labels: [UInt8], areRefusedBy expected: DigitFileError, _ what: String
  ) throws {
    let files = (try DigitFile(images), try DigitFile(labels))
    do throws(DigitFileError) {
      let digits = try Digits(images: files.0, labels: files.1)
      expect("\(digits.labels.count) digits", equals: "\(expected)", what)
    } catch {
      expect(error, equals: expected, what)
    }
  }
}

/// 20 images of 28 × 28 pixels that follow a formula, as `make_warm_up_golden.py` has it.
private func formulaFiles() -> (images: [UInt8], labels: [UInt8]) {
  var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
  for i in 0..<20 {
    labels.append(UInt8((7 * i + i * i / 3) % 10))
    for j in 0..<784 { pixels.append(UInt8((37 * i * i + 101 * j + 13 * i * j) % 256)) }
  }
  return (idx([20, 28, 28], pixels), idx([20], labels))
}

let checks0_4: [Check] = [
  Check("a small file is read") { c in
    let file = try DigitFile(idx([2, 3], [1, 2, 3, 4, 5, 255]))
    c.expect(file.dimensions, equals: [2, 3], "dimensions of a file of 2 × 3 bytes")
    c.expect(file.elements, equals: [1, 2, 3, 4, 5, 255], "its elements")
  },
  Check("dimensions are four bytes, the highest first") { c in
    let wide = try DigitFile(idx([1, 300], [UInt8](repeating: 7, count: 300)))
    c.expect(wide.dimensions, equals: [1, 300], "the bytes 0 0 1 44 are 256 + 44")
    let empty = try DigitFile(idx([0, 0x0102_0304], []))
    c.expect(
      empty.dimensions, equals: [0, 16_909_060], "the bytes 1 2 3 4 are 2²⁴ + 2·2¹⁶ + 3·2⁸ + 4")
  },
  Check("a broken header is refused") { c in
    c.expect([], isRefusedBy: .headerCutOff(bytes: 0), "an empty file")
    c.expect([0, 0, 8], isRefusedBy: .headerCutOff(bytes: 3), "a file of the bytes 0 0 8")
    c.expect(
      [0x1F, 0x8B, 8, 0], isRefusedBy: .notIDX(0x1F, 0x8B), "a file that gzip has packed (1F 8B)")
    c.expect([0, 1, 8, 0], isRefusedBy: .notIDX(0, 1), "a file that starts with 0 1")
    c.expect([0x1F, 0x8B, 8], isRefusedBy: .headerCutOff(bytes: 3), "a file of the bytes 1F 8B 8")
    c.expect(
      [1, 0, 13, 0], isRefusedBy: .notIDX(1, 0), "the bytes 1 0 13 0: the first rule that is broken"
    )
    c.expect(
      idx([2], [0, 0], type: 13), isRefusedBy: .elementType(13), "a file of floats (type 13)")
    c.expect(
      Array(idx([5, 28, 28], []).dropLast()), isRefusedBy: .headerCutOff(bytes: 15),
      "a file that ends in its last dimension")
  },
  Check("the elements must be as many as announced") { c in
    c.expect(
      idx([], []), isRefusedBy: .elementCount(announced: 1, found: 0),
      "no dimensions: one element announced, as of a single number, and none there")
    c.expect(
      idx([2, 3], [1, 2, 3, 4, 5]), isRefusedBy: .elementCount(announced: 6, found: 5),
      "2 × 3 announced, 5 there")
    c.expect(
      idx([2, 3], [1, 2, 3, 4, 5, 6, 7]), isRefusedBy: .elementCount(announced: 6, found: 7),
      "2 × 3 announced, 7 there")
  },
  Check("a header that announces too much is refused, not obeyed") { c in
    let most = UInt32.max
    c.expect(
      idx([most, most, 2], [1]), isRefusedBy: .tooLarge(dimensions: [Int(most), Int(most), 2]),
      "a header of 2³² · 2³² · 2 elements")
    c.expect(
      idx([most], [1]), isRefusedBy: .elementCount(announced: Int(most), found: 1),
      "a header of 4 GB before one byte")
  },
  Check("images and labels must belong together") { c in
    let images = idx([2, 1, 2], [0, 51, 102, 255])
    try c.expect(
      idx([2, 2], [0, 0, 0, 0]), idx([2], [1, 2]),
      areRefusedBy: .dimensionCount(expected: 3, found: 2), "images of two dimensions")
    try c.expect(
      images, idx([3, 1], [1, 2, 3]), areRefusedBy: .dimensionCount(expected: 1, found: 2),
      "two images, and three labels of two dimensions: the dimensions come first")
    try c.expect(
      images, images, areRefusedBy: .dimensionCount(expected: 1, found: 3), "images as labels")
    try c.expect(
      images, idx([3], [1, 2, 3]), areRefusedBy: .unequalCounts(images: 2, labels: 3),
      "two images, three labels")
    try c.expect(
      images, idx([3], [1, 2, 99]), areRefusedBy: .unequalCounts(images: 2, labels: 3),
      "two images, three labels and a wrong one among them: the counts come first")
    try c.expect(
      images, idx([2], [12, 10]), areRefusedBy: .noDigit(label: 12, at: 0), "the labels 12 and 10")
    try c.expect(
      images, idx([2], [9, 10]), areRefusedBy: .noDigit(label: 10, at: 1), "the labels 9 and 10")
  },
  Check("an image becomes a row of numbers from 0 to 1") { c in
    let digits = try Digits(
      images: DigitFile(idx([2, 1, 2], [0, 51, 102, 255])), labels: DigitFile(idx([2], [7, 0])))
    c.expect([digits.images.rows, digits.images.columns], equals: [2, 2], "rows and columns")
    c.expect(digits.images.values, near: [0, 0.2, 0.4, 1], "the bytes 0 51 102 255")
    c.expect(digits.labels, equals: [7, 0], "labels")
    let dark = try Digits(
      images: DigitFile(idx([1, 1, 2], [51, 102])), labels: DigitFile(idx([1], [3])))
    c.expect(dark.images.values, near: [0.2, 0.4], "the bytes 51 102, alone in a file")
  },
  Check("a file on disk has the norm that NumPy finds") { c in
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "fledge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = (folder.appending(path: "images"), folder.appending(path: "labels"))
    let bytes = formulaFiles()
    try Data(bytes.images).write(to: files.0)
    try Data(bytes.labels).write(to: files.1)
    let digits = try Digits(images: DigitFile.read(files.0), labels: DigitFile.read(files.1))
    c.expect(digits.images.norm, near: 72.1948834, "the norm of all 20 images")
    c.expect(digits.images.rows(0..<5).norm, near: 36.1496535, "the norm of the first 5")
    c.expect(digits.labels[0..<6].map { Double($0) }, near: [0, 7, 5, 4, 3, 3], "the first labels")
  },
  Check("MNIST has the norms that needle's homework asserts") { c in
    guard let folder = ProcessInfo.processInfo.environment["FLEDGE_MNIST"] else {
      return c.skip(
        "FLEDGE_MNIST is not set: give it the folder of the MNIST files to try them, too")
    }
    let mnist = try MNIST.load(directory: URL(filePath: folder)).train
    guard mnist.labels.starts(with: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]) else {
      return c.skip("the files in \(folder) do not begin as MNIST's training set does: 5 0 4 1 9 …")
    }
    let count = min(1000, mnist.count)
    let digits = try Digits(
      images: DigitFile(idx([UInt32(count), 28, 28], Array(mnist.pixels.prefix(784 * count)))),
      labels: DigitFile(idx([UInt32(count)], Array(mnist.labels.prefix(count)))))
    c.expect(digits.images.rows(0..<10).norm, near: 27.892084, "the norm of the first 10 images")
    if count == 1000 {
      c.expect(digits.images.norm, near: 293.0717, "the norm of the first 1000 images")
    }
  },
]
