import Foundation

/// Bytes of this process that are in memory now; nil where the system does not say (all but Linux).
package enum ResidentMemory {
  /// Pages of no file: what was allocated.
  package static var anonymous: Int? { status("RssAnon") }
  /// Pages of mapped files.
  package static var files: Int? { status("RssFile") }

  private static func status(_ field: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
      .flatMap { Int($0) }
    return kilobytes.map { $0 * 1024 }
  }
}
