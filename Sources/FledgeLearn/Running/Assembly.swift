import FledgeCourse
import Foundation

/// Whose code stands for an exercise in a run.
package enum Author: Sendable, Equatable {
  case learner
  case reference
}

/// The files that are compiled into one program: an exercise, what it needs, its checks.
///
/// Only what the exercise needs is in it, so a check cannot lean on a later chapter, and another
/// file's half-written code cannot get into the way. All files make one module, so nothing needs
/// to be public, and no part of the reference can stand in for one that the learner left out.
package struct Assembly {
  package struct Piece {
    package let exercise: Exercise
    package let author: Author
    package let text: String
    /// The file that messages should name, if the text stands in one.
    package let file: URL?
  }

  package let pieces: [Piece]
  /// Further files, by name.
  package let others: [(name: String, text: String)]
  package let main: String
  package let isOptimized: Bool

  /// The program that runs the checks of `exercise` on `text`; what it needs stands in `needs`.
  package static func checks(
    of exercise: Exercise, _ piece: Piece, needs: [Piece], files: CourseFiles
  ) throws(CourseError) -> Assembly {
    let checks = try files.read(files.checksFile(of: exercise))
    return Assembly(
      pieces: needs + [piece], others: [("\(exercise.file)Checks.swift", checks)],
      main: """
        import FledgeCourse
        runChecks(of: "\(exercise.id)", \(CourseFiles.checksName(of: exercise)))

        """,
      isOptimized: exercise.isOptimized || needs.contains { $0.exercise.isOptimized })
  }

  /// The program that trains what `chapter` ends in.
  package static func milestone(
    of chapter: Chapter, pieces: [Piece], files: CourseFiles
  ) throws(CourseError) -> Assembly {
    let text = try files.read(files.milestoneFile(of: chapter))
    return Assembly(
      pieces: pieces, others: [("Milestone\(chapter.number).swift", text)],
      main: """
        import FledgeCourse
        runMilestone(milestone\(chapter.number))

        """,
      isOptimized: true)
  }

  /// Compiles it in `folder` (made anew where missing) to `folder/run`.
  ///
  /// A learner's file is compiled where it stands, so that messages name it.
  package func compile(with compiler: Compiler, in folder: URL) throws(CourseError)
    -> Compiler.Result
  {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var sources: [URL] = []
      func add(_ name: String, _ text: String) throws {
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        sources.append(file)
      }
      for piece in pieces {
        if let file = piece.file {
          sources.append(file)
        } else {
          try add("\(piece.exercise.file).swift", piece.text)
        }
      }
      for other in others { try add(other.name, other.text) }
      try add("main.swift", main)
      return try compiler.compile(
        sources, to: folder.appending(path: "run"), optimized: isOptimized, scratch: folder)
    } catch let error as CourseError {
      throw error
    } catch {
      throw .other("cannot write in \(folder.path): \(error.localizedDescription)")
    }
  }
}

extension CourseFiles {
  /// The reference's own version of an exercise.
  package func reference(_ exercise: Exercise) throws(CourseError) -> Assembly.Piece {
    let text = try solution(of: exercise).solution
    return Assembly.Piece(exercise: exercise, author: .reference, text: text, file: nil)
  }

  /// What a run of the exercise's checks needs beside it, all from the reference.
  package func references(neededBy exercise: Exercise) throws(CourseError) -> [Assembly.Piece] {
    var pieces: [Assembly.Piece] = []
    for need in try needs(of: [exercise.id]) { pieces.append(try reference(need)) }
    return pieces
  }
}
