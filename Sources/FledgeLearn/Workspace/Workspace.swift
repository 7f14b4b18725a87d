import FledgeCourse
import FledgeIO
import Foundation

/// The learner's own package: their exercises, copies of the checks to read, and their journal.
package struct Workspace: Sendable {
  package let root: URL

  package init(root: URL) { self.root = root }

  package static let journalName = "learn.json"
  package static let variable = "FLEDGE_WORKSPACE"

  package var journalFile: URL { root.appending(path: Self.journalName) }

  /// Finds the workspace: the one that is named, else the one that the environment names, else the
  /// one that contains `directory`, else `Workspace` in the checkout.
  package static func find(
    named path: String?, environment: [String: String], directory: URL, checkout: URL
  ) throws(CourseError) -> Workspace {
    if let path = path ?? environment[variable], !path.isEmpty {
      return try Workspace(root: folder(path, from: directory)).existing()
    }
    var folder = directory.standardizedFileURL
    while true {
      let workspace = Workspace(root: folder)
      if workspace.exists { return workspace }
      let parent = folder.deletingLastPathComponent().standardizedFileURL
      guard parent.path != folder.path, folder.path != "/" else { break }
      folder = parent
    }
    return try Workspace(root: standard(in: checkout)).existing()
  }

  /// The folder that a path means to someone in `directory`.
  package static func folder(_ path: String, from directory: URL) -> URL {
    let folder =
      path.hasPrefix("/")
      ? URL(filePath: path, directoryHint: .isDirectory)
      : directory.appending(path: path, directoryHint: .isDirectory)
    return folder.standardizedFileURL
  }

  /// Where `learn init` makes it by default.
  package static func standard(in checkout: URL) -> URL {
    checkout.appending(path: "Workspace", directoryHint: .isDirectory)
  }

  package var exists: Bool { FileManager.default.fileExists(atPath: journalFile.path) }

  private func existing() throws(CourseError) -> Workspace {
    guard exists else { throw .noWorkspace(root.path) }
    return self
  }

  // MARK: Its files

  /// `Exercises/Chapter01_ScalarAutograd/Ex1_1_CentralDifference.swift`
  package func exercisePath(_ exercise: Exercise, in chapter: Chapter) -> String {
    "Exercises/\(chapter.folder)/\(exercise.file).swift"
  }

  package func checksPath(_ exercise: Exercise) -> String { "Checks/\(exercise.file)Checks.swift" }

  /// The folder with everything that the learner writes.
  package var exercises: URL { file("Exercises") }

  package func file(_ path: String) -> URL { root.appending(path: path) }

  package func file(of exercise: Exercise, in course: CourseFiles) -> URL {
    file(exercisePath(exercise, in: course.chapter(of: exercise)))
  }

  /// What the learner has written for an exercise.
  package func text(of exercise: Exercise, in course: CourseFiles) throws(CourseError) -> String {
    let file = file(of: exercise, in: course)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw FileManager.default.fileExists(atPath: file.path)
        ? .unreadable(file.path) : .noExerciseFile(exercise.id, file.path)
    }
    return text
  }

  /// Where programs are compiled; `.gitignore` names it.
  package func scratch(for exercise: Exercise) -> URL {
    root.appending(path: ".learn/\(exercise.file)")
  }

  // MARK: Its journal

  package func journal() throws(CourseError) -> Journal {
    guard let data = try? Data(contentsOf: journalFile) else {
      throw exists ? .unreadable(journalFile.path) : .noWorkspace(root.path)
    }
    struct Version: Decodable {
      var version: Int
    }
    do {
      let version = try JSONDecoder().decode(Version.self, from: data).version
      guard version == Journal.version else {
        throw CourseError.journal(
          journalFile.path,
          "its version is \(version), and this checkout of Fledge only knows \(Journal.version)")
      }
      return try JSONDecoder().decode(Journal.self, from: data)
    } catch let error as CourseError {
      throw error
    } catch {
      throw .journal(journalFile.path, Self.reason(error))
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : " in \(path)"
    }
    return switch error {
    case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "a value of another kind was expected\(place(context))"
    case .dataCorrupted: "it is no JSON"
    @unknown default: "it cannot be read"
    }
  }

  /// Writes the journal atomically.
  package func write(_ journal: Journal) throws(CourseError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      let text = String(decoding: try encoder.encode(journal), as: UTF8.self)
      try AtomicFile.write(text + "\n", to: journalFile.path)
    } catch {
      throw .other("\(error)")
    }
  }

  /// Reads the journal, changes it, and writes it, under a lock.
  @discardableResult
  package func note(_ change: (inout Journal) -> Void) throws(CourseError) -> Journal {
    guard exists else { throw .noWorkspace(root.path) }
    let lock = try Lock(in: root.appending(path: ".learn"))
    defer { lock.release() }
    let before = try journal()
    var journal = before
    change(&journal)
    if journal != before { try write(journal) }
    return journal
  }
}
