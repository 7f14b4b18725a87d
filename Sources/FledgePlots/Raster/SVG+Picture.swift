import Foundation

extension SVG {
  /// The drawing in pixels, `scale` for each unit. Knows the elements and attributes that the
  /// drawings of this package are made of, and no more of SVG than that.
  func picture(scale: Double) -> Picture {
    var painter = SVGPainter(
      width: Int((width * scale).rounded(.up)), height: Int((height * scale).rounded(.up)))
    var style = SVGPainter.Style()
    style.scale = scale
    for element in elements { painter.draw(element, style) }
    return painter.canvas.picture
  }
}

/// Draws elements on a canvas.
private struct SVGPainter {
  /// What an element inherits: attributes, and the place and size of its coordinates.
  struct Style {
    var attributes: [String: String] = [:]
    var scale = 1.0
    var offset = PixelPoint(x: 0, y: 0)
    /// Whether text runs upwards.
    var isTurned = false

    func number(_ name: String, default value: Double = 0) -> Double {
      attributes[name].flatMap(Double.init) ?? value
    }

    func color(_ name: String, default value: RGB? = nil) -> RGB? {
      guard let text = attributes[name] else { return value }
      return text.hasPrefix("#") ? UInt32(text.dropFirst(), radix: 16).map { RGB($0) } : nil
    }

    func pixel(_ x: Double, _ y: Double) -> PixelPoint {
      let (x, y) = isTurned ? (y, -x) : (x, y)
      return PixelPoint(x: offset.x + x * scale, y: offset.y + y * scale)
    }
  }

  var canvas: Canvas
  /// The clipping rectangles by their names.
  private var clips: [String: Rectangle] = [:]

  init(width: Int, height: Int) { canvas = Canvas(width: width, height: height) }

  mutating func draw(_ element: SVG.Element, _ inherited: Style) {
    var style = inherited
    for (name, value) in element.attributes where name != "transform" {
      style.attributes[name] = value
    }
    if let transform = element.attributes.first(where: { $0.name == "transform" }) {
      apply(transform.value, to: &style)
    }
    switch element.name {
    case "clipPath": keepClip(element, style)
    case "g": drawGroup(element, style)
    case "rect":
      let (x, y) = (style.number("x"), style.number("y"))
      let (right, bottom) = (x + style.number("width"), y + style.number("height"))
      let corners = [(x, y), (right, y), (right, bottom), (x, bottom)]
      paint([corners.map { style.pixel($0.0, $0.1) }], isClosed: true, style)
    case "line":
      let ends = [("x1", "y1"), ("x2", "y2")]
      let line = ends.map { style.pixel(style.number($0.0), style.number($0.1)) }
      stroke([line], style)
    case "circle":
      let (x, y, radius) = (style.number("cx"), style.number("cy"), style.number("r"))
      let circle = (0..<48).map { step in
        let angle = 2 * Double.pi * Double(step) / 48
        return style.pixel(x + radius * cos(angle), y + radius * sin(angle))
      }
      paint([circle], isClosed: true, style)
    case "path":
      var path = SVGPathReader(style.attributes["d"] ?? "")
      let lines = path.lines().map { line in line.map { style.pixel($0.x, $0.y) } }
      paint(lines, isClosed: false, style)
    case "text": drawText(element.text ?? "", style)
    default: break
    }
  }

  private mutating func drawGroup(_ element: SVG.Element, _ style: Style) {
    let outer = canvas.clip
    if let name = element.attributes.first(where: { $0.name == "clip-path" })?.value {
      // url(#name)
      canvas.clip = clips[String(name.dropFirst(5).dropLast())]
    }
    for child in element.children ?? [] { draw(child, style) }
    canvas.clip = outer
  }

  private mutating func keepClip(_ element: SVG.Element, _ style: Style) {
    guard let name = style.attributes["id"], let rectangle = element.children?.first else { return }
    var own = style
    for (key, value) in rectangle.attributes { own.attributes[key] = value }
    let corner = own.pixel(own.number("x"), own.number("y"))
    clips[name] = Rectangle(
      x: corner.x, y: corner.y, width: own.number("width") * own.scale,
      height: own.number("height") * own.scale)
  }

  /// `translate(x y)`, then `scale(s)` or `rotate(-90)`.
  private func apply(_ transform: String, to style: inout Style) {
    for part in transform.split(separator: ")") {
      let words = part.split { "( ".contains($0) }
      let values = words.dropFirst().compactMap { Double($0) }
      switch words.first {
      case "translate": style.offset = style.pixel(values[0], values[1])
      case "scale": style.scale *= values[0]
      case "rotate": style.isTurned = true
      default: break
      }
    }
  }

  private mutating func paint(_ lines: [[PixelPoint]], isClosed: Bool, _ style: Style) {
    if let color = style.color("fill", default: .init(0)) {
      canvas.fill(lines, color, evenOdd: style.attributes["fill-rule"] == "evenodd")
    }
    stroke(isClosed ? lines.map { $0 + $0.prefix(1) } : lines, style)
  }

  private mutating func stroke(_ lines: [[PixelPoint]], _ style: Style) {
    guard let color = style.color("stroke") else { return }
    let dashes = (style.attributes["stroke-dasharray"] ?? "none").split(separator: " ")
      .compactMap { Double($0) }.map { $0 * style.scale }
    canvas.stroke(
      dashes.count == 2 ? lines.flatMap { dashed($0, on: dashes[0], off: dashes[1]) } : lines,
      color, width: style.number("stroke-width", default: 1) * style.scale,
      opacity: style.number("stroke-opacity", default: 1))
  }

  private func dashed(_ line: [PixelPoint], on: Double, off: Double) -> [[PixelPoint]] {
    var result: [[PixelPoint]] = []
    var walked = 0.0
    for (a, b) in zip(line, line.dropFirst()) {
      let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
      func point(_ distance: Double) -> PixelPoint {
        let part = length == 0 ? 0 : distance / length
        return PixelPoint(x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part)
      }
      var place = 0.0
      while place < length {
        let phase = (walked + place).truncatingRemainder(dividingBy: on + off)
        let isOn = phase < on
        let end = min(place + max((isOn ? on : on + off) - phase, 1e-6), length)
        if isOn { result.append([point(place), point(end)]) }
        place = end
      }
      walked += length
    }
    return result
  }

  /// Letters as squares, a seventh of a capital's height each.
  private mutating func drawText(_ text: String, _ style: Style) {
    let dot = style.number("font-size", default: 12) * 0.72 / Double(DotFont.height)
    let letters = text.replacing("…", with: "...").map(DotFont.columns)
    let columns = letters.reduce(-1) { $0 + $1.count + 1 }
    let width = Double(max(columns, 0)) * dot
    var x = style.number("x")
    switch style.attributes["text-anchor"] {
    case "middle": x -= width / 2
    case "end": x -= width
    default: break
    }
    let top = style.number("y") - Double(DotFont.height) * dot
    // Bold letters are a little wider in each dot.
    let extra = style.attributes["font-weight"] == "600" ? dot * 0.35 : 0
    var squares: [[PixelPoint]] = []
    for letter in letters {
      for column in letter {
        for row in 0..<8 where column >> row & 1 == 1 {
          let y = top + Double(row) * dot
          let (right, bottom) = (x + dot + extra, y + dot)
          squares.append(
            [(x, y), (right, y), (right, bottom), (x, bottom)].map { style.pixel($0.0, $0.1) })
        }
        x += dot
      }
      x += dot
    }
    canvas.fill(squares, style.color("fill", default: .init(0)) ?? .init(0))
  }
}

/// Reads the `d` of a path: the commands that this package writes.
private struct SVGPathReader {
  private var tokens: [Substring] = []
  private var index = 0

  init(_ data: String) {
    // A command, or a number: "l-3.5.2" is l, −3.5, 0.2.
    var rest = data[...]
    while let first = rest.first {
      if first == " " || first == "," {
        rest.removeFirst()
        continue
      }
      var end = rest.index(after: rest.startIndex)
      if !first.isLetter {
        var hasPoint = first == "."
        while end < rest.endIndex, rest[end].isNumber || (rest[end] == "." && !hasPoint) {
          if rest[end] == "." { hasPoint = true }
          end = rest.index(after: end)
        }
      }
      tokens.append(rest[..<end])
      rest = rest[end...]
    }
  }

  private mutating func number() -> Double {
    defer { index += 1 }
    return index < tokens.count ? Double(tokens[index]) ?? 0 : 0
  }

  /// The path as lines from point to point.
  mutating func lines() -> [[PixelPoint]] {
    var result: [[PixelPoint]] = []
    var line: [PixelPoint] = []
    var command = Character("M")
    func last() -> PixelPoint { line.last ?? PixelPoint(x: 0, y: 0) }
    while index < tokens.count {
      if let letter = tokens[index].first, letter.isLetter {
        command = letter
        index += 1
        if command == "z", let first = line.first { line.append(first) }
        if command == "z" { continue }
      }
      let from = last()
      switch command {
      case "M":
        if line.count > 1 { result.append(line) }
        line = [PixelPoint(x: number(), y: number())]
      case "L": line.append(PixelPoint(x: number(), y: number()))
      case "l": line.append(PixelPoint(x: from.x + number(), y: from.y + number()))
      case "h": line.append(PixelPoint(x: from.x + number(), y: from.y))
      case "v": line.append(PixelPoint(x: from.x, y: from.y + number()))
      case "C":
        let points = (0..<3).map { _ in PixelPoint(x: number(), y: number()) }
        line += Self.curve(from, points[0], points[1], points[2])
      default: index += 1
      }
    }
    if line.count > 1 { result.append(line) }
    return result
  }

  /// A cubic Bézier curve as twelve lines, without its first point.
  private static func curve(
    _ a: PixelPoint, _ b: PixelPoint, _ c: PixelPoint, _ d: PixelPoint
  ) -> [PixelPoint] {
    (1...12).map { step in
      let t = Double(step) / 12
      let s = 1 - t
      let weights = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
      let points = [a, b, c, d]
      return PixelPoint(
        x: zip(weights, points).reduce(0) { $0 + $1.0 * $1.1.x },
        y: zip(weights, points).reduce(0) { $0 + $1.0 * $1.1.y })
    }
  }
}
