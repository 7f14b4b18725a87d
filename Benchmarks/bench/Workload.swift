import Fledge

/// A piece of work with a name; `Benchmarks/peers` has the same work under the same names.
struct Workload: Sendable {
  /// What one run costs at least, for the share of the machine's limit.
  enum Work: Sendable {
    /// Floating-point operations of matrix products.
    case operations(Double)
    /// Bytes read and written.
    case bytes(Double)
    case unknown
  }

  let name: String
  let about: String
  let work: Work
  /// Makes the inputs and returns one run.
  let prepare: @Sendable () -> () -> Void

  init(
    _ name: String, _ about: String, _ work: Work = .unknown,
    _ prepare: @escaping @Sendable () -> () -> Void
  ) {
    self.name = name
    self.about = about
    self.work = work
    self.prepare = prepare
  }

  static let all: [Workload] = training + operations + products + machine

  /// What `filter` names; of ``further`` only where it names nothing else.
  static func named(_ filter: String) -> [Workload] {
    let found = all.filter { $0.name.fits(filter) }
    return found.isEmpty ? further.filter { $0.name.fits(filter) } : found
  }
}

extension String {
  /// Whether one of the patterns (comma separated, * stands for anything) fits.
  func fits(_ patterns: String) -> Bool {
    patterns.split(separator: ",").contains { pattern in
      let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
      guard let first = pieces.first, let last = pieces.last, hasPrefix(first) else {
        return false
      }
      if pieces.count == 1 { return self == first }
      var rest = dropFirst(first.count)
      for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
        guard let range = rest.firstRange(of: piece) else { return false }
        rest = rest[range.upperBound...]
      }
      return rest.hasSuffix(last)
    }
  }
}
