import FledgeCore

/// Ranks in a grid with named axes: one group along each axis for each rank.
///
///     let mesh = try Mesh(world, [("dp", 2), ("tp", 4)])     // 8 ranks
///     try mesh["tp"].allReduce(&partial)                     // among the 4 ranks of this row
///
/// As in row-major order, the last axis has neighbouring ranks: it belongs to what talks most.
public struct Mesh: Sendable {
  /// The axes' names and sizes.
  public let axes: [(name: String, size: Int)]
  /// This rank's place along each axis.
  public let coordinates: [String: Int]
  private let groups: [String: Group]

  /// Splits `group`; all its ranks call it. Traps unless the product of the sizes is its count.
  public init(_ group: Group, _ axes: [(name: String, size: Int)]) throws {
    let product = axes.reduce(1) { $0 * $1.size }
    require(
      product == group.count && axes.allSatisfy { $0.size > 0 }, "Mesh",
      "\(axes.map { "\($0.name) \($0.size)" }.joined(separator: " × ")) are \(product) ranks, "
        + "the group has \(group.count)")
    require(
      Set(axes.map(\.name)).count == axes.count, "Mesh", "two axes have one name")
    self.axes = axes
    var (stride, coordinates, groups) = (product, [String: Int](), [String: Group]())
    for (name, size) in axes {
      stride /= size
      let coordinate = group.rank / stride % size
      coordinates[name] = coordinate
      groups[name] = try group.split(
        color: group.rank - coordinate * stride, key: coordinate, name: name)
    }
    (self.coordinates, self.groups) = (coordinates, groups)
  }

  /// The ranks that differ from this one along one axis only. Traps if there is no such axis.
  public subscript(_ axis: String) -> Group {
    guard let group = groups[axis] else {
      fledgeTrap("Mesh", "there is no axis '\(axis)' among \(axes.map(\.name))")
    }
    return group
  }
}
