import FledgeData
import Foundation
import Testing

@Suite struct MNISTTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(
    "files are found under each of their usual names",
    arguments: [
      ("train", "-images-idx3-ubyte", "-labels-idx1-ubyte", false),
      ("train", "-images-idx3-ubyte.gz", "-labels-idx1-ubyte.gz", true),
      ("train", "-images.idx3-ubyte", "-labels.idx1-ubyte", false),
      ("train10k", "-images-idx3-ubyte.gz", "-labels-idx1-ubyte", true),
    ])
  func names(prefix: String, images: String, labels: String, packed: Bool) throws {
    let imageBytes = header([3, 2, 2]) + pattern(12)
    let labelBytes = header([3]) + [7, 0, 9]
    for part in [prefix, "t10k"] {
      try directory.write(packed ? gzipped(imageBytes) : imageBytes, to: part + images)
      try directory.write(labelBytes, to: part + labels)
    }
    let mnist = try MNIST.load(directory: directory.url)
    #expect(mnist.train == mnist.test)
    #expect(mnist.train.count == 3)
    #expect((mnist.train.rows, mnist.train.columns) == (2, 2))
    #expect(mnist.train.labels == [7, 0, 9])
    #expect(Array(mnist.train.image(1)) == Array(pattern(12)[4..<8]))
  }

  @Test("the full training set is taken where the short one is there too")
  func fullSetFirst() throws {
    try write("train10k", images: header([1, 2, 2]) + pattern(4), labels: header([1]) + [1])
    try write("train", images: header([2, 2, 2]) + pattern(8), labels: header([2]) + [1, 2])
    try write("t10k", images: header([1, 2, 2]) + pattern(4), labels: header([1]) + [1])
    #expect(try MNIST.load(directory: directory.url).train.count == 2)
  }

  @Test("no directory, or a file in its place")
  func notADirectory() throws {
    let file = try directory.write([], to: "file")
    for url in [directory.url.appendingPathComponent("none"), file] {
      #expect(throws: IDXError.notADirectory(path: url.path)) { try MNIST.load(directory: url) }
    }
  }

  @Test("a missing file is named")
  func missingFile() throws {
    expectMissing("train-images-idx3-ubyte[.gz]")
    try directory.write(header([1, 2, 2]) + pattern(4), to: "train10k-images-idx3-ubyte")
    expectMissing("train10k-labels-idx1-ubyte[.gz]")
    try directory.write(header([1]) + [1], to: "train10k-labels-idx1-ubyte")
    expectMissing("t10k-images-idx3-ubyte[.gz]")
  }

  @Test("labels where images should be, and the other way round")
  func wrongDimensions() throws {
    let images = try directory.write(header([1, 2, 2]) + pattern(4), to: "images")
    let labels = try directory.write(header([1]) + [1], to: "labels")
    let empty = try directory.write(header([0, 2, 2]), to: "empty")
    #expect(throws: wrongDimensions(labels, "[images, rows, columns]", [1])) {
      try MNIST.load(images: labels, labels: labels)
    }
    #expect(throws: wrongDimensions(images, "[labels]", [1, 2, 2])) {
      try MNIST.load(images: images, labels: images)
    }
    #expect(throws: wrongDimensions(empty, "[images, rows, columns], none of them 0", [0, 2, 2])) {
      try MNIST.load(images: empty, labels: labels)
    }
  }

  @Test("more images than labels")
  func countMismatch() throws {
    let images = try directory.write(header([2, 2, 2]) + pattern(8), to: "images")
    let labels = try directory.write(header([1]) + [1], to: "labels")
    #expect(throws: IDXError.countMismatch(imagesPath: images.path, images: 2, labels: 1)) {
      try MNIST.load(images: images, labels: labels)
    }
  }

  @Test("a label that is no digit")
  func labelOutOfRange() throws {
    let images = try directory.write(header([2, 2, 2]) + pattern(8), to: "images")
    let labels = try directory.write(header([2]) + [9, 10], to: "labels")
    #expect(throws: IDXError.labelOutOfRange(path: labels.path, index: 1, label: 10)) {
      try MNIST.load(images: images, labels: labels)
    }
  }

  @Test("training and test images of different sizes")
  func imageSizeMismatch() throws {
    try write("train", images: header([1, 2, 2]) + pattern(4), labels: header([1]) + [1])
    try write("t10k", images: header([1, 2, 3]) + pattern(6), labels: header([1]) + [1])
    #expect(throws: IDXError.imageSizeMismatch(train: [2, 2], test: [2, 3])) {
      try MNIST.load(directory: directory.url)
    }
  }

  @Test(
    "the real files hold the digits they are known for",
    .enabled(
      if: realDirectory != nil,
      "SKIPPED: set FLEDGE_MNIST to a directory with the MNIST files to run this test"))
  func realFiles() throws {
    let mnist = try MNIST.load(directory: #require(realDirectory))
    #expect([10_000, 60_000].contains(mnist.train.count))
    #expect(mnist.test.count == 10_000)
    #expect((mnist.train.rows, mnist.train.columns) == (28, 28))
    #expect(mnist.test.labels.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    // The mean grey value of the whole training set is 0.1307.
    let mean = Double(mnist.train.pixels.reduce(0) { $0 + Int($1) })
    #expect(abs(mean / Double(mnist.train.pixels.count) / 255 - 0.1307) < 0.002)
  }

  private func write(_ part: String, images: [UInt8], labels: [UInt8]) throws {
    try directory.write(images, to: "\(part)-images-idx3-ubyte")
    try directory.write(labels, to: "\(part)-labels-idx1-ubyte")
  }

  private func expectMissing(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let path = directory.url.appendingPathComponent(name).path
    #expect(throws: IDXError.missingFile(path: path), sourceLocation: sourceLocation) {
      try MNIST.load(directory: directory.url)
    }
  }

  private func wrongDimensions(_ url: URL, _ expected: String, _ found: [Int]) -> IDXError {
    .wrongDimensions(path: url.path, expected: expected, found: found)
  }
}

/// The directory named by FLEDGE_MNIST, or the one that lies beside a checkout of this project.
private let realDirectory: URL? = {
  let candidates: [String?] = [
    ProcessInfo.processInfo.environment["FLEDGE_MNIST"],
    URL(filePath: #filePath).appending(path: "../../../../shared/data/mnist").standardized.path,
  ]
  return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0) }
    .map { URL(filePath: $0) }
}()
