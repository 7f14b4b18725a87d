import FledgeCore

extension LayoutDiagram {
  /// The diagram as a self-contained SVG document: of each tensor its elements on the left, with the
  /// number of the cell that each reads, and its storage on the right, with a step along each axis.
  public func svg() -> String { drawing().svg }

  /// The diagram as a drawing, for SVG or PNG; see ``svg()``.
  public func drawing() -> Drawing {
    let top = title.isEmpty ? 20.0 : 58
    let gridWidth = panels.map { PanelSVG.gridWidth($0) }.max() ?? 0
    let placed = panels.reduce(into: [PanelSVG]()) { placed, panel in
      let y = placed.last.map { $0.bottom + 26 } ?? top
      placed.append(PanelSVG(panel, x: 24, y: y, gridWidth: gridWidth))
    }
    let widest = (placed.map(\.right) + [24 + SVG.headingWidth(title)]).max() ?? 0
    var svg = SVG(
      width: widest + 24, height: (placed.last?.bottom ?? top) + 20,
      title: title.isEmpty ? "layout" : title)
    svg.addHeading(title)
    for panel in placed { panel.draw(&svg) }
    return Drawing(svg)
  }
}

/// One tensor of a diagram at its place.
private struct PanelSVG {
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
    let texts = panel.steps.map { storageX + 26 + SVG.width(of: $0.text, size: 12) }
    let heading =
      x
      + max(
        SVG.width(of: panel.name, size: 14) * 1.1, SVG.width(of: panel.facts, size: 12))
    return (texts + [heading, storageX + Double(panel.cells.count) * Self.cell.width]).max()!
  }

  func draw(_ svg: inout SVG) {
    svg.add(
      "text", ["x": x, "y": y + 12, "font-size": 14, "font-weight": "600", "fill": RGB.ink],
      text: panel.name)
    svg.add(
      "text", ["x": x, "y": y + 29, "font-size": 12, "fill": RGB.quietInk], text: panel.facts)
    drawElements(&svg)
    drawStorage(&svg)
    drawSteps(&svg)
  }

  private func drawElements(_ svg: inout SVG) {
    var left = x
    for block in panel.blocks {
      if panel.blocks.count > 1 {
        svg.add(
          "text", ["x": left, "y": gridTop - 6, "font-size": 11.5, "fill": RGB.quietInk],
          text: block.label)
      }
      for (row, elements) in block.rows.enumerated() {
        for (column, element) in elements.enumerated() {
          let box = Rectangle(
            x: left + Double(column) * Self.cell.width, y: gridTop + Double(row) * Self.cell.height,
            width: Self.cell.width, height: Self.cell.height)
          drawCell(element.text, box, panel.color(element.position), &svg)
          svg.add(
            "text",
            [
              "x": box.right - 4, "y": box.bottom - 4, "font-size": 9, "text-anchor": "end",
              "fill": RGB.quietInk,
            ], text: "\(element.position)")
        }
      }
      left += Double(block.rows.first?.count ?? 0) * Self.cell.width + Self.gap
    }
  }

  private func drawCell(_ text: String, _ box: Rectangle, _ color: RGB, _ svg: inout SVG) {
    svg.add(
      "rect",
      [
        "x": box.x, "y": box.y, "width": box.width, "height": box.height, "fill": color,
        "stroke": RGB.quietInk, "stroke-width": 0.8,
      ])
    svg.add(
      "text",
      [
        "x": box.x + box.width / 2, "y": box.y + box.height / 2 + 3, "font-size": 13,
        "text-anchor": "middle", "fill": RGB.ink,
      ], text: text)
  }

  /// Where a cell of the storage is drawn; nil where it is not.
  private func cellBox(_ position: Int) -> Rectangle? {
    guard let place = panel.cells.firstIndex(where: { $0.position == position }) else { return nil }
    return Rectangle(
      x: storageX + Double(place) * Self.cell.width, y: storageTop, width: Self.cell.width,
      height: Self.cell.height)
  }

  private func drawStorage(_ svg: inout SVG) {
    for cell in panel.cells {
      guard let box = cellBox(cell.position) else { continue }
      let color = cell.readers.isEmpty ? RGB.background : panel.color(cell.position)
      drawCell(cell.text, box, color, &svg)
      svg.add(
        "text",
        [
          "x": box.x + box.width / 2, "y": box.bottom + 14, "font-size": 10,
          "text-anchor": "middle", "fill": RGB.quietInk,
        ], text: "\(cell.position)")
    }
  }

  private func drawSteps(_ svg: inout SVG) {
    for (step, height) in arcs {
      guard let from = cellBox(step.from), let to = cellBox(step.from + step.stride) else {
        continue
      }
      let (x0, x1) = (from.x + from.width / 2, to.x + to.width / 2)
      // A Bézier curve reaches three quarters of the way to its middle points.
      let peak = SVG.number(storageTop - height * 4 / 3)
      func text(_ x: Double, _ y: Double) -> String { "\(SVG.number(x)) \(SVG.number(y))" }
      let color = RGB.series(2 + step.axis)
      let curve =
        "M" + text(x0, storageTop) + "C\(SVG.number(x0)) \(peak) \(SVG.number(x1)) \(peak) "
        + text(x1, storageTop - 1)
      let head =
        "M" + text(x1 - 3.5, storageTop - 6.5) + "L" + text(x1, storageTop - 1) + "L"
        + text(x1 + 3.5, storageTop - 6.5)
      svg.add("path", ["d": curve + head, "fill": "none", "stroke": color, "stroke-width": 1.6])
    }
    for (row, step) in panel.steps.enumerated() {
      let y = legendTop + Double(row) * Self.rowsOfText
      svg.add(
        "line",
        [
          "x1": storageX, "y1": y - 4, "x2": storageX + 18, "y2": y - 4,
          "stroke": RGB.series(2 + step.axis), "stroke-width": 2,
          "stroke-dasharray": step.stride == 0 ? "2 4" : "none",
        ])
      svg.add(
        "text", ["x": storageX + 25, "y": y, "font-size": 12, "fill": RGB.ink], text: step.text)
    }
    if panel.isCut {
      let y = legendTop + Double(panel.steps.count) * Self.rowsOfText
      svg.add(
        "text", ["x": storageX, "y": y, "font-size": 12, "fill": RGB.quietInk],
        text: "only a part is shown")
    }
  }
}
