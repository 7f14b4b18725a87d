import Foundation

/// The handwritten digits of MNIST (LeCun, Cortes, Burges), or any set of files laid out like it.
public struct MNIST: Sendable, Equatable {
  /// The training images; 60,000 in the published set.
  public let train: LabelledImages
  /// The test images; 10,000 in the published set.
  public let test: LabelledImages

  /// Reads the four files of a directory: images and labels, for training and for test.
  ///
  /// The files have their usual names, with or without `.gz`: `train-images-idx3-ubyte` or
  /// `train-images.idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`,
  /// `t10k-labels-idx1-ubyte`. A training set cut to 10,000 examples may be named `train10k-…`; if
  /// both are there, the full set is read.
  public static func load(directory: URL) throws(IDXError) -> MNIST {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { throw .notADirectory(path: directory.path) }

    let train = try loadPart(["train", "train10k"], in: directory)
    let test = try loadPart(["t10k"], in: directory)
    guard (train.rows, train.columns) == (test.rows, test.columns) else {
      throw .imageSizeMismatch(
        train: [train.rows, train.columns], test: [test.rows, test.columns])
    }
    return MNIST(train: train, test: test)
  }

  /// Reads one images file with its labels file.
  public static func load(images: URL, labels: URL) throws(IDXError) -> LabelledImages {
    let imageFile = try IDXFile(contentsOf: images, axes: ["images", "rows", "columns"])
    guard !imageFile.dimensions.contains(0) else {
      throw .wrongDimensions(
        path: images.path, expected: "[images, rows, columns], none of them 0",
        found: imageFile.dimensions)
    }
    let labelFile = try IDXFile(contentsOf: labels, axes: ["labels"])
    guard imageFile.dimensions[0] == labelFile.dimensions[0] else {
      throw .countMismatch(
        imagesPath: images.path, images: imageFile.dimensions[0], labels: labelFile.dimensions[0])
    }
    if let index = labelFile.bytes.firstIndex(where: { $0 > 9 }) {
      throw .labelOutOfRange(path: labels.path, index: index, label: labelFile.bytes[index])
    }
    return LabelledImages(
      pixels: imageFile.bytes, labels: labelFile.bytes,
      rows: imageFile.dimensions[1], columns: imageFile.dimensions[2])
  }

  private static func loadPart(
    _ prefixes: [String], in directory: URL
  ) throws(IDXError) -> LabelledImages {
    for prefix in prefixes {
      guard let images = find("\(prefix)-images", "idx3-ubyte", in: directory) else { continue }
      guard let labels = find("\(prefix)-labels", "idx1-ubyte", in: directory) else {
        throw missing("\(prefix)-labels-idx1-ubyte", in: directory)
      }
      return try load(images: images, labels: labels)
    }
    throw missing("\(prefixes[0])-images-idx3-ubyte", in: directory)
  }

  private static func missing(_ name: String, in directory: URL) -> IDXError {
    .missingFile(path: directory.appendingPathComponent("\(name)[.gz]").path)
  }

  private static func find(_ stem: String, _ type: String, in directory: URL) -> URL? {
    ["\(stem)-\(type)", "\(stem)-\(type).gz", "\(stem).\(type)", "\(stem).\(type).gz"]
      .map { directory.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
