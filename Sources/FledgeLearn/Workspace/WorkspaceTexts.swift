import FledgeCourse
import Foundation

/// The files of a workspace besides the exercises.
struct WorkspaceTexts {
  let root: URL
  let course: CourseFiles

  var fixed: [(path: String, text: String, becomesTheirs: Bool)] {
    [
      ("Package.swift", package, true),
      ("README.md", readme, true),
      (".gitignore", ignored, true),
      ("main.swift", Self.main(course), false),
    ]
  }

  /// The path from the workspace to the checkout: relative if one is inside the other, so that both
  /// can be moved together.
  private var checkout: String {
    let here = root.standardizedFileURL.pathComponents
    let there = course.root.standardizedFileURL.pathComponents
    guard here.count > there.count, here.starts(with: there) else { return course.root.path }
    return Array(repeating: "..", count: here.count - there.count).joined(separator: "/")
  }

  /// A text as a Swift literal.
  private static func literal(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private var package: String {
    """
    // swift-tools-version: 6.2
    import Foundation
    import PackageDescription

    /// Notes, copies that were set aside and the like are no sources.
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let others = try! FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      !$0.hasPrefix(".") && !["Exercises", "Checks", "main.swift", "Package.swift"].contains($0)
    }
    let copies = ["Exercises", "Checks"].flatMap { part in
      (FileManager.default.subpaths(atPath: folder.appending(path: part).path) ?? [])
        .filter { !URL(filePath: $0).pathExtension.isEmpty && !$0.hasSuffix(".swift") }
        .map { "\\(part)/\\($0)" }
    }

    let package = Package(
      name: "Workspace",
      platforms: [.macOS(.v15)],
      dependencies: [.package(name: "Fledge", path: \(Self.literal(checkout)))],
      targets: [
        .executableTarget(
          name: "checks",
          dependencies: [
            .product(name: "Fledge", package: "Fledge"),
            .product(name: "FledgeCourse", package: "Fledge"),
          ],
          path: ".", exclude: others + copies,
          sources: ["main.swift", "Exercises", "Checks"])
      ]
    )

    """
  }

  /// Runs the checks of any exercise, without the runner.
  static func main(_ course: CourseFiles) -> String {
    let rows = course.exercises.map { exercise in
      "  \"\(exercise.id)\": \(CourseFiles.checksName(of: exercise)),"
    }
    return """
      // Written by `learn init` and `learn update`: runs checks without the runner.
      import FledgeCourse
      import Foundation

      let checks: [String: [Check]] = [
      \(rows.joined(separator: "\n"))
      ]

      guard let id = CommandLine.arguments.dropFirst().first, let chosen = checks[id] else {
        let known = checks.keys.sorted { $0.localizedStandardCompare($1) == .orderedAscending }
        print("usage: swift run checks EXERCISE, one of \\(known.joined(separator: ", "))")
        exit(2)
      }
      runChecks(of: id, chosen)

      """
  }

  private var ignored: String {
    """
    .build/
    .learn/
    .swiftpm/
    Package.resolved
    .DS_Store

    """
  }

  private var readme: String {
    """
    # My way through Fledge's course

    - `Exercises/`: what I write. Each file says what to write; `unwritten()` marks where my code goes.
    - `Checks/`: copies of the checks, to read. The runner always uses the course's own.
    - `learn.json`: my progress. Commit it with the exercises.

    In the checkout of Fledge (`\(checkout)` from here):

    | command | what it does |
    |---|---|
    | `swift run learn` | watches the current exercise, checks it on every save, and moves on |
    | `swift run learn list` | all exercises |
    | `swift run learn next 2.1` | goes to an exercise: start anywhere, skip anything |
    | `swift run learn test 1.1` | checks one exercise, on my earlier ones where they pass |
    | `swift run learn hint 1.1` | one more hint, up to three |
    | `swift run learn diff 1.1` | the first step where mine and the reference's differ |
    | `swift run learn milestone 1` | trains something real with my code |
    | `swift run learn studio` | plays with my code in the browser |
    | `swift run learn update` | adds new exercises; never touches my work |
    | `swift run learn doctor` | says what is missing on this machine |

    Outside this folder, name the workspace: `--workspace DIR`, or set `\(Workspace.variable)`.

    This folder is a package of its own, so that an editor completes names. `swift run checks 1.1` in
    here runs checks without the runner; the first time it builds all of Fledge again (minutes),
    and it needs every exercise to compile.

    """
  }
}
