extension Duration {
  /// The two largest units, to the nearest second: `7s`, `1m 03s`, `2h 05m`, `3d 04h`.
  public var brief: String {
    let (whole, attoseconds) = components
    let seconds = max(0, whole + (attoseconds >= 500_000_000_000_000_000 ? 1 : 0))
    func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m \(padded(seconds % 60))s"
    case ..<86400: return "\(seconds / 3600)h \(padded(seconds % 3600 / 60))m"
    default: return "\(seconds / 86400)d \(padded(seconds % 86400 / 3600))h"
    }
  }

  /// As a floating-point number of seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
