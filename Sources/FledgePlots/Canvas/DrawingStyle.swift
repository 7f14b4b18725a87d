/// All attributes of a shape: its own and those of the groups around it.
struct DrawingStyle {
  // The initial values of SVG.
  private(set) var fill: RGB? = RGB(0)
  private(set) var isEvenOdd = false
  private(set) var stroke: RGB?
  private(set) var strokeWidth = 1.0
  private(set) var strokeOpacity = 1.0
  private(set) var dashes: [Double] = []
  private(set) var hasRoundCaps = false
  private(set) var hasCrispEdges = false
  private(set) var fontSize = 16.0
  private(set) var isBold = false
  private(set) var anchor = TextAnchor.start
  private(set) var halo: RGB?

  /// This style with other values where `attributes` give some.
  func with(_ attributes: [DrawingAttribute]) -> DrawingStyle {
    attributes.reduce(into: self) { style, attribute in
      switch attribute {
      case .fill(let color): style.fill = color
      case .evenOdd: style.isEvenOdd = true
      case .stroke(let color): style.stroke = color
      case .strokeWidth(let width): style.strokeWidth = width
      case .strokeOpacity(let opacity): style.strokeOpacity = opacity
      case .dashes(let lengths): style.dashes = lengths
      case .roundCaps: style.hasRoundCaps = true
      // Pixels show no other joins.
      case .roundJoins: break
      case .crispEdges: style.hasCrispEdges = true
      case .fontSize(let size): style.fontSize = size
      case .bold(let isBold): style.isBold = isBold
      case .anchor(let anchor): style.anchor = anchor
      case .halo(let color): style.halo = color
      }
    }
  }
}
