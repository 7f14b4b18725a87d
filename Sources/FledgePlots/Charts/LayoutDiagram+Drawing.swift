import FledgeCore

extension LayoutDiagram {
  /// The diagram as a self-contained SVG document: for each tensor its elements on the left, with
  /// the cell that each reads, and its storage on the right, with a step along each axis.
  public func svg() -> String { drawing().svg }

  /// The diagram as a drawing, for SVG or PNG; see ``svg()``.
  public func drawing() -> Drawing {
    Drawing(LayoutFigure(diagram: self))
  }
}

/// The panels of a diagram below each other.
private struct LayoutFigure: Figure {
  let heading: String
  let panels: [PanelFigure]
  let width: Double
  let height: Double
  var title: String { heading.isEmpty ? "layout" : heading }

  init(diagram: LayoutDiagram) {
    heading = diagram.title
    let top = heading.isEmpty ? 20.0 : 58
    let gridWidth = diagram.panels.map { PanelFigure.gridWidth($0) }.max() ?? 0
    panels = diagram.panels.reduce(into: []) { placed, panel in
      let y = placed.last.map { $0.bottom + 26 } ?? top
      placed.append(PanelFigure(panel, x: 24, y: y, gridWidth: gridWidth))
    }
    let widest = (panels.map(\.right) + [24 + Heading.width(heading)]).max() ?? 0
    width = widest + 24
    height = (panels.last?.bottom ?? top) + 20
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(heading)
    for panel in panels { panel.draw(on: &canvas) }
  }
}

/// One tensor of a diagram at its place.
private struct PanelFigure: Sendable {
  let panel: LayoutDiagram.Panel
  let x: Double
  let y: Double
  /// Where the storage begins.
  let storageX: Double

  static let cell = (width: 46.0, height: 34.0)
  static let (heading, blockLabel, gap) = (42.0, 18.0, 14.0)
  static let rowsOfText = 17.0

  init(_ panel: LayoutDiagram.Panel, x: Double, y: Double, gridWidth: Double) {
    self.panel = panel
    self.x = x
    self.y = y
    storageX = x + gridWidth + 44
  }

  static func gridWidth(_ panel: LayoutDiagram.Panel) -> Double {
    let blocks = panel.blocks.map { Double($0.rows.first?.count ?? 0) * cell.width }
    return max(blocks.reduce(-gap) { $0 + $1 + gap }, 0)
  }

  private var gridTop: Double {
    y + Self.heading + (panel.blocks.count > 1 ? Self.blockLabel : 0)
  }

  private var gridHeight: Double {
    Double(panel.blocks.first?.rows.count ?? 0) * Self.cell.height
  }

  /// The arcs of the steps rise above the storage, the longest highest.
  private var arcs: [(step: LayoutDiagram.Panel.Step, height: Double)] {
    let longest = Set(panel.steps.map { abs($0.stride) }).sorted()
    return panel.steps.filter { $0.stride != 0 }.map { step in
      (step, 14 + 13 * Double(longest.firstIndex(of: abs(step.stride))!))
    }
  }

  private var storageTop: Double {
    y + Self.heading + max((arcs.map(\.height).max() ?? 0) - 8, 0)
  }

  private var legendTop: Double { storageTop + Self.cell.height + 32 }

  var bottom: Double {
    let texts = Double(panel.steps.count + (panel.isCut ? 1 : 0)) * Self.rowsOfText
    return max(gridTop + gridHeight, legendTop - 14 + texts)
  }

  var right: Double {
    let texts = panel.steps.map { storageX + 26 + $0.text.width(fontSize: 12) }
    let heading = max(panel.name.width(fontSize: 14) * 1.1, panel.facts.width(fontSize: 12))
    return (texts + [x + heading, storageX + Double(panel.cells.count) * Self.cell.width]).max()!
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawText(panel.name, at: [x, y + 12], [.fontSize(14), .bold, .fill(.ink)])
    canvas.drawText(panel.facts, at: [x, y + 29], [.fontSize(12), .fill(.quietInk)])
    drawElements(&canvas)
    drawStorage(&canvas)
    for (step, height) in arcs { drawArc(step, height, &canvas) }
    drawLegend(&canvas)
  }

  private func drawElements(_ canvas: inout some Canvas) {
    var left = x
    for block in panel.blocks {
      if panel.blocks.count > 1 {
        canvas.drawText(
          block.label, at: [left, gridTop - 6], [.fontSize(11.5), .fill(.quietInk)])
      }
      for (row, elements) in block.rows.enumerated() {
        for (column, element) in elements.enumerated() {
          let box = Rectangle(
            x: left + Double(column) * Self.cell.width, y: gridTop + Double(row) * Self.cell.height,
            width: Self.cell.width, height: Self.cell.height)
          drawCell(element.text, box, panel.color(element.position), &canvas)
          canvas.drawText(
            "\(element.position)", at: [box.right - 4, box.bottom - 4],
            [.fontSize(9), .anchor(.end), .fill(.quietInk)])
        }
      }
      left += Double(block.rows.first?.count ?? 0) * Self.cell.width + Self.gap
    }
  }

  private func drawCell(
    _ text: String, _ box: Rectangle, _ color: RGB, _ canvas: inout some Canvas
  ) {
    canvas.drawRectangle(box, [.fill(color), .stroke(.quietInk), .strokeWidth(0.8)])
    canvas.drawText(
      text, at: box.center + [0, 3], [.fontSize(13), .anchor(.middle), .fill(.ink)])
  }

  /// Where a cell of the storage is drawn; nil where it is not.
  private func cellBox(_ position: Int) -> Rectangle? {
    guard let place = panel.cells.firstIndex(where: { $0.position == position }) else { return nil }
    return Rectangle(
      x: storageX + Double(place) * Self.cell.width, y: storageTop, width: Self.cell.width,
      height: Self.cell.height)
  }

  private func drawStorage(_ canvas: inout some Canvas) {
    for cell in panel.cells {
      guard let box = cellBox(cell.position) else { continue }
      let color = cell.readers.isEmpty ? RGB.background : panel.color(cell.position)
      drawCell(cell.text, box, color, &canvas)
      canvas.drawText(
        "\(cell.position)", at: [box.center.x, box.bottom + 14],
        [.fontSize(10), .anchor(.middle), .fill(.quietInk)])
    }
  }

  private func drawArc(
    _ step: LayoutDiagram.Panel.Step, _ height: Double, _ canvas: inout some Canvas
  ) {
    guard let from = cellBox(step.from), let to = cellBox(step.from + step.stride) else { return }
    // A Bézier curve reaches three quarters of the way to its middle points.
    let peak = storageTop - height * 4 / 3
    let tip: Position = [to.center.x, storageTop - 1]
    var path = CurvedPath()
    path.move(to: [from.center.x, storageTop])
    path.curve(to: tip, [from.center.x, peak], [to.center.x, peak])
    path.arrowHead(at: tip)
    canvas.drawPath(path, [.fill(nil), .stroke(.series(2 + step.axis)), .strokeWidth(1.6)])
  }

  private func drawLegend(_ canvas: inout some Canvas) {
    for (row, step) in panel.steps.enumerated() {
      let y = legendTop + Double(row) * Self.rowsOfText
      canvas.drawLine(
        from: [storageX, y - 4], to: [storageX + 18, y - 4],
        [
          .stroke(.series(2 + step.axis)), .strokeWidth(2),
          .dashes(step.stride == 0 ? [2, 4] : []),
        ])
      canvas.drawText(step.text, at: [storageX + 25, y], [.fontSize(12), .fill(.ink)])
    }
    if panel.isCut {
      let y = legendTop + Double(panel.steps.count) * Self.rowsOfText
      canvas.drawText(
        "only a part is shown", at: [storageX, y], [.fontSize(12), .fill(.quietInk)])
    }
  }
}
