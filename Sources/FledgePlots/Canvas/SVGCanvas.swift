import FledgeCore

/// Writes one self-contained SVG 1.1 document: no scripts, no style sheets, no outside fonts, so that
/// a README, an image viewer and a mail program show the same picture.
struct SVGCanvas: Canvas {
  static let fonts = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"

  private var body = ""
  private var clips = 0

  /// The finished document.
  func document(width: Double, height: Double, title: String) -> String {
    let size = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    let box = "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) \(box) role="img" \
      font-family="\(Self.fonts)">
      <title>\(Self.escaped(title))</title>
      \(body)</svg>

      """
  }

  mutating func drawRectangle(
    _ rectangle: Rectangle, cornerRadius: Double, _ attributes: [DrawingAttribute]
  ) {
    let corner = cornerRadius == 0 ? "" : Self.numbers(["rx": cornerRadius])
    add("rect", Self.geometry(rectangle) + corner, attributes)
  }

  mutating func drawRectangles(_ rectangles: [Rectangle], _ attributes: [DrawingAttribute]) {
    let data = rectangles.map { rectangle in
      let (width, height) = (Self.number(rectangle.width), Self.number(rectangle.height))
      return "M\(Self.pair([rectangle.x, rectangle.y]))h\(width)v\(height)h-\(width)z"
    }
    add("path", " d=\"\(data.joined())\"", attributes)
  }

  mutating func drawCircle(
    at center: Position, radius: Double, _ attributes: [DrawingAttribute]
  ) {
    add("circle", Self.numbers(["cx": center.x, "cy": center.y, "r": radius]), attributes)
  }

  mutating func drawLine(
    from start: Position, to end: Position, _ attributes: [DrawingAttribute]
  ) {
    add("line", Self.numbers(["x1": start.x, "y1": start.y, "x2": end.x, "y2": end.y]), attributes)
  }

  mutating func drawLines(
    _ lines: [[Position]], isClosed: Bool, _ attributes: [DrawingAttribute]
  ) {
    var path = SVGPath()
    for line in lines {
      guard let first = line.first else { continue }
      path.move(to: first)
      if line.count == 1 { path.line(to: first) }
      for position in line.dropFirst() { path.line(to: position) }
      if isClosed { path.close() }
    }
    add("path", " d=\"\(path.data)\"", attributes)
  }

  mutating func drawPath(_ path: CurvedPath, _ attributes: [DrawingAttribute]) {
    let data = path.elements.map { element in
      switch element {
      case .move(let position): "M" + Self.pair(position)
      case .line(let position): "L" + Self.pair(position)
      case .curve(let a, let b, let end):
        "C" + [a, b, end].map(Self.pair).joined(separator: " ")
      }
    }
    add("path", " d=\"\(data.joined())\"", attributes)
  }

  mutating func drawText(
    _ text: String, at position: Position, isVertical: Bool, _ attributes: [DrawingAttribute]
  ) {
    let place =
      isVertical
      ? " transform=\"translate(\(Self.pair(position))) rotate(-90)\""
      : Self.numbers(["x": position.x, "y": position.y])
    add("text", place, attributes, text: text)
  }

  mutating func group(
    _ attributes: [DrawingAttribute], clip: Rectangle?, _ content: (inout Self) -> Void
  ) {
    var reference = ""
    if let clip {
      clips += 1
      let name = clips == 1 ? "plot" : "plot\(clips)"
      body += "<clipPath id=\"\(name)\">\n<rect\(Self.geometry(clip))/>\n</clipPath>\n"
      reference = " clip-path=\"url(#\(name))\""
    }
    addGroup(reference, attributes, content)
  }

  mutating func group(
    _ attributes: [DrawingAttribute], origin: Position, scale: Double,
    _ content: (inout Self) -> Void
  ) {
    let place = "translate(\(Self.pair(origin))) scale(\(Self.number(scale)))"
    addGroup(" transform=\"\(place)\"", attributes, content)
  }

  // MARK: Markup

  private mutating func add(
    _ element: String, _ geometry: String, _ attributes: [DrawingAttribute], text: String? = nil
  ) {
    body += "<\(element)\(geometry)\(attributes.map(\.svg).joined())"
    body += text.map { ">\(Self.escaped($0))</\(element)>\n" } ?? "/>\n"
  }

  private mutating func addGroup(
    _ first: String, _ attributes: [DrawingAttribute], _ content: (inout Self) -> Void
  ) {
    body += "<g\(first)\(attributes.map(\.svg).joined())>\n"
    content(&self)
    body += "</g>\n"
  }

  /// Zero is where a rectangle begins anyway.
  private static func geometry(_ rectangle: Rectangle) -> String {
    let isAtOrigin = rectangle.x == 0 && rectangle.y == 0
    return (isAtOrigin ? "" : numbers(["x": rectangle.x, "y": rectangle.y]))
      + numbers(["width": rectangle.width, "height": rectangle.height])
  }

  private static func numbers(_ values: KeyValuePairs<String, Double>) -> String {
    values.map { " \($0.key)=\"\(number($0.value))\"" }.joined()
  }

  private static func pair(_ position: Position) -> String {
    "\(number(position.x)) \(number(position.y))"
  }

  /// `text` with the five characters of XML escaped. Control characters, which XML 1.0 cannot
  /// hold in any form, become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Larger than any picture, and small enough for an integer: an optimizer that diverges can reach
  /// 10³⁰⁰.
  static let farthest = 1e9

  /// `value` in parts of a pixel, cut to ±10⁹ pixels.
  static func whole(_ value: Double, parts: Double) -> Int {
    let farthest = Int(farthest * parts)
    return min(max(Int(saturating: (value * parts).rounded()), -farthest), farthest)
  }

  /// At most two decimals, no trailing zeros, no `-0`; cut to ±10⁹.
  static func number(_ value: Double) -> String {
    let hundredths = whole(value, parts: 100)
    if hundredths.isMultiple(of: 100) { return String(hundredths / 100) }
    let sign = hundredths < 0 ? "-" : ""
    let magnitude = abs(hundredths)
    let decimals = magnitude % 100
    let digits = decimals < 10 ? "0\(decimals)" : "\(decimals)"
    return "\(sign)\(magnitude / 100)." + (digits.hasSuffix("0") ? digits.dropLast() : digits[...])
  }
}

extension DrawingAttribute {
  /// As it stands in an element.
  fileprivate var svg: String {
    switch self {
    case .fill(let color): " fill=\"\(color?.hex ?? "none")\""
    case .evenOdd: " fill-rule=\"evenodd\""
    case .stroke(let color): " stroke=\"\(color.hex)\""
    case .strokeWidth(let width): " stroke-width=\"\(SVGCanvas.number(width))\""
    case .strokeOpacity(let opacity): " stroke-opacity=\"\(SVGCanvas.number(opacity))\""
    case .dashes(let lengths):
      " stroke-dasharray=\"\(Self.dashArray(lengths))\""
    case .roundCaps: " stroke-linecap=\"round\""
    case .roundJoins: " stroke-linejoin=\"round\""
    case .crispEdges: " shape-rendering=\"crispEdges\""
    case .fontSize(let size): " font-size=\"\(SVGCanvas.number(size))\""
    case .bold(let isBold): " font-weight=\"\(isBold ? 600 : 400)\""
    case .anchor(let anchor): " text-anchor=\"\(anchor.rawValue)\""
    case .halo(let color):
      Self.stroke(color).svg + Self.strokeWidth(Self.haloWidth).svg + Self.roundJoins.svg
        + " paint-order=\"stroke\""
    }
  }

  private static func dashArray(_ lengths: [Double]) -> String {
    lengths.isEmpty ? "none" : lengths.map(SVGCanvas.number).joined(separator: " ")
  }
}
