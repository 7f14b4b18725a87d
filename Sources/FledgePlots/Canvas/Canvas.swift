/// A place on a canvas; y grows downwards.
typealias Position = SIMD2<Double>

/// What charts are drawn on: ``SVGCanvas`` writes the shapes down, ``PixelCanvas`` paints them.
///
/// Later shapes cover earlier ones. A shape takes the attributes that it does not set from the
/// group around it, or else their initial values in SVG: filled with black, no stroke.
///
/// Drawings in characters have no canvas: they are laid out in columns and lines, in which text has
/// one size.
protocol Canvas {
  /// Draws a rectangle, its corners rounded by `cornerRadius`.
  mutating func drawRectangle(
    _ rectangle: Rectangle, cornerRadius: Double, _ attributes: [DrawingAttribute])

  /// Draws many rectangles as one shape.
  mutating func drawRectangles(_ rectangles: [Rectangle], _ attributes: [DrawingAttribute])

  mutating func drawCircle(at center: Position, radius: Double, _ attributes: [DrawingAttribute])

  mutating func drawLine(
    from start: Position, to end: Position, _ attributes: [DrawingAttribute])

  /// Draws straight lines from point to point, as one shape; closed ones return to their first point.
  /// Round caps make a dot of a lone point.
  mutating func drawLines(
    _ lines: [[Position]], isClosed: Bool, _ attributes: [DrawingAttribute])

  mutating func drawPath(_ path: CurvedPath, _ attributes: [DrawingAttribute])

  /// Draws one line of text. `position` is on its base line: the beginning, middle or end, as
  /// ``DrawingAttribute/anchor(_:)`` says. Vertical text runs upwards.
  mutating func drawText(
    _ text: String, at position: Position, isVertical: Bool, _ attributes: [DrawingAttribute])

  /// Draws all that `content` draws with these attributes, and nothing of it outside of `clip`.
  mutating func group(
    _ attributes: [DrawingAttribute], clip: Rectangle?, _ content: (inout Self) -> Void)

  /// Draws what `content` draws with its origin at `origin` and `scale` times as large.
  mutating func group(
    _ attributes: [DrawingAttribute], origin: Position, scale: Double,
    _ content: (inout Self) -> Void)
}

extension Canvas {
  mutating func drawRectangle(_ rectangle: Rectangle, _ attributes: [DrawingAttribute]) {
    drawRectangle(rectangle, cornerRadius: 0, attributes)
  }

  mutating func drawText(
    _ text: String, at position: Position, _ attributes: [DrawingAttribute] = []
  ) {
    drawText(text, at: position, isVertical: false, attributes)
  }

  mutating func group(_ attributes: [DrawingAttribute], _ content: (inout Self) -> Void) {
    group(attributes, clip: nil, content)
  }
}

/// How shapes look.
enum DrawingAttribute {
  /// nil for shapes of lines alone.
  case fill(RGB?)
  /// Areas that a shape surrounds twice are not filled.
  case evenOdd
  case stroke(RGB)
  case strokeWidth(Double)
  case strokeOpacity(Double)
  /// The lengths of the dashes and of the gaps between them, in turn; empty for an unbroken line.
  case dashes([Double])
  /// Lines end in half circles; otherwise right at their last point.
  case roundCaps
  case roundJoins
  /// Edges lie between pixels: no seams between the cells of a table.
  case crispEdges
  /// The height of a line of text; a capital letter has 72% of it.
  case fontSize(Double)
  case bold(Bool)
  case anchor(TextAnchor)
  /// A rim of this colour around letters, to be read over lines.
  case halo(RGB)

  static let bold = Self.bold(true)

  /// How wide lines are to draw a halo: half of it shows around a letter.
  static let haloWidth = 3.5
}

/// Which point of a text its position is.
enum TextAnchor: String {
  case start, middle, end
}

/// Lines and cubic Bézier curves.
struct CurvedPath {
  enum Element {
    case move(Position)
    case line(Position)
    case curve(Position, Position, Position)
  }

  private(set) var elements: [Element] = []

  mutating func move(to position: Position) { elements.append(.move(position)) }
  mutating func line(to position: Position) { elements.append(.line(position)) }

  mutating func curve(to end: Position, _ firstControl: Position, _ secondControl: Position) {
    elements.append(.curve(firstControl, secondControl, end))
  }

  /// The head of an arrow that points down to `tip`.
  mutating func arrowHead(at tip: Position) {
    move(to: [tip.x - 3.5, tip.y - 5.5])
    line(to: tip)
    line(to: [tip.x + 3.5, tip.y - 5.5])
  }
}
