import Foundation

/// What a learner has done, as `learn.json` keeps it: theirs to commit.
package struct Journal: Codable, Sendable, Equatable {
  /// Of this file's form. A number that is not known is an error, never a reason to begin anew.
  package static let version = 1

  package var version = Journal.version
  /// The exercise that is worked on.
  package var current: String
  package var exercises: [String: Entry] = [:]
  /// The files that the runner has written, by their paths in the workspace, with what was in them:
  /// one that reads otherwise now is the learner's.
  package var written: [String: TextHash] = [:]

  package struct Entry: Codable, Sendable, Equatable {
    /// What stood in the file when it passed last; nil if it never did.
    package var passed: TextHash?
    /// How many of the hints were shown.
    package var hints = 0
    /// How often the solution was asked for before the exercise passed.
    package var solutionRequests = 0

    package init() {}
  }

  package init(current: String) { self.current = current }

  package subscript(_ exercise: String) -> Entry {
    get { exercises[exercise] ?? Entry() }
    set { exercises[exercise] = newValue == Entry() ? nil : newValue }
  }

  package func hasPassed(_ exercise: String) -> Bool { self[exercise].passed != nil }
}

/// Tells whether a text is another one than before (FNV-1a, 64 bits): for changes by hand, not for
/// attacks.
package struct TextHash: Codable, Sendable, Hashable {
  package let digits: String

  package init(_ text: String) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let hex = String(hash, radix: 16)
    digits = String(repeating: "0", count: 16 - hex.count) + hex
  }

  package init(from decoder: any Decoder) throws {
    digits = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(digits)
  }
}
