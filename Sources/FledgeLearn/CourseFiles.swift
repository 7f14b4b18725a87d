import FledgeCourse
import Foundation

/// The locations of the course's files in a checkout of Fledge.
package struct CourseFiles: Sendable {
  package let root: URL
  package let chapters: [Chapter]

  package init(root: URL, chapters: [Chapter]) {
    self.root = root
    self.chapters = chapters
  }

  package var exercises: [Exercise] { chapters.flatMap(\.exercises) }

  /// The exercise called "1.5", "ex1_5", "Ex1_5_Backward" or by its title.
  package func exercise(_ name: String) throws(CourseError) -> Exercise {
    let wanted = name.lowercased().replacing("_", with: ".")
    let found = exercises.first { exercise in
      let names = [exercise.id, "ex\(exercise.id)", exercise.file, exercise.title]
      return names.contains { $0.lowercased().replacing("_", with: ".") == wanted }
    }
    guard let found else { throw .unknownExercise(name, known: exercises.map(\.id)) }
    return found
  }

  package func chapter(of exercise: Exercise) -> Chapter {
    chapters.first { $0.exercises.contains { $0.id == exercise.id } }!
  }

  /// All exercises that the named ones need, in the order of the course, without the named ones.
  package func needs(of ids: [String]) throws(CourseError) -> [Exercise] {
    var found: Set<String> = []
    var open = ids
    while let id = open.popLast() {
      for need in try exercise(id).needs where found.insert(need).inserted { open.append(need) }
    }
    return exercises.filter { found.contains($0.id) && !ids.contains($0.id) }
  }

  package func folder(of chapter: Chapter) -> URL {
    root.appending(path: "Sources/Exercises/\(chapter.folder)")
  }

  package func solutionFile(of exercise: Exercise) -> URL {
    folder(of: chapter(of: exercise)).appending(path: "\(exercise.file).swift")
  }

  package func checksFile(of exercise: Exercise) -> URL {
    folder(of: chapter(of: exercise)).appending(path: "\(exercise.file)Checks.swift")
  }

  package func milestoneFile(of chapter: Chapter) -> URL {
    folder(of: chapter).appending(path: "Milestone\(chapter.number).swift")
  }

  /// The network of a chapter for the studio's playground, where it has one.
  package func playgroundFile(of chapter: Chapter) -> URL {
    folder(of: chapter).appending(path: "Playground\(chapter.number).swift")
  }

  /// The name of the array of checks of an exercise: `checks1_5`.
  package static func checksName(of exercise: Exercise) -> String {
    "checks" + exercise.id.replacing(".", with: "_")
  }

  package func solution(of exercise: Exercise) throws(CourseError) -> SolutionText {
    let file = solutionFile(of: exercise)
    return try SolutionText(read(file), file: "\(exercise.file).swift")
  }

  package func read(_ file: URL) throws(CourseError) -> String {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw .unreadable(file.path)
    }
    return text
  }
}
