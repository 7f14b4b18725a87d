/// Lines of a terminal to be drawn on: one character and its paint in each cell.
struct TextGrid {
  let width: Int
  let height: Int
  /// A nil character is the right half of a wide one.
  private var cells: [(character: Character?, paint: Paint)]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = Array(repeating: (" ", .plain), count: width * height)
  }

  subscript(row: Int, column: Int) -> (character: Character?, paint: Paint) {
    get { cells[row * width + column] }
    set { cells[row * width + column] = newValue }
  }

  /// Writes `text` from `column` on; what does not fit is cut off.
  mutating func write(_ text: String, row: Int, column: Int, _ paint: Paint = .plain) {
    guard (0..<height).contains(row) else { return }
    var column = column
    for character in text {
      let columns = character.columns
      guard column >= 0, column + columns <= width else { return }
      self[row, column] = (character, paint)
      if columns == 2 { self[row, column + 1] = (nil, paint) }
      column += columns
    }
  }

  /// A cell of two colours, one above the other.
  static func halves(upper: RGB, lower: RGB) -> (character: Character?, paint: Paint) {
    // One paint for both halves lets long runs share one escape sequence.
    if upper == lower { return (" ", Paint(background: upper)) }
    return ("▀", Paint(foreground: upper, background: lower))
  }

  /// The lines, without blanks at their ends.
  func lines(_ style: TerminalStyle) -> [String] {
    (0..<height).map { row in
      var line = cells[row * width..<(row + 1) * width]
      while let last = line.last, last.character == " ", last.paint.background == nil {
        line.removeLast()
      }
      var result = ""
      var run = ""
      var paint = Paint.plain
      for cell in line {
        if cell.paint != paint {
          result += style.painted(run, paint)
          (run, paint) = ("", cell.paint)
        }
        if let character = cell.character { run.append(character) }
      }
      return result + style.painted(run, paint)
    }
  }
}

extension Character {
  /// How many columns a terminal gives to this character: 2 for East Asian wide ones and emoji.
  package var columns: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}

extension String {
  /// How many columns of a terminal this text takes.
  package var columns: Int { reduce(0) { $0 + $1.columns } }

  /// The text in exactly `columns` columns or fewer, with the last replaced by `…` where cut.
  package func truncated(toColumns limit: Int, unicode: Bool = true) -> String {
    if columns <= limit { return self }
    let mark = unicode ? "…" : "~"
    var result = ""
    var used = 0
    for character in self where used >= 0 {
      if used + character.columns > limit - 1 { break }
      result.append(character)
      used += character.columns
    }
    return limit > 0 ? result + mark : ""
  }
}
