import Foundation

/// One message of the compiler.
package struct Diagnostic: Sendable, Equatable, Codable {
  package var file: String
  package var line: Int
  package var column: Int
  package var isError: Bool
  package var message: String
  /// What the compiler adds to it, such as the cases that a switch lacks.
  package var notes: [String] = []

  /// Parses compiler output in the style `path:line:column: error: message`, without source lines. A
  /// note belongs to the message before it.
  package static func parse(_ messages: String) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for line in messages.split(separator: "\n") {
      guard
        let match = line.firstMatch(
          of: /^(.+?):(\d+):(\d+): (?:fatal )?(error|warning|note): (.*)$/)
      else { continue }
      let (_, file, row, column, kind, message) = match.output
      if kind == "note" {
        if let last = found.indices.last, !found[last].notes.contains(String(message)) {
          found[last].notes.append(String(message))
        }
        continue
      }
      let diagnostic = Diagnostic(
        file: String(file), line: Int(row) ?? 0, column: Int(column) ?? 0,
        isError: kind == "error", message: String(message))
      let isNew = !found.contains {
        ($0.file, $0.line, $0.column, $0.message)
          == (diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.message)
      }
      if isNew { found.append(diagnostic) }
    }
    return found
  }
}

/// Where and why a program crashed.
package struct Crash: Sendable, Equatable, Codable {
  /// "Index out of range"; nil if the program wrote no message.
  package var message: String?
  /// The runtime's description of the signal, if it was asked for: "Bad pointer dereference".
  package var signal: String?
  /// Whether the stack was full: a recursion that does not end, most often.
  package var overflowedStack = false
  /// File and line of the innermost frame in the learner's own files; where the stack was full, of
  /// the one that comes back most often.
  package var file: String?
  package var line: Int?

  /// Reads the standard error of a crashed program: a message of Fledge or of Swift, then perhaps
  /// the runtime's dump of the stack, whose frames end in "in … at path:line:column".
  ///
  /// - Parameter folder: where the learner's files are: they cannot change frames elsewhere, in the
  ///   checks or in the reference's solution of an earlier exercise.
  package static func parse(_ errors: String, inFilesBelow folder: URL? = nil) -> Crash {
    var crash = Crash()
    var (address, stack): (UInt64?, UInt64?) = (nil, nil)
    var frames: [Frame] = []
    for line in errors.split(separator: "\n") {
      if crash.message == nil, let match = line.firstMatch(of: /^Fledge: (.*)$/) {
        crash.message = String(match.output.1)
      } else if crash.message == nil,
        let match = line.firstMatch(of: /(?:Fatal error|Precondition failed)(?:: (.*))?$/)
      {
        crash.message = match.output.1.map(String.init) ?? "a precondition failed"
      } else if let match = line.firstMatch(
        of: /^\*\*\* Program crashed: (.+?)(?: at 0x(\w+))? \*\*\*/)
      {
        crash.signal = String(match.output.1)
        address = match.output.2.flatMap { UInt64($0, radix: 16) }
      } else if let match = line.firstMatch(of: #/ at (/.+\.swift):(\d+)/#), let folder,
        match.output.1.hasPrefix(folder.path + "/"), let number = Int(match.output.2)
      {
        frames.append(Frame(file: String(match.output.1), line: number))
      } else if stack == nil, let match = line.firstMatch(of: /^ *r?sp 0x(\w+)/) {
        stack = UInt64(match.output.1, radix: 16)
      }
    }
    // A full stack is written to just below where it ends.
    if let address, let stack {
      crash.overflowedStack = max(address, stack) - min(address, stack) < 1 << 20
    }
    let place = crash.overflowedStack ? mostFrequent(frames) : frames.first
    (crash.file, crash.line) = (place?.file, place?.line)
    return crash
  }

  private struct Frame: Hashable {
    let file: String
    let line: Int
  }

  /// The frame that is there most often; of several, the innermost.
  private static func mostFrequent(_ frames: [Frame]) -> Frame? {
    let counts = Dictionary(frames.map { ($0, 1) }, uniquingKeysWith: +)
    let most = counts.values.max()
    return frames.first { counts[$0] == most }
  }
}
