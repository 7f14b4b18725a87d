import Foundation

/// Paints shapes on a ``Picture``, their edges smoothed. Letters are made of dots.
struct PixelCanvas: Canvas {
  private(set) var picture: Picture
  private var state: State

  /// What a group sets for the shapes in it.
  private struct State {
    var style = DrawingStyle()
    var origin: Position = .zero
    var scale: Double
    /// In pixels.
    var clip: Rectangle?
  }

  /// - Parameter scale: pixels for each unit of the shapes
  init(_ picture: Picture, scale: Double = 1) {
    self.picture = picture
    state = State(scale: scale)
  }

  mutating func drawRectangle(
    _ rectangle: Rectangle, cornerRadius: Double, _ attributes: [DrawingAttribute]
  ) {
    let style = state.style.with(attributes)
    var outline = outline(rectangle, cornerRadius: cornerRadius).map(pixel)
    if style.hasCrispEdges { outline = outline.map(Self.betweenPixels) }
    paint([outline], isClosed: true, style)
  }

  mutating func drawRectangles(_ rectangles: [Rectangle], _ attributes: [DrawingAttribute]) {
    // Each by itself is a small area; all as one shape are crossed in every row of the picture.
    for rectangle in rectangles { drawRectangle(rectangle, attributes) }
  }

  mutating func drawCircle(
    at center: Position, radius: Double, _ attributes: [DrawingAttribute]
  ) {
    let circle = Self.arc(center, radius: radius, from: 0, to: 2 * .pi, steps: 48)
    paint([circle.dropLast().map(pixel)], isClosed: true, state.style.with(attributes))
  }

  mutating func drawLine(
    from start: Position, to end: Position, _ attributes: [DrawingAttribute]
  ) {
    stroke([[pixel(start), pixel(end)]], hasRoundEnds: false, state.style.with(attributes))
  }

  mutating func drawLines(
    _ lines: [[Position]], isClosed: Bool, _ attributes: [DrawingAttribute]
  ) {
    paint(
      lines.filter { !$0.isEmpty }.map { $0.map(pixel) }, isClosed: isClosed,
      state.style.with(attributes))
  }

  mutating func drawPath(_ path: CurvedPath, _ attributes: [DrawingAttribute]) {
    paint(
      path.flattened().map { $0.map(pixel) }, isClosed: false, state.style.with(attributes))
  }

  /// Letters as squares, a seventh of a capital's height each.
  mutating func drawText(
    _ text: String, at position: Position, isVertical: Bool, _ attributes: [DrawingAttribute]
  ) {
    let style = state.style.with(attributes)
    let dot = style.fontSize * 0.72 / Double(DotFont.height)
    let letters = text.replacing("…", with: "...").map(DotFont.columns)
    let width = Double(letters.reduce(-1) { $0 + $1.count + 1 }) * dot
    let shift =
      switch style.anchor {
      case .start: 0.0
      case .middle: width / 2
      case .end: width
      }
    // Bold letters are a little wider in each dot.
    let size: Position = [style.isBold ? dot * 1.35 : dot, dot]
    func squares(grownBy rim: Double) -> [[Position]] {
      Self.dots(letters).map { place in
        let corner: Position = [place.x * dot - shift, (place.y - Double(DotFont.height)) * dot]
        return Self.corners(corner - rim, corner + size + rim).map { offset in
          pixel(position + (isVertical ? Position(offset.y, -offset.x) : offset))
        }
      }
    }
    if let halo = style.halo {
      picture.fill(squares(grownBy: DrawingAttribute.haloWidth / 2), halo, clip: state.clip)
    }
    guard let color = style.fill else { return }
    picture.fill(squares(grownBy: 0), color, clip: state.clip)
  }

  mutating func group(
    _ attributes: [DrawingAttribute], clip: Rectangle?, _ content: (inout Self) -> Void
  ) {
    let outer = state
    state.style = outer.style.with(attributes)
    if let clip {
      let (low, high) = (pixel([clip.x, clip.y]), pixel([clip.right, clip.bottom]))
      let inner = Rectangle(from: low, to: high)
      state.clip = outer.clip?.intersection(inner) ?? inner
    }
    content(&self)
    state = outer
  }

  mutating func group(
    _ attributes: [DrawingAttribute], origin: Position, scale: Double,
    _ content: (inout Self) -> Void
  ) {
    let outer = state
    state.style = outer.style.with(attributes)
    state.origin = pixel(origin)
    state.scale *= scale
    content(&self)
    state = outer
  }

  // MARK: Painting

  /// Cut to where no picture reaches: an optimizer that diverges walks to 10³⁰⁰. NaN counts as 0.
  private func pixel(_ position: Position) -> Position {
    let pixel = state.origin + position * state.scale
    return pixel.replacing(with: 0, where: pixel .!= pixel).clamped(
      lowerBound: Position(repeating: -1e6), upperBound: Position(repeating: 1e6))
  }

  private static func betweenPixels(_ pixel: Position) -> Position {
    pixel.rounded(.toNearestOrAwayFromZero)
  }

  private mutating func paint(_ lines: [[Position]], isClosed: Bool, _ style: DrawingStyle) {
    if let color = style.fill {
      picture.fill(lines, color, isEvenOdd: style.isEvenOdd, clip: state.clip)
    }
    stroke(
      isClosed ? lines.map { $0 + $0.prefix(1) } : lines, hasRoundEnds: isClosed, style)
  }

  private mutating func stroke(
    _ lines: [[Position]], hasRoundEnds: Bool, _ style: DrawingStyle
  ) {
    guard let color = style.stroke else { return }
    let dashes = style.dashes.map { $0 * state.scale }
    picture.stroke(
      dashes.isEmpty ? lines : lines.flatMap { Self.dashed($0, dashes) }, color,
      width: style.strokeWidth * state.scale, opacity: style.strokeOpacity,
      hasRoundCaps: style.hasRoundCaps || hasRoundEnds, clip: state.clip)
  }
}

// MARK: - Geometry

extension PixelCanvas {
  private static func corners(_ low: Position, _ high: Position) -> [Position] {
    [low, [high.x, low.y], high, [low.x, high.y]]
  }

  private func outline(_ rectangle: Rectangle, cornerRadius: Double) -> [Position] {
    let low: Position = [rectangle.x, rectangle.y]
    let high: Position = [rectangle.right, rectangle.bottom]
    let radius = min(cornerRadius, rectangle.width / 2, rectangle.height / 2)
    guard radius > 0 else { return Self.corners(low, high) }
    let centers = Self.corners(low + radius, high - radius)
    return centers.enumerated().flatMap { index, center in
      let start = Double.pi + Double(index) * .pi / 2
      return Self.arc(center, radius: radius, from: start, to: start + .pi / 2, steps: 8)
    }
  }

  private static func arc(
    _ center: Position, radius: Double, from start: Double, to end: Double, steps: Int
  ) -> [Position] {
    (0...steps).map { step in
      let angle = start + (end - start) * Double(step) / Double(steps)
      return center + radius * Position(cos(angle), sin(angle))
    }
  }

  /// The places of the dots of letters in a row, in units of a dot, with one column between letters.
  private static func dots(_ letters: [[UInt8]]) -> [Position] {
    var places: [Position] = []
    var column = 0
    for letter in letters {
      for bits in letter {
        for row in 0..<8 where bits >> row & 1 == 1 {
          places.append([Double(column), Double(row)])
        }
        column += 1
      }
      column += 1
    }
    return places
  }

  /// The dashes of a line; `lengths` are those of dashes and gaps in turn, in pixels.
  private static func dashed(_ line: [Position], _ lengths: [Double]) -> [[Position]] {
    var result: [[Position]] = []
    var index = 0
    var rest = lengths[0]
    for (a, b) in zip(line, line.dropFirst()) {
      let length = (b - a).length
      var place = 0.0
      while place < length {
        let end = min(place + rest, length)
        if index % 2 == 0 {
          result.append([a + (b - a) * (place / length), a + (b - a) * (end / length)])
        }
        rest -= end - place
        place = end
        // What rounding leaves is no dash.
        if rest < 1e-6 {
          index += 1
          rest = lengths[index % lengths.count]
        }
      }
    }
    return result
  }
}

extension CurvedPath {
  /// The path as lines from point to point: twelve of them for each curve.
  fileprivate func flattened() -> [[Position]] {
    var lines: [[Position]] = []
    for element in elements {
      switch element {
      case .move(let position): lines.append([position])
      case .line(let position): lines[lines.count - 1].append(position)
      case .curve(let b, let c, let d):
        let a = lines[lines.count - 1].last ?? d
        lines[lines.count - 1] += (1...12).map { step in
          let t = Double(step) / 12
          let s = 1 - t
          let (first, second) = (a * (s * s * s) + b * (3 * s * s * t), c * (3 * s * t * t))
          return first + second + d * (t * t * t)
        }
      }
    }
    return lines
  }
}
