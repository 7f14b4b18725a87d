import FledgeCourse
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeLearn

/// How the programs of a proof are divided, and what of a program is written anew.
@Suite struct ProofTests {
  private func exercises(_ count: Int) -> [Exercise] {
    (1...count).map { SmallCourse.exercise("9.\($0)", "Ex9_\($0)", "Number \($0)") }
  }

  /// The names of the programs, exercise by exercise, in each task.
  private func programs(_ count: Int, jobs: Int) -> [[String]] {
    let tasks = Proof.tasks(exercises(count), jobs) { exercise in
      [.solution, .stub] + exercise.mutants.map { Proof.Variant.mutant($0) }
    }
    return tasks.map { task in
      guard case .variants(let exercise, let variants) = task else { return [] }
      return variants.map { "\(exercise.id) \($0.name)" }
    }
  }

  private func all(_ count: Int) -> Set<String> {
    Set(
      exercises(count).flatMap { exercise in
        (["solution", "stub"] + exercise.mutants.map(\.name)).map { "\(exercise.id) \($0)" }
      })
  }

  @Test func `Every program is in one task, however many workers there are`() {
    for (count, jobs) in [(1, 1), (1, 2), (2, 8), (5, 2), (9, 2)] {
      let found = programs(count, jobs: jobs).flatMap(\.self)
      #expect(found.count == Set(found).count)
      #expect(Set(found) == all(count))
    }
  }

  @Test func `The programs of an exercise stay together, unless workers would have nothing to do`()
  {
    #expect(programs(9, jobs: 2).count == 9)
    #expect(programs(9, jobs: 2).first?.first == "9.9 solution")
    let alone = programs(1, jobs: 2)
    #expect(alone.count == 2)
    #expect(alone.allSatisfy { !$0.isEmpty })
  }

  @Test func `A text that did not change is not written again, and one that did is`() throws {
    try withSmallCourse { small in
      let folder = small.root.appending(path: "program")
      func date(_ name: String) throws -> Date? {
        let path = folder.appending(path: name).path
        let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
        return date as? Date
      }
      var assembly = Assembly(files: [], texts: [("same.swift", "let a = 1"), ("new.swift", "1")])
      try assembly.write(in: folder)
      for name in ["same.swift", "new.swift"] {
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 0)],
          ofItemAtPath: folder.appending(path: name).path)
      }
      assembly.texts[1].text = "2"
      let files = try assembly.write(in: folder)
      #expect(files.map(\.lastPathComponent) == ["same.swift", "new.swift"])
      #expect(try date("same.swift") == Date(timeIntervalSince1970: 0))
      #expect(try date("new.swift") != Date(timeIntervalSince1970: 0))
      #expect(try text(files[1]) == "2")
    }
  }

  /// Several a second, which is as exact as the compiler takes the dates of files.
  @Test func `Programs made one after the other in one folder are each their own`() throws {
    try withTemporaryDirectory { path in
      let folder = URL(filePath: path)
      for number in 1...6 {
        let files = try Assembly(
          files: [],
          texts: [
            ("main.swift", "print(value())"), ("value.swift", "func value() -> Int { \(number) }"),
          ]
        ).write(in: folder)
        let flags = try Compiler.incrementalFlags(files, folder)
        let program = folder.appending(path: "run")
        let compiled = try Subprocess.run(
          Compiler.swiftc(),
          files.map(\.path) + ["-o", program.path, "-module-name", "Programs", "-Onone"] + flags,
          seconds: 300, scratch: folder)
        #expect(compiled.status == 0, "\(compiled.errors)")
        let run = try Subprocess.run(program, [], seconds: 60, scratch: folder)
        #expect(run.output == "\(number)\n")
      }
    }
  }
}
