import FledgeCore

extension ComputationGraph {
  /// The graph as a self-contained SVG document: what goes in at the top, each operation below what
  /// it is computed from. Parameters are blue, inputs green.
  public func svg(title: String = "") -> String { drawing(title: title).svg }

  /// The graph as a drawing, for SVG or PNG; see ``svg(title:)``.
  public func drawing(title: String = "") -> Drawing {
    let layout = GraphLayout(self)
    let (margin, top) = (24.0, title.isEmpty ? 24.0 : 56)
    let titleWidth = SVG.headingWidth(title)
    var svg = SVG(
      width: max(layout.width, titleWidth) + 2 * margin, height: layout.height + top + margin,
      title: title.isEmpty ? "computation graph" : title)
    svg.addHeading(title)
    func placed(_ box: Rectangle) -> Rectangle {
      Rectangle(x: box.x + margin, y: box.y + top, width: box.width, height: box.height)
    }
    svg.group(["fill": "none", "stroke": RGB.quietInk, "stroke-width": 1.2]) {
      for edge in layout.edges { draw(edge.map(placed), &$0) }
    }
    for (place, node) in nodes.enumerated() { draw(node, placed(layout.boxes[place]), &svg) }
    return Drawing(svg)
  }

  /// A smooth line from the bottom of the first box through the others to the top of the last, with
  /// a small head.
  private func draw(_ boxes: [Rectangle], _ svg: inout SVG) {
    func text(_ x: Double, _ y: Double) -> String { "\(SVG.number(x)) \(SVG.number(y))" }
    var data = ""
    for (from, to) in zip(boxes, boxes.dropFirst()) {
      let (x0, y0) = (from.x + from.width / 2, from.bottom)
      let (x1, y1) = (to.x + to.width / 2, to.y)
      let middle = (y0 + y1) / 2
      data += "M" + text(x0, y0) + "C" + text(x0, middle) + " " + text(x1, middle) + " "
      data += text(x1, y1)
      // Where a line passes a rank it goes straight through.
      if to.width == 0 { data += "L" + text(x1, to.bottom) }
    }
    guard let last = boxes.last else { return }
    let (x, y) = (last.x + last.width / 2, last.y)
    data += "M" + text(x - 3.5, y - 6) + "L" + text(x, y - 0.5) + "L" + text(x + 3.5, y - 6)
    svg.add("path", ["d": data])
  }

  private func draw(_ node: Node, _ box: Rectangle, _ svg: inout SVG) {
    svg.add(
      "rect",
      [
        "x": box.x, "y": box.y, "width": box.width, "height": box.height,
        "rx": node.kind == .operation ? 12.0 : 3.0,
        "fill": RGB.background.mixed(with: node.color, 0.08), "stroke": node.color,
      ])
    for (index, line) in node.lines.enumerated() {
      svg.add(
        "text",
        [
          "x": box.x + box.width / 2, "y": box.y + 16 + Double(index) * GraphLayout.lineHeight,
          "font-size": index == 0 ? 12.0 : 10.5, "text-anchor": "middle",
          "font-weight": index == 0 ? "600" : "400",
          "fill": index == 0 ? RGB.ink : RGB.quietInk,
        ], text: line)
    }
  }
}

/// Where the boxes of a graph lie: in ranks from top to bottom, a node one rank below the lowest of
/// its inputs, as Sugiyama, Tagawa and Toda (1981) lay graphs out: a line over several ranks has a
/// place in each, and the places of a rank are ordered by where their neighbours are.
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
    for (place, node) in graph.nodes.enumerated() where node.kind != .operation {
      let users = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(place) }
      rankOf[place] = max((users.map { rankOf[$0] }.min() ?? 1) - 1, 0)
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
          SVG.width(of: $0.element, size: $0.offset == 0 ? 13.5 : 10.5)
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
