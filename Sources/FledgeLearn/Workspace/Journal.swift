import Foundation

/// What a learner has done, saved in `learn.json`; they may commit it.
package struct Journal: Codable, Sendable, Equatable {
  /// The version of this file's format. An unknown version is an error, never a reason to start
  /// again.
  package static let version = 1

  package var version = Journal.version
  /// The current exercise.
  package var current: String
  package var exercises: [String: Entry] = [:]
  /// The files that the runner has written, by their paths in the workspace, with hashes of their
  /// contents: a file that has changed since is the learner's.
  package var written: [String: TextHash] = [:]

  package struct Entry: Codable, Sendable, Equatable {
    /// The hash of the file when it last passed; nil if it never did.
    package var passed: TextHash?
    /// How many of the hints were shown.
    package var hints = 0
    /// How often the learner asked for the solution before passing.
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

/// A hash that detects changes of a text (FNV-1a, 64 bits): of edits, not of attacks.
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
