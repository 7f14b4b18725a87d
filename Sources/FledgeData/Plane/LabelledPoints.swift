import FledgeCore

/// Points of the plane, each with its class.
public struct LabelledPoints: Sendable, Equatable {
  /// The points, as (x, y).
  public var points: [SIMD2<Double>]
  /// Each point's class: 0 or 1.
  public var labels: [Int]

  /// - Precondition: there are as many labels as points.
  public init(points: [SIMD2<Double>], labels: [Int]) {
    require(
      points.count == labels.count, "LabelledPoints",
      "\(points.count) points but \(labels.count) labels")
    self.points = points
    self.labels = labels
  }
}

extension LabelledPoints: Dataset {
  public var count: Int { points.count }

  public func batch(indices: [Int]) -> LabelledPoints {
    LabelledPoints(points: indices.map { points[$0] }, labels: indices.map { labels[$0] })
  }
}
