import FledgeCourse
import Foundation

/// Whose code is used for an exercise in a run.
package enum Author: String, Codable, Sendable {
  case learner
  case reference
}

/// The files that are compiled into one program: an exercise, what it needs, its checks.
///
/// Only what the exercise needs is in it, so a check cannot depend on a later chapter, and
/// half-written code in another file cannot get in the way. All files make one module, so nothing
/// needs to be public, and no part of the reference can stand in for one that the learner left out.
package struct Assembly: Sendable {
  /// Files that are compiled in place, so that messages name them.
  package var files: [URL]
  /// Further files, by name.
  package var texts: [(name: String, text: String)]
  package var isOptimized = false

  /// The program that runs the checks of `exercise` on one of its versions and those of its needs.
  package static func checks(
    of exercise: Exercise, on version: Version, needs: [Version], course: CourseFiles
  ) -> Assembly {
    var assembly = Assembly(files: [], texts: [])
    // main.swift names it with its module, so that a learner's function of the same name does not
    // replace it. (A type called FledgeCourse would: this guards against slips.)
    for version in needs + [version] { assembly.add(version) }
    assembly.files.append(course.checksFile(of: exercise))
    assembly.texts.append(
      (
        "main.swift",
        """
        import FledgeCourse
        FledgeCourse.runChecks(of: "\(exercise.id)", \(CourseFiles.checksName(of: exercise)))

        """
      ))
    assembly.isOptimized = ([exercise] + needs.map(\.exercise)).contains(where: \.isOptimized)
    return assembly
  }

  /// The program that trains the milestone of `chapter`.
  package static func milestone(
    of chapter: Chapter, on versions: [Version], course: CourseFiles
  ) -> Assembly {
    var assembly = Assembly(files: [course.milestoneFile(of: chapter)], texts: [])
    for version in versions { assembly.add(version) }
    assembly.texts.append(
      (
        "main.swift",
        """
        import FledgeCourse
        FledgeCourse.runMilestone(milestone\(chapter.number))

        """
      ))
    assembly.isOptimized = true
    return assembly
  }

  mutating func add(_ version: Version) {
    switch version.source {
    case .file(let file): files.append(file)
    case .text(let text): texts.append(("\(version.exercise.file).swift", text))
    }
  }

  /// Compiles it in `folder` (made where missing) to `folder/run`.
  ///
  /// - Parameter incrementally: whether objects in the folder that are up to date are used again.
  package func compile(
    with compiler: Compiler, in folder: URL, incrementally: Bool = false
  ) throws(CourseError) -> Compiler.Result {
    let sources = try write(in: folder)
    return try compiler.compile(
      sources, to: folder.appending(path: "run"),
      options: Compiler.Options(isOptimized: isOptimized, isIncremental: incrementally),
      scratch: folder)
  }

  /// Writes the texts into `folder`, made where missing, and returns all files. A text that is there
  /// already is not written again: a file that is would count as changed.
  @discardableResult
  func write(in folder: URL) throws(CourseError) -> [URL] {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return try files
        + texts.map { name, text in
          let file = folder.appending(path: name)
          if (try? String(contentsOf: file, encoding: .utf8)) != text {
            try replace(file, by: text)
          }
          return file
        }
    } catch {
      throw .other("cannot write in \(folder.path): \(error.localizedDescription)")
    }
  }

  /// Gives a file another text, and a date in another second: the compiler compares dates by whole
  /// seconds, and would take a text that was written in the same one for compiled already.
  private func replace(_ file: URL, by text: String) throws {
    func date() -> Date? {
      (try? FileManager.default.attributesOfItem(atPath: file.path))?[.modificationDate] as? Date
    }
    let before = date()
    try text.write(to: file, atomically: true, encoding: .utf8)
    guard let before, let now = date() else { return }
    let next = Date(timeIntervalSince1970: before.timeIntervalSince1970.rounded(.down) + 1)
    if now < next {
      try FileManager.default.setAttributes([.modificationDate: next], ofItemAtPath: file.path)
    }
  }
}

/// An exercise's code as it goes into a program, and who wrote it.
package struct Version: Sendable {
  package enum Source: Sendable {
    case file(URL)
    case text(String)
  }

  package let exercise: Exercise
  package let author: Author
  package let source: Source

  package init(_ exercise: Exercise, by author: Author, _ source: Source) {
    self.exercise = exercise
    self.author = author
    self.source = source
  }
}

extension CourseFiles {
  /// The reference's version of an exercise: the file itself, marks and all.
  package func reference(_ exercise: Exercise) -> Version {
    Version(exercise, by: .reference, .file(solutionFile(of: exercise)))
  }

  /// What a run of the exercise's checks needs beside it, all from the reference.
  package func references(neededBy exercise: Exercise) throws(CourseError) -> [Version] {
    try needs(of: [exercise.id]).map { reference($0) }
  }
}
