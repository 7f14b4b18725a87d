/// Finds stop texts in a text that comes in parts, also where one begins in a part and ends in another:
/// what could be the beginning of one is held back.
struct StopScanner {
  private let stops: [[UInt8]]
  private var pending: [UInt8] = []

  /// - Parameter stops: Empty ones do not count.
  init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty } }

  /// The text that can be shown, and the stop text that ends it, if one has come.
  mutating func append(_ text: String) -> (text: String, stop: String?) {
    if stops.isEmpty { return (text, nil) }
    pending += text.utf8
    if let (place, stop) = earliestStop() {
      defer { pending = [] }
      return (
        String(decoding: pending[..<place], as: UTF8.self), String(decoding: stop, as: UTF8.self)
      )
    }
    let end = pending.count - heldBack()
    defer { pending.removeFirst(end) }
    return (String(decoding: pending[..<end], as: UTF8.self), nil)
  }

  /// What was held back, when nothing follows.
  mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// The first place of a stop text; the longest of several there.
  private func earliestStop() -> (Int, [UInt8])? {
    for place in pending.indices {
      let found = stops.filter { pending[place...].starts(with: $0) }
      if let stop = found.max(by: { $0.count < $1.count }) { return (place, stop) }
    }
    return nil
  }

  /// The length of the longest end that a stop text begins with. A stop text is whole characters, so
  /// none is split.
  private func heldBack() -> Int {
    let longest = (stops.map(\.count).max() ?? 1) - 1
    return (0...min(longest, pending.count)).last { length in
      stops.contains { length < $0.count && $0.starts(with: pending.suffix(length)) }
    } ?? 0
  }
}
