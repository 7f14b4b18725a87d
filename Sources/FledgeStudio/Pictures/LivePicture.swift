import FledgeCore
import FledgePlots
import FledgeTrain
import Foundation

/// A picture of a training for the page of the studio: numbers, which the page draws.
public struct LivePicture: Encodable, Sendable {
  enum Content: Sendable {
    case boundary(Field, points: [[Double]])
    case matrix(Field, rowNames: [String], columnNames: [String])
    case images(ImageSet)
    case text(String)
    case drawing(String)
    case layers([LayerSamples])
    case memory([String: Int])
  }

  /// Numbers in rows and columns.
  struct Field: Encodable, Sendable {
    let rows: Int
    let columns: Int
    /// Little-endian float32, row by row.
    let values: Data
    var x: [Double]?
    var y: [Double]?
  }

  struct ImageSet: Encodable, Sendable {
    let width: Int
    let height: Int
    let channels: Int
    /// Little-endian float32 in 0…1: image by image, in each channel by channel, row by row.
    let values: Data
    let captions: [String]
    /// Whether the caption says something wrong.
    let faults: [Bool]
  }

  let content: Content

  /// The probability of class 1 over a rectangle of the plane, and the points that are learned.
  public static func boundary(_ plot: DecisionBoundary) -> LivePicture {
    let field = Field(
      rows: plot.rows, columns: plot.columns, values: bytes(plot.probabilities),
      x: [plot.x.lowerBound, plot.x.upperBound], y: [plot.y.lowerBound, plot.y.upperBound])
    let points = plot.points.map { [$0.x, $0.y, Double($0.label)] }
    return LivePicture(content: .boundary(field, points: points))
  }

  /// How often each class (row) was taken for which (column).
  public static func confusion(_ matrix: ConfusionMatrix) -> LivePicture {
    let counts = matrix.counts.flatMap { $0.map(Float.init) }
    let classes = matrix.classNames
    return .matrix(
      Tensor(counts, shape: [classes.count, classes.count]), rowNames: classes,
      columnNames: classes)
  }

  /// Numbers in rows and columns: attention, weights.   Shape: [rows, columns]
  public static func matrix(
    _ values: Tensor, rowNames: [String] = [], columnNames: [String] = []
  ) -> LivePicture {
    require(
      values.rank == 2, "LivePicture.matrix", "needs [rows, columns], got \(values.shape)")
    let field = Field(
      rows: values.shape[0], columns: values.shape[1], values: bytes(values.array()))
    return LivePicture(content: .matrix(field, rowNames: rowNames, columnNames: columnNames))
  }

  /// Images with values in 0…1.   Shape: [N, C, H, W], C = 1 or 3
  ///
  /// - Parameters:
  ///   - captions: one for each image, or none
  ///   - faults: which captions say something wrong
  public static func images(
    _ values: Tensor, captions: [String] = [], faults: [Bool] = []
  ) -> LivePicture {
    require(
      values.rank == 4 && (values.shape[1] == 1 || values.shape[1] == 3), "LivePicture.images",
      "needs [N, 1 or 3, H, W], got \(values.shape)")
    return LivePicture(
      content: .images(
        ImageSet(
          width: values.shape[3], height: values.shape[2], channels: values.shape[1],
          values: bytes(values.array()), captions: captions, faults: faults)))
  }

  /// The filters of a convolution, each scaled to 0…1.   Shape: [outputs, inputs, H, W]
  public static func filters(_ weight: Tensor) -> LivePicture {
    require(
      weight.rank == 4, "LivePicture.filters", "needs [outputs, inputs, H, W], got \(weight.shape)")
    let count = weight.shape[0] * weight.shape[1]
    let size = weight.shape[2] * weight.shape[3]
    let all: [Float] = weight.array()
    let scaled = (0..<count).flatMap { index -> [Float] in
      let filter = all[index * size..<(index + 1) * size]
      let (low, high) = (filter.min() ?? 0, filter.max() ?? 0)
      return filter.map { high > low ? ($0 - low) / (high - low) : 0.5 }
    }
    return .images(Tensor(scaled, shape: [count, 1, weight.shape[2], weight.shape[3]]))
  }

  /// What the model writes.
  public static func text(_ text: String) -> LivePicture { LivePicture(content: .text(text)) }

  /// A picture in SVG.
  public static func drawing(svg: String) -> LivePicture { LivePicture(content: .drawing(svg)) }

  static func layers(_ layers: [LayerSamples]) -> LivePicture {
    LivePicture(content: .layers(layers))
  }

  static func memory(_ bytes: [String: Int]) -> LivePicture { LivePicture(content: .memory(bytes)) }

  /// float32, little-endian.
  package static func bytes(_ values: [Float]) -> Data {
    values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
  }

  private enum Key: String, CodingKey {
    case kind, field, points, rowNames, columnNames, images, text, drawing, layers, memory
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch content {
    case .boundary(let field, let points):
      try container.encode("boundary", forKey: .kind)
      try container.encode(field, forKey: .field)
      try container.encode(points, forKey: .points)
    case .matrix(let field, let rowNames, let columnNames):
      try container.encode("matrix", forKey: .kind)
      try container.encode(field, forKey: .field)
      try container.encode(rowNames, forKey: .rowNames)
      try container.encode(columnNames, forKey: .columnNames)
    case .images(let images):
      try container.encode("images", forKey: .kind)
      try container.encode(images, forKey: .images)
    case .text(let text):
      try container.encode("text", forKey: .kind)
      try container.encode(text, forKey: .text)
    case .drawing(let svg):
      try container.encode("drawing", forKey: .kind)
      try container.encode(svg, forKey: .drawing)
    case .layers(let layers):
      try container.encode("layers", forKey: .kind)
      try container.encode(layers, forKey: .layers)
    case .memory(let bytes):
      try container.encode("memory", forKey: .kind)
      try container.encode(bytes, forKey: .memory)
    }
  }
}

/// A picture on its way to the studio.
struct NamedPicture: Encodable, Sendable {
  let event = "picture"
  let name: String
  let step: Int
  let picture: LivePicture
}
