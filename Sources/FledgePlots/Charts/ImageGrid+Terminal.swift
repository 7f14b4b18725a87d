extension ImageGrid {
  /// The images as lines of text, as many side by side as `width` columns hold. A character shows
  /// two pixels, one above the other: as half blocks in colour, as a shade otherwise.
  public func terminal(width: Int = 80, style: TerminalStyle = .plain) -> [String] {
    let columnWidth = max(imageWidth, images.map(\.caption.columns).max() ?? 0) + 2
    let perRow = max(1, min((width + 2) / columnWidth, max(images.count, 1)))
    let imageRows = (imageHeight + 1) / 2
    let rows = (images.count + perRow - 1) / perRow
    let top = title.isEmpty ? 0 : 1
    var grid = TextGrid(
      width: max(width, columnWidth), height: top + max(rows * (imageRows + 2) - 1, 0))
    if !title.isEmpty { grid.write(title, row: 0, column: 0, .bold) }
    for (index, image) in images.enumerated() {
      let left = index % perRow * columnWidth
      let firstRow = top + index / perRow * (imageRows + 2)
      for row in 0..<imageRows {
        for column in 0..<imageWidth {
          let upper = ink(image, row: 2 * row, column: column)
          let lower = ink(image, row: 2 * row + 1, column: column)
          grid[firstRow + row, left + column] = Self.cell(upper, lower, style)
        }
      }
      let indent = max(0, (imageWidth - image.caption.columns) / 2)
      grid.write(
        image.caption, row: firstRow + imageRows, column: left + indent,
        Paint(foreground: image.captionColor.onTerminal))
    }
    return grid.lines(style)
  }

  /// White ink on black: a screen's way round.
  private static func cell(
    _ upper: Double, _ lower: Double, _ style: TerminalStyle
  ) -> (character: Character?, paint: Paint) {
    if style.colors != .none && style.unicode {
      func grey(_ ink: Double) -> RGB { RGB(0x101418).mixed(with: .background, ink) }
      return TextGrid.halves(upper: grey(upper), lower: grey(lower))
    }
    let shades: [Character] =
      style.unicode ? Array(" ░▒▓█") : Array(" .:-=+*#%@")
    let level = (upper + lower) / 2 * Double(shades.count - 1)
    return (shades[Int(level.rounded())], .plain)
  }
}
