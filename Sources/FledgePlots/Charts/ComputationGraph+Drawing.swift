import FledgeCore

extension ComputationGraph {
  /// The graph as a self-contained SVG document: the leaves at the top, each operation below its
  /// operands. Parameters are blue, inputs green.
  public func svg(title: String = "") -> String { drawing(title: title).svg }

  /// The graph as a drawing, for SVG or PNG; see ``svg(title:)``.
  public func drawing(title: String = "") -> Drawing {
    Drawing(GraphFigure(graph: self, heading: title))
  }
}

/// A graph laid out below its heading.
private struct GraphFigure: Figure {
  let graph: ComputationGraph
  let heading: String
  private let layout: GraphLayout
  private let margin = 24.0
  private let top: Double

  init(graph: ComputationGraph, heading: String) {
    self.graph = graph
    self.heading = heading
    layout = GraphLayout(graph)
    top = heading.isEmpty ? 24 : 56
  }

  var title: String { heading.isEmpty ? "computation graph" : heading }
  var width: Double { max(layout.width, Heading.width(heading)) + 2 * margin }
  var height: Double { layout.height + top + margin }

  private func placed(_ box: Rectangle) -> Rectangle {
    Rectangle(x: box.x + margin, y: box.y + top, width: box.width, height: box.height)
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(heading)
    canvas.group([.fill(nil), .stroke(.quietInk), .strokeWidth(1.2)]) {
      for edge in layout.edges { $0.drawPath(path(edge.map(placed)), []) }
    }
    for (place, node) in graph.nodes.enumerated() {
      draw(node, placed(layout.boxes[place]), &canvas)
    }
  }

  /// A smooth line from the bottom of the first box through the others to the top of the last, with
  /// a small head.
  private func path(_ boxes: [Rectangle]) -> CurvedPath {
    var path = CurvedPath()
    for (from, to) in zip(boxes, boxes.dropFirst()) {
      let (x0, x1, middle) = (from.center.x, to.center.x, (from.bottom + to.y) / 2)
      path.move(to: [x0, from.bottom])
      path.curve(to: [x1, to.y], [x0, middle], [x1, middle])
      // Where a line passes a rank it goes straight through.
      if to.width == 0 { path.line(to: [x1, to.bottom]) }
    }
    if let last = boxes.last { path.arrowHead(at: [last.center.x, last.y - 0.5]) }
    return path
  }

  private func draw(
    _ node: ComputationGraph.Node, _ box: Rectangle, _ canvas: inout some Canvas
  ) {
    canvas.drawRectangle(
      box, cornerRadius: node.kind == .operation ? 12 : 3,
      [.fill(RGB.background.mixed(with: node.color, 0.08)), .stroke(node.color)])
    for (index, line) in node.lines.enumerated() {
      let isName = index == 0
      canvas.drawText(
        line, at: [box.center.x, box.y + 16 + Double(index) * GraphLayout.lineHeight],
        [
          .fontSize(isName ? 12 : 10.5), .anchor(.middle), .bold(isName),
          .fill(isName ? .ink : .quietInk),
        ])
    }
  }
}
