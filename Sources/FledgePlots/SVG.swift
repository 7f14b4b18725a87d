import Foundation

/// What an SVG attribute can be: text is escaped, numbers are written with at most two decimals.
protocol SVGAttribute { var svg: String { get } }
extension String: SVGAttribute { var svg: String { SVG.escaped(self) } }
extension Double: SVGAttribute { var svg: String { SVG.number(self) } }
extension Int: SVGAttribute { var svg: String { String(self) } }
extension RGB: SVGAttribute { var svg: String { hex } }

/// Builds one self-contained SVG 1.1 document: no scripts, no style sheets, no outside fonts, so
/// that a README, an image viewer and a mail program show the same picture.
struct SVG {
  static let fonts = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"

  /// One element: what ``document`` writes, and what ``picture(scale:)`` draws.
  struct Element {
    let name: String
    let attributes: [(name: String, value: String)]
    let text: String?
    /// What a group holds.
    let children: [Element]?
  }

  private(set) var elements: [Element] = []
  let width: Double
  let height: Double
  private let title: String

  /// Starts a document with a background of its own: a transparent one would be unreadable in a
  /// dark viewer.
  init(width: Double, height: Double, title: String) {
    self.width = width
    self.height = height
    self.title = title
    add(
      "rect",
      [
        "x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": 8,
        "fill": RGB.background, "stroke": RGB.border,
      ])
  }

  mutating func add(
    _ element: String, _ attributes: KeyValuePairs<String, any SVGAttribute>, text: String? = nil
  ) {
    elements.append(
      Element(name: element, attributes: Self.values(attributes), text: text, children: nil))
  }

  /// Puts everything that `content` adds inside `<element …>`.
  mutating func group(
    element: String = "g", _ attributes: KeyValuePairs<String, any SVGAttribute>,
    _ content: (inout SVG) -> Void
  ) {
    let before = elements
    elements = []
    content(&self)
    let group = Element(
      name: element, attributes: Self.values(attributes), text: nil, children: elements)
    elements = before + [group]
  }

  private static func values(
    _ attributes: KeyValuePairs<String, any SVGAttribute>
  ) -> [(name: String, value: String)] {
    attributes.map { ($0.key, $0.value.svg) }
  }

  /// The finished document.
  var document: String {
    let size = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    let box = "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) \(box) role="img" \
      font-family="\(Self.fonts)">
      <title>\(Self.escaped(title))</title>
      \(elements.map(Self.markup).joined())</svg>

      """
  }

  private static func markup(_ element: Element) -> String {
    let attributes = element.attributes.map { " \($0.name)=\"\($0.value)\"" }.joined()
    let start = "<\(element.name)\(attributes)"
    if let children = element.children {
      return start + ">\n" + children.map(markup).joined() + "</\(element.name)>\n"
    }
    return start + (element.text.map { ">\(escaped($0))</\(element.name)>\n" } ?? "/>\n")
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

  /// At most two decimals, no trailing zeros, no `-0`.
  static func number(_ value: Double) -> String {
    let hundredths = (value * 100).rounded()
    if hundredths.remainder(dividingBy: 100) == 0 { return String(Int(hundredths / 100)) }
    let sign = hundredths < 0 ? "-" : ""
    let magnitude = Int(abs(hundredths))
    let decimals = magnitude % 100
    let digits = decimals < 10 ? "0\(decimals)" : "\(decimals)"
    return "\(sign)\(magnitude / 100)." + (digits.hasSuffix("0") ? digits.dropLast() : digits[...])
  }

  /// The width of `text` in pixels, near enough to keep labels apart: an SVG cannot measure its
  /// own text. Widths are those of Helvetica in groups, slightly generous.
  static func width(of text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { sum, scalar in
      let em: Double =
        switch scalar {
        case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!": 0.29
        case " ", "f", "t", "r", "(", ")", "[", "]", "-", "/": 0.36
        case "m", "w", "M", "W", "%", "@": 0.9
        case "A"..."Z": 0.7
        case "\u{2E80}"...: 1.05
        default: 0.58
        }
      return sum + em * size
    }
  }
}
