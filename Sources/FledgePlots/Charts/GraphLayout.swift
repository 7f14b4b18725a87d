import FledgeCore

/// The places of a graph's boxes, after Sugiyama, Tagawa and Toda (1981): ranks from top to bottom,
/// with a node one rank below the lowest of its inputs. A line over several ranks has a place in
/// each, and the places of a rank are ordered by the positions of their neighbours.
struct GraphLayout {
  static let lineHeight = 14.0
  /// Of each node, its place.
  private(set) var boxes: [Rectangle]
  /// Of each line, the boxes it goes through: those of the two nodes, and boxes without width.
  private(set) var edges: [[Rectangle]] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  init(_ graph: ComputationGraph) {
    // Nodes first, then a place for each line in each rank that it passes.
    var rankOf = graph.nodes.map { _ in 0 }
    for (place, node) in graph.nodes.enumerated() {
      rankOf[place] = (node.inputs.map { rankOf[$0] + 1 }).max() ?? 0
    }
    // An input stands right above the first operation that takes it.
    var firstUse = graph.nodes.map { _ in Int?.none }
    for (place, node) in graph.nodes.enumerated() {
      for input in node.inputs { firstUse[input] = min(firstUse[input] ?? .max, rankOf[place]) }
    }
    for (place, node) in graph.nodes.enumerated() where node.kind != .operation {
      rankOf[place] = max((firstUse[place] ?? 1) - 1, 0)
    }
    var paths: [[Int]] = []
    for (place, node) in graph.nodes.enumerated() {
      for input in node.inputs {
        var path = [input]
        for rank in rankOf[input] + 1..<max(rankOf[place], rankOf[input] + 1) {
          path.append(rankOf.count)
          rankOf.append(rank)
        }
        paths.append(path + [place])
      }
    }
    let ranks = Self.ordered(rankOf, paths)

    let sizes = rankOf.indices.map { place -> (width: Double, height: Double) in
      guard place < graph.nodes.count else { return (0, 0) }
      let lines = graph.nodes[place].lines
      // The name is bold.
      let widest =
        lines.enumerated().map {
          $0.element.width(fontSize: $0.offset == 0 ? 13.5 : 10.5)
        }.max() ?? 0
      return (max(widest + 20, 48), Double(lines.count) * Self.lineHeight + 10)
    }
    let gap = 18.0
    let rankWidths = ranks.map { rank in
      rank.reduce(-gap) { $0 + max(sizes[$1].width, 8) + gap }
    }
    width = rankWidths.max() ?? 0
    boxes = sizes.map { Rectangle(x: 0, y: 0, width: $0.width, height: $0.height) }
    var y = 0.0
    for (rank, rankWidth) in zip(ranks, rankWidths) {
      let tallest = rank.map { sizes[$0].height }.max() ?? 0
      var x = (width - rankWidth) / 2
      for place in rank {
        let taken = max(sizes[place].width, 8)
        boxes[place].x = x + (taken - sizes[place].width) / 2
        boxes[place].y = y
        // A line passes the whole height of a rank.
        if sizes[place].width == 0 { boxes[place].height = tallest }
        x += taken + gap
      }
      y += tallest + 30
    }
    height = max(y - 30, 0)
    edges = paths.map { $0.map { [boxes] in boxes[$0] } }
  }

  /// The places of each rank from left to right: sorted by the mean position of their neighbours in
  /// the rank above and, on the way back, below; a few times.
  private static func ordered(_ rankOf: [Int], _ paths: [[Int]]) -> [[Int]] {
    var ranks = Array(repeating: [Int](), count: (rankOf.max() ?? -1) + 1)
    for (place, rank) in rankOf.enumerated() { ranks[rank].append(place) }
    var above = Array(repeating: [Int](), count: rankOf.count)
    var below = above
    for path in paths {
      for (from, to) in zip(path, path.dropFirst()) {
        above[to].append(from)
        below[from].append(to)
      }
    }
    var position = Array(repeating: 0.0, count: rankOf.count)
    func place(_ rank: [Int]) {
      for (index, place) in rank.enumerated() {
        position[place] = Double(index) - Double(rank.count - 1) / 2
      }
    }
    for rank in ranks { place(rank) }
    for sweep in 0..<8 {
      let neighbours = sweep % 2 == 0 ? above : below
      for rank in sweep % 2 == 0 ? Array(ranks.indices) : ranks.indices.reversed() {
        let wanted = ranks[rank].map { place -> Double in
          let near = neighbours[place]
          return near.isEmpty
            ? position[place] : near.reduce(0) { $0 + position[$1] } / Double(near.count)
        }
        // Where two want the same place they keep their order.
        let order = ranks[rank].indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        ranks[rank] = order.map { ranks[rank][$0] }
        place(ranks[rank])
      }
    }
    return ranks
  }
}
