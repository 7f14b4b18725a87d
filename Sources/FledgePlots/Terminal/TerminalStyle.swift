import Foundation

/// What a terminal can show: colours and Unicode.
public struct TerminalStyle: Sendable, Hashable {
  /// How many colours there are.
  public enum Colors: Sendable, Hashable {
    /// Black and white.
    case none
    /// xterm's palette.
    case palette256
    /// 24 bits.
    case trueColor
  }

  /// What colours are written as.
  public var colors: Colors
  /// Braille dots, half blocks and line drawing; otherwise plain ASCII.
  public var unicode: Bool

  /// A style of one's own; ``detected(environment:isTerminal:)`` looks at the terminal.
  public init(colors: Colors, unicode: Bool) {
    self.colors = colors
    self.unicode = unicode
  }

  /// Unicode without colours: right for a file, a notebook or a commit message.
  public static let plain = TerminalStyle(colors: .none, unicode: true)
  /// ASCII without colours.
  public static let ascii = TerminalStyle(colors: .none, unicode: false)

  /// The style that the environment variables allow.
  ///
  /// - `NO_COLOR` (not empty; no-color.org), `TERM=dumb` or no terminal: no colours.
  /// - `COLORTERM=truecolor` or `24bit`: 24-bit colours, otherwise the palette of 256.
  /// - Unicode, unless the locale (`LC_ALL`, `LC_CTYPE`, `LANG`: the first that is set) names
  ///   another character set or `TERM` is `dumb` or `linux` (the console without braille). With
  ///   no locale set at all, as in most containers, the terminal outside knows UTF-8 nowadays.
  public static func detected(
    environment: [String: String] = ProcessInfo.processInfo.environment, isTerminal: Bool
  ) -> TerminalStyle {
    func value(_ name: String) -> String { environment[name] ?? "" }
    let term = value("TERM")
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(value).first { !$0.isEmpty }?.lowercased()
    let isUTF8 = locale.map { $0.contains("utf-8") || $0.contains("utf8") } ?? true
    let unicode = isUTF8 && term != "dumb" && term != "linux"
    let colors: Colors =
      if !isTerminal || term == "dumb" || !value("NO_COLOR").isEmpty {
        .none
      } else if ["truecolor", "24bit"].contains(value("COLORTERM").lowercased()) {
        .trueColor
      } else {
        .palette256
      }
    return TerminalStyle(colors: colors, unicode: unicode)
  }

  /// `text` in a colour and weight, where the terminal has colours.
  package func painted(_ text: String, _ paint: Paint) -> String {
    let codes = codes(of: paint)
    return codes.isEmpty || text.isEmpty ? text : "\u{1B}[\(codes)m\(text)\u{1B}[0m"
  }

  private func codes(of paint: Paint) -> String {
    func color(_ color: RGB, base: Int) -> String {
      switch colors {
      case .none: ""
      case .palette256: "\(base);5;\(color.xterm256)"
      case .trueColor: "\(base);2;\(color.red);\(color.green);\(color.blue)"
      }
    }
    guard colors != .none else { return "" }
    return [
      paint.isBold ? "1" : "", paint.isDim ? "2" : "",
      paint.foreground.map { color($0, base: 38) } ?? "",
      paint.background.map { color($0, base: 48) } ?? "",
    ]
    .filter { !$0.isEmpty }.joined(separator: ";")
  }
}

/// How a character of a terminal looks.
package struct Paint: Sendable, Hashable {
  package var foreground: RGB?
  package var background: RGB?
  package var isBold: Bool
  package var isDim: Bool

  package init(
    foreground: RGB? = nil, background: RGB? = nil, isBold: Bool = false, isDim: Bool = false
  ) {
    self.foreground = foreground
    self.background = background
    self.isBold = isBold
    self.isDim = isDim
  }

  package static let plain = Paint()
  package static let bold = Paint(isBold: true)
  package static let dim = Paint(isDim: true)
}
