import Foundation

/// Runs `body` with the path of a fresh directory, and removes it afterwards.
package func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("fledge-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url.path)
}

package func contents(of path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}
