import FledgeCore

/// Small grey images side by side with a caption each: digits and what a model takes them for.
///
/// ```swift
/// var grid = ImageGrid(title: "test digits", imageWidth: 28, imageHeight: 28)
/// grid.add(pixels, predicted: 7, actual: 1)
/// ```
public struct ImageGrid: Sendable {
  /// One picture of the grid.
  public struct Image: Sendable {
    /// Row by row from the top left, 0 (background) … 1 (ink).
    public var pixels: [Float]
    /// Below the image; empty for none.
    public var caption: String
    /// Whether the model was right: the caption is green or red; without an answer it is grey.
    public var isCorrect: Bool?

    /// An image of as many pixels as the grid's images have.
    public init(pixels: [Float], caption: String = "", isCorrect: Bool? = nil) {
      self.pixels = pixels
      self.caption = caption
      self.isCorrect = isCorrect
    }

    var captionColor: RGB {
      switch isCorrect {
      case true?: .good
      case false?: .bad
      case nil: .quietInk
      }
    }
  }

  /// Stands above the picture; empty for none.
  public var title: String
  /// Pixels across, of every image.
  public let imageWidth: Int
  /// Pixels down, of every image.
  public let imageHeight: Int
  /// From left to right, then down.
  public private(set) var images: [Image]

  /// An empty grid.
  public init(title: String = "", imageWidth: Int = 28, imageHeight: Int = 28) {
    require(imageWidth > 0 && imageHeight > 0, "ImageGrid", "images need at least one pixel")
    self.title = title
    self.imageWidth = imageWidth
    self.imageHeight = imageHeight
    images = []
  }

  /// Adds an image; traps where its size is another one.
  public mutating func add(_ image: Image) {
    require(
      image.pixels.count == imageWidth * imageHeight, "ImageGrid",
      "\(imageWidth) × \(imageHeight) pixels expected, got \(image.pixels.count)")
    images.append(image)
  }

  /// Adds an image with the caption `7`, or `7, not 1` where the prediction is wrong.
  public mutating func add(_ pixels: [Float], predicted: Int, actual: Int) {
    let isCorrect = predicted == actual
    let caption = isCorrect ? "\(predicted)" : "\(predicted), not \(actual)"
    add(Image(pixels: pixels, caption: caption, isCorrect: isCorrect))
  }

  /// Where there is no ink.
  static let paper = RGB(0xf6f8fa)

  /// The ink of one pixel in 0…1; NaN counts as none.
  func ink(_ image: Image, row: Int, column: Int) -> Double {
    guard row < imageHeight else { return 0 }
    let value = Double(image.pixels[row * imageWidth + column])
    return value.isNaN ? 0 : min(max(value, 0), 1)
  }
}
