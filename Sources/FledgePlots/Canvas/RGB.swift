import Foundation

/// A colour, and the palettes that every plot shares.
package struct RGB: Sendable, Hashable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  /// `0xRRGGBB`
  package init(_ hex: UInt32) {
    red = UInt8(hex >> 16 & 0xff)
    green = UInt8(hex >> 8 & 0xff)
    blue = UInt8(hex & 0xff)
  }

  /// `#rrggbb`
  var hex: String { String(format: "#%02x%02x%02x", Int(red), Int(green), Int(blue)) }

  /// The colour `fraction` of the way from this one (0, or NaN) to `other` (1).
  func mixed(with other: RGB, _ fraction: Double) -> RGB {
    let part = fraction > 0 ? min(fraction, 1) : 0
    func channel(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * part).rounded())
    }
    var result = self
    result.red = channel(red, other.red)
    result.green = channel(green, other.green)
    result.blue = channel(blue, other.blue)
    return result
  }

  /// The nearest entry of the 6×6×6 cube or the 24 greys of a 256-colour terminal.
  var xterm256: Int {
    let levels = [0, 95, 135, 175, 215, 255]
    func nearest(_ value: UInt8) -> Int {
      levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) }!
    }
    let (r, g, b) = (nearest(red), nearest(green), nearest(blue))
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let grey = min(max((mean - 3) / 10, 0), 23)
    let greyLevel = 8 + 10 * grey
    let toCube = distance(levels[r], levels[g], levels[b])
    let toGrey = distance(greyLevel, greyLevel, greyLevel)
    return toGrey < toCube ? 232 + grey : 16 + 36 * r + 6 * g + b
  }

  private func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
    let (dr, dg, db) = (Int(red) - r, Int(green) - g, Int(blue) - b)
    return dr * dr + dg * dg + db * db
  }
}

extension RGB {
  static let background = RGB(0xffffff)
  static let ink = RGB(0x1f2328)
  static let quietInk = RGB(0x59636e)
  static let border = RGB(0xd1d9e0)
  static let grid = RGB(0xeaeef2)
  static let good = RGB(0x1a7f4b)
  static let bad = RGB(0xc93c37)

  /// Colours that people with the common colour-vision deficiencies can tell apart (blue, orange
  /// first), dark enough for lines on white.
  static let series: [RGB] = [
    RGB(0x2f6fde), RGB(0xe8590c), RGB(0x2b9a66), RGB(0x8e4ec6), RGB(0xad7f00), RGB(0x12889c),
  ]

  package static func series(_ index: Int) -> RGB { series[index % series.count] }

  /// Terminals have dark backgrounds more often than not: a lighter tone of the same colour.
  package var onTerminal: RGB { mixed(with: .background, 0.3) }
}
