import ExerciseCards
import FledgeCourse
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct AuthoringTests {
  private let list = """
    extension Chapter {
      static let small = Chapter(
        9, "Small", folder: "Chapter09_Small", text: "09-small.md",
        exercises: [.double, .quadruple], milestone: .small)
    }

    """

  private func withCards(_ body: (SmallCourse, URL) throws -> Void) throws {
    try withSmallCourse { small in
      let cards = small.root.appending(path: "Sources/ExerciseCards/Chapter09_Small")
      try FileManager.default.createDirectory(at: cards, withIntermediateDirectories: true)
      let file = cards.appending(path: "Chapter09.swift")
      try list.write(to: file, atomically: true, encoding: .utf8)
      try body(small, file)
    }
  }

  @Test func `A new exercise has a solution, checks and a card, and is named in its chapter`()
    throws
  {
    try withCards { small, list in
      let new = try NewExercise("9.3", name: "ThreeTimes", title: "Three times", in: small.course)
      #expect(
        new.files.map(\.lastPathComponent) == [
          "Ex9_3_ThreeTimes.swift", "Ex9_3_ThreeTimesChecks.swift", "Ex9_3_ThreeTimes.swift",
          "Chapter09.swift",
        ])
      let solution = try SolutionText(text(new.files[0]), file: "Ex9_3_ThreeTimes.swift")
      #expect(solution.stub.contains("unwritten()"))
      #expect(try text(new.files[1]).contains("let checks9_3: [Check] = ["))
      #expect(try text(new.files[2]).contains("static let threeTimes = Exercise("))
      #expect(try text(list).contains(".double, .quadruple, .threeTimes,"))
      #expect(try text(list).hasSuffix("], milestone: .small)\n}\n"))
    }
  }

  @Test(arguments: [
    ("9.2", "New", "9.2 quadruple"), ("9.3", "Double", "9.1 double"),
    ("8.1", "New", "no chapter 8"),
    ("nine", "New", "numbered"), ("9.3", "new", "capital letter"), ("9.3", "A-B", "capital letter"),
  ])
  func `What cannot be a new exercise changes nothing`(
    id: String, name: String, reason: String
  ) throws {
    try withCards { small, list in
      do {
        _ = try NewExercise(id, name: name, title: "New", in: small.course)
        Issue.record("\(id) \(name) was written")
      } catch {
        #expect("\(error)".contains(reason), "\(error)")
      }
      let now = try text(list)
      #expect(now == self.list)
    }
  }

  @Test func `A file that exists is never overwritten`() throws {
    try withCards { small, list in
      try small.write("Ex9_3_NewChecks.swift", "// mine\n")
      #expect(throws: CourseError.self) {
        try NewExercise("9.3", name: "New", title: "New", in: small.course)
      }
      let folder = small.root.appending(path: "Sources/Exercises/Chapter09_Small")
      #expect(
        !FileManager.default.fileExists(atPath: folder.appending(path: "Ex9_3_New.swift").path))
      let now = try text(list)
      #expect(now == self.list)
    }
  }

  @Test func `Long lists are broken into lines`() throws {
    var list = self.list
    for number in 1...12 {
      list = try NewExercise.adding("exerciseNumber\(number)", to: list, file: "")
    }
    #expect(list.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(list.contains(".exerciseNumber12,"))
  }

  // MARK: The course itself

  private let course = CourseFiles(root: OperatorTableTests.root, chapters: courseChapters)

  @Test func `Each chapter lists the cards of its folder, in order`() throws {
    for chapter in course.chapters {
      let files = try FileManager.default.contentsOfDirectory(
        atPath: course.cards(of: chapter).path)
      let cards = files.filter { $0.hasPrefix("Ex") }.map { String($0.dropLast(6)) }
      #expect(Set(chapter.exercises.map(\.file)) == Set(cards), "chapter \(chapter.number)")
      let order = chapter.exercises.map { Exercise.order($0.id) }
      #expect(order == order.sorted { $0.lexicographicallyPrecedes($1) })
      for exercise in chapter.exercises {
        let numbers = Exercise.order(exercise.id)
        #expect(exercise.file.hasPrefix("Ex\(numbers[0])_\(numbers[1])_"))
      }
    }
  }

  @Test func `The pages of the course list the sections of the chapters, in both languages`() throws
  {
    let contents = try CourseContents(course)
    #expect(contents.pages.count == 2)
    for (file, expected) in contents.pages {
      #expect(try text(file) == expected, "run `swift run learn contents` and commit \(file.path)")
    }
  }

  @Test func `A text without a section for an exercise is an error`() {
    #expect(CourseContents.heading(of: SmallCourse.double, in: "## 9.1 Double\n") == "Double")
    #expect(CourseContents.heading(of: SmallCourse.double, in: "## 9.11 Other\n") == nil)
  }
}
