import FledgeCore

extension LineChart {
  /// The chart as lines of text, none wider than `width` columns, `height` lines in all (more where
  /// the legend needs them).
  ///
  /// Curves are drawn in braille dots, in ASCII as `*`, `+`, `o`, `x`. The points of a smoothed
  /// series appear only in colour, dimmed behind the average.
  public func terminal(
    width: Int = 72, height: Int = 18, style: TerminalStyle = .plain
  ) -> [String] {
    require(
      width >= 20 && height >= 8, "LineChart", "a chart needs at least 20 columns and 8 lines")
    return LineChartText(chart: self, width: width, height: height, style: style).lines
  }
}

private struct LineChartText {
  let chart: LineChart
  let style: TerminalStyle
  let xAxis: Axis
  let yAxis: Axis
  let width: Int
  let plotRows: Int
  let plotColumns: Int
  let blank: DotCanvas
  let labelColumns: Int
  let yTicks: [Axis.Tick]
  let legend: [[(text: String, paint: Paint)]]

  init(chart: LineChart, width: Int, height: Int, style: TerminalStyle) {
    self.chart = chart
    self.style = style
    self.width = width
    xAxis = chart.xAxis
    yAxis = chart.yAxis()
    legend = Self.legend(chart, width: width, style: style)
    let around = (chart.title.isEmpty ? 0 : 1) + legend.count + 2 + (chart.xLabel.isEmpty ? 0 : 1)
    plotRows = max(6, height - around)
    yTicks = yAxis.ticks(atMost: max(2, plotRows / 3))
    labelColumns = min(yTicks.map(\.label.columns).max() ?? 1, width / 3)
    plotColumns = width - labelColumns - 2
    blank = DotCanvas(columns: plotColumns, rows: plotRows, unicode: style.unicode)
  }

  /// The y label and the names of all lines, in as many rows as they need.
  private static func legend(
    _ chart: LineChart, width: Int, style: TerminalStyle
  ) -> [[(text: String, paint: Paint)]] {
    var entries: [(text: String, paint: Paint)] = []
    if !chart.yLabel.isEmpty { entries.append((chart.yLabel, .dim)) }
    for (index, series) in chart.series.enumerated() {
      entries.append(("\(symbol(index, style)) \(series.name)", color(index)))
    }
    for line in chart.referenceLines {
      entries.append(("\(style.unicode ? "╌" : "-") \(line.text)", .dim))
    }
    var rows: [[(text: String, paint: Paint)]] = []
    var used = width
    for (text, paint) in entries {
      let text = text.truncated(toColumns: width, unicode: style.unicode)
      if used + 3 + text.columns > width {
        rows.append([])
        used = -3
      }
      rows[rows.count - 1].append((text, paint))
      used += 3 + text.columns
    }
    return rows
  }

  /// Marks a curve's last point and its entry in the legend, and is its line in ASCII.
  private static func symbol(_ index: Int, _ style: TerminalStyle) -> Character {
    let symbols: [Character] =
      style.unicode ? ["●", "○", "◆", "◇", "■", "□"] : ["*", "+", "o", "x", "#", "@"]
    return symbols[index % symbols.count]
  }

  private static func color(_ index: Int) -> Paint {
    Paint(foreground: RGB.series(index).onTerminal)
  }

  var lines: [String] {
    let firstRow = (chart.title.isEmpty ? 0 : 1) + legend.count
    let rows = firstRow + plotRows + 2 + (chart.xLabel.isEmpty ? 0 : 1)
    var grid = TextGrid(width: width, height: rows)
    if !chart.title.isEmpty {
      let title = chart.title.truncated(toColumns: width, unicode: style.unicode)
      grid.write(title, row: 0, column: 0, .bold)
    }
    for (row, entries) in legend.enumerated() {
      var column = 0
      for (text, paint) in entries {
        grid.write(text, row: firstRow - legend.count + row, column: column, paint)
        column += text.columns + 3
      }
    }
    drawAxes(&grid, firstRow)
    drawReferenceLines(&grid, firstRow)
    drawMarks(&grid, firstRow)
    drawCurves(&grid, firstRow)
    return grid.lines(style)
  }

  private func row(of value: Double) -> Int? {
    yAxis.position(value).map { blank.cellIndex(of: .init(x: 0, y: $0)).row }
  }

  private func drawAxes(_ grid: inout TextGrid, _ firstRow: Int) {
    let (vertical, tickMark, corner, horizontal, below) =
      style.unicode ? ("│", "┤", "└", "─", "┬") : ("|", "+", "+", "-", "+")
    for row in 0..<plotRows {
      grid.write(vertical, row: firstRow + row, column: labelColumns + 1, .dim)
    }
    for tick in yTicks {
      guard let row = row(of: tick.value) else { continue }
      let label = tick.label.truncated(toColumns: labelColumns, unicode: style.unicode)
      grid.write(label, row: firstRow + row, column: labelColumns - label.columns)
      grid.write(tickMark, row: firstRow + row, column: labelColumns + 1, .dim)
    }
    let axisRow = firstRow + plotRows
    let line = corner + String(repeating: horizontal, count: plotColumns)
    grid.write(line, row: axisRow, column: labelColumns + 1, .dim)
    var free = 0
    for tick in xAxis.ticks(atMost: max(2, plotColumns / 10)) {
      let position = xAxis.position(tick.value) ?? 0
      let column = labelColumns + 2 + Int((position * Double(plotColumns - 1)).rounded())
      let start = min(max(column - tick.label.columns / 2, 0), width - tick.label.columns)
      guard start >= free else { continue }
      grid.write(below, row: axisRow, column: column, .dim)
      grid.write(tick.label, row: axisRow + 1, column: start)
      free = start + tick.label.columns + 1
    }
    if !chart.xLabel.isEmpty {
      let label = chart.xLabel.truncated(toColumns: plotColumns, unicode: style.unicode)
      let column = labelColumns + 2 + (plotColumns - label.columns) / 2
      grid.write(label, row: axisRow + 2, column: column, .dim)
    }
  }

  private func drawReferenceLines(_ grid: inout TextGrid, _ firstRow: Int) {
    let dash = style.unicode ? "╌" : "-"
    for line in chart.referenceLines {
      guard let row = row(of: line.y) else { continue }
      let text = String(repeating: dash, count: plotColumns)
      grid.write(text, row: firstRow + row, column: labelColumns + 2, .dim)
    }
  }

  private func drawMarks(_ grid: inout TextGrid, _ firstRow: Int) {
    for mark in chart.marks {
      guard let position = xAxis.positionInside(mark.x) else { continue }
      let column = labelColumns + 2 + blank.cellIndex(of: .init(x: position, y: 0)).column
      for row in 0..<plotRows {
        grid.write(style.unicode ? "╎" : ":", row: firstRow + row, column: column, .dim)
      }
      let label = mark.label.truncated(toColumns: width - column - 1, unicode: style.unicode)
      grid.write(label, row: firstRow, column: column + 1, .dim)
    }
  }

  private func drawCurves(_ grid: inout TextGrid, _ firstRow: Int) {
    // Layer 2i is the faint line of series i, 2i + 1 its bold one.
    var canvas = blank
    if style.colors != .none {
      for (index, series) in chart.series.enumerated() {
        for part in polylines(series.background ?? [], x: xAxis, y: yAxis) {
          canvas.draw(part, layer: 2 * index)
        }
      }
    }
    var ends: [(row: Int, column: Int, index: Int)] = []
    for (index, series) in chart.series.enumerated() {
      let parts = polylines(series.curve, x: xAxis, y: yAxis)
      for part in parts { canvas.draw(part, layer: 2 * index + 1) }
      guard let last = parts.last?.last else { continue }
      let (row, column) = canvas.cellIndex(of: last)
      ends.append((row, column, index))
    }
    for row in 0..<plotRows {
      for column in 0..<plotColumns {
        guard let (dots, layer) = canvas.cell(row: row, column: column) else { continue }
        var paint = Self.color(layer / 2)
        paint.isDim = layer % 2 == 0
        let character = style.unicode ? dots : Self.symbol(layer / 2, style)
        grid[firstRow + row, labelColumns + 2 + column] = (character, paint)
      }
    }
    for end in ends {
      grid[firstRow + end.row, labelColumns + 2 + end.column] = (
        Self.symbol(end.index, style), Self.color(end.index)
      )
    }
  }
}
