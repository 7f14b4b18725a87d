import FledgeCourse
import FledgeIO
import Foundation

/// What an update did with one file.
package struct FileChange: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    case added
    /// An unchanged file was replaced by its newer version.
    case refreshed
    /// The learner's work: left alone, though the course has a newer version of the file.
    case kept
    /// A file of the runner had been edited; the edited copy was kept beside it.
    case replaced
    /// The course has no such file any more; it was left alone.
    case orphaned
  }

  package var kind: Kind
  package var path: String
}

extension Workspace {
  /// A file that the runner writes.
  private struct Generated {
    let path: String
    let text: String
    /// Whether it belongs to the learner once they change it. Other files are always refreshed, and
    /// an edited copy is kept beside them.
    let becomesTheirs: Bool
  }

  /// Makes a new workspace.
  ///
  /// - Parameter keeping: keeps the files that exist and makes only the journal and missing files,
  ///   for a workspace whose journal was lost.
  package static func make(
    at root: URL, course: CourseFiles, keeping: Bool = false
  ) throws(CourseError) -> [FileChange] {
    let workspace = Workspace(root: root)
    let content = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    // A folder that only holds files of version control counts as empty.
    let isOccupied = content.contains { $0 != ".git" }
    guard !isOccupied || (keeping && !workspace.exists) else { throw .occupied(root.path) }
    guard let first = course.exercises.first else { throw .other("the course has no exercises") }
    try createFolder(root)
    try workspace.write(Journal(current: first.id))
    return try workspace.update(from: course)
  }

  /// Brings in what is new in the course, and leaves the learner's work alone.
  package func update(from course: CourseFiles) throws(CourseError) -> [FileChange] {
    guard exists else { throw .noWorkspace(root.path) }
    let lock = try Lock(in: root.appending(path: ".learn"))
    defer { lock.release() }
    var journal = try journal()
    var changes: [FileChange] = []
    let files = try generated(from: course)
    for file in files {
      if let kind = try bring(file, &journal) {
        changes.append(FileChange(kind: kind, path: file.path))
      }
    }
    let known = Set(files.map(\.path))
    for path in journal.written.keys.sorted() where !known.contains(path) {
      journal.written[path] = nil
      if FileManager.default.fileExists(atPath: self.file(path).path) {
        changes.append(FileChange(kind: .orphaned, path: path))
      }
    }
    let ids = course.exercises.map(\.id)
    if !ids.contains(journal.current), let first = ids.first { journal.current = first }
    try write(journal)
    return changes
  }

  /// Writes one file; nil if there was nothing to do.
  private func bring(
    _ generated: Generated, _ journal: inout Journal
  ) throws(CourseError) -> FileChange.Kind? {
    let file = file(generated.path)
    let hash = TextHash(generated.text)
    let recorded = journal.written[generated.path]
    guard FileManager.default.fileExists(atPath: file.path) else {
      try Self.write(generated.text, to: file)
      journal.written[generated.path] = hash
      return .added
    }
    guard let present = try? String(contentsOf: file, encoding: .utf8) else {
      throw .unreadable(file.path)
    }
    if present == generated.text {
      journal.written[generated.path] = hash
      return nil
    }
    let isUntouched = recorded == TextHash(present)
    if generated.becomesTheirs && !isUntouched { return recorded == hash ? nil : .kept }
    if !isUntouched { try setAside(file) }
    try Self.write(generated.text, to: file)
    journal.written[generated.path] = hash
    return isUntouched ? .refreshed : .replaced
  }

  /// Replaces the learner's file by the stub, and keeps a copy of theirs beside it.
  ///
  /// - Returns: the copy that was kept; nil if the file was a stub or missing.
  package func reset(_ exercise: Exercise, in course: CourseFiles) throws(CourseError) -> URL? {
    // An unreadable journal stops it before anything has changed.
    _ = try journal()
    let stub = try course.solution(of: exercise).stub
    let file = file(of: exercise, in: course)
    let present = try? String(contentsOf: file, encoding: .utf8)
    let isTheirs = FileManager.default.fileExists(atPath: file.path) && present != stub
    let copy = isTheirs ? try setAside(file) : nil
    try Self.write(stub, to: file)
    let path = exercisePath(exercise, in: course.chapter(of: exercise))
    try note { journal in
      journal[exercise.id] = Journal.Entry()
      journal.written[path] = TextHash(stub)
    }
    return copy
  }

  /// Copies a file to a name beside it that is free: `….swift.bak`, `….swift.bak2`, …
  @discardableResult
  private func setAside(_ file: URL) throws(CourseError) -> URL {
    var copy = file.appendingPathExtension("bak")
    var number = 1
    while FileManager.default.fileExists(atPath: copy.path) {
      number += 1
      copy = file.appendingPathExtension("bak\(number)")
    }
    do {
      try FileManager.default.copyItem(at: file, to: copy)
    } catch {
      throw .other("cannot keep a copy as \(copy.path): \(error.localizedDescription)")
    }
    return copy
  }

  private func generated(from course: CourseFiles) throws(CourseError) -> [Generated] {
    var files = WorkspaceTexts(root: root, course: course).fixed.map {
      Generated(path: $0.path, text: $0.text, becomesTheirs: $0.becomesTheirs)
    }
    for chapter in course.chapters {
      for exercise in chapter.exercises {
        files.append(
          Generated(
            path: exercisePath(exercise, in: chapter),
            text: try course.solution(of: exercise).stub, becomesTheirs: true))
        // On the first line and not above it, so that line numbers stay those of the course's file.
        let mark = "/* A copy to read: the runner uses the course's own. */ "
        files.append(
          Generated(
            path: checksPath(exercise),
            text: mark + (try course.read(course.checksFile(of: exercise))), becomesTheirs: false))
      }
    }
    return files
  }

  private static func write(_ text: String, to file: URL) throws(CourseError) {
    try createFolder(file.deletingLastPathComponent())
    do {
      try AtomicFile.write(text, to: file.path)
    } catch {
      throw .other("\(error)")
    }
  }

  private static func createFolder(_ folder: URL) throws(CourseError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .other("cannot make the folder \(folder.path): \(error.localizedDescription)")
    }
  }
}
