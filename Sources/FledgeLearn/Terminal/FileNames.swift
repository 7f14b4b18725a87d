import FledgeCourse
import Foundation

/// File names for the learner: short, relative to the current directory, and with the workspace's
/// copy of the checks instead of the course's file.
package struct FileNames: Sendable {
  private let workspace: URL
  private let directory: URL

  package init(workspace: URL, directory: URL) {
    self.workspace = workspace.standardizedFileURL
    self.directory = directory.standardizedFileURL
  }

  /// The path from the current directory if the file is below it, else the whole path. A suffix of
  /// the path (`:12`) stays.
  package func short(_ path: String) -> String {
    let base = directory.path.hasSuffix("/") ? directory.path : directory.path + "/"
    return path.hasPrefix(base) ? String(path.dropFirst(base.count)) : path
  }

  package func isOwn(_ path: String) -> Bool {
    path.hasPrefix(workspace.path + "/Exercises/")
  }

  /// `Exercises/Ex1_1_…Checks.swift:12`, as a check names its place, as the copy to read.
  package func check(_ place: String) -> String {
    guard let name = place.split(separator: "/").last else { return place }
    let copy = "\(workspace.path)/Checks/\(name)"
    let file = copy.split(separator: ":").first.map(String.init) ?? copy
    return FileManager.default.fileExists(atPath: file) ? short(copy) : String(name)
  }

  /// A line of a file without its indentation.
  package func sourceLine(_ path: String, _ number: Int) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(number - 1) else { return nil }
    return lines[number - 1].trimmingCharacters(in: .whitespaces)
  }
}
