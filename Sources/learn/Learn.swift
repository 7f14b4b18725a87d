import ArgumentParser
import ExerciseCards
import FledgeLearn
import Foundation

@main
struct Learn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Steps through the exercises of Fledge's course.",
    discussion: """
      Without a command it watches the current exercise: it runs the checks on every save, and moves \
      on when they pass. Begin with `learn init`.

      Exit codes: 0 passed or done, 1 not passed, 2 anything else.
      """,
    subcommands: [
      WatchCommand.self, Init.self, Update.self, List.self, Status.self, Next.self, Test.self,
      Hint.self, Text.self, Solution.self, Reset.self, Diff.self, MilestoneCommand.self,
      StudioCommand.self, DoctorCommand.self, Show.self, Prove.self, Draw.self, Operations.self,
      New.self, Contents.self,
    ],
    defaultSubcommand: WatchCommand.self)

  /// As usual for such commands, except for exit codes and error messages, which are sentences.
  static func main() {
    do {
      func names(_ isShown: Bool) -> [String] {
        configuration.subcommands.filter { $0.configuration.shouldDisplay == isShown }.map {
          $0.configuration.commandName ?? $0._commandName
        }
      }
      let words = try CommandWords(
        Array(CommandLine.arguments.dropFirst()), commands: names(true), hidden: names(false))
      var command = try parseAsRoot(words.arranged)
      try command.run()
    } catch let error where error is CourseError || error is Mistake {
      standardError("learn: \(error)")
      Foundation.exit(2)
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if !message.isEmpty {
        if code.isSuccess { print(message) } else { standardError(message) }
      }
      Foundation.exit(code.isSuccess ? 0 : code == .failure && message.isEmpty ? 1 : 2)
    }
  }
}

func standardError(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// What all commands take.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder with your exercises. By default the one that \(Workspace.variable) names, the "
        + "one around the current directory, or Workspace in the checkout.", valueName: "dir"))
  var workspace: String?

  @Flag(help: "JSON on standard output, text on standard error.")
  var json = false

  var ink: Ink { .detected(json ? STDERR_FILENO : STDOUT_FILENO) }

  /// Prints text: to standard output, or to standard error if standard output is for JSON.
  func say(_ lines: [String]) {
    let text = lines.joined(separator: "\n")
    if json { return standardError(text) }
    print(text)
    // Also into a file or a pipe, so that progress can be followed.
    fflush(nil)
  }

  /// Prints a line about slow work; never among the results.
  func mention(_ line: String) {
    if json || isatty(STDERR_FILENO) == 1 { standardError(Ink.detected(STDERR_FILENO).dim(line)) }
  }

  func emit(_ value: some Encodable, isOneLine: Bool = false) throws(CourseError) {
    guard json else { return }
    print(try FledgeLearn.json(value, isOneLine: isOneLine))
    fflush(nil)
  }
}

/// The course and the compiler of this checkout, and the learner's workspace.
struct Setting {
  let course: CourseFiles
  let options: CommonOptions
  private let products: URL
  private let directory = URL(
    filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)

  /// The root of this checkout.
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  init(_ options: CommonOptions) {
    self.options = options
    let program = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    products = program.resolvingSymlinksInPath().deletingLastPathComponent()
    course = CourseFiles(root: Self.root, chapters: courseChapters)
  }

  /// Another program of the same build.
  func program(_ name: String) -> URL { products.appending(path: name) }

  func compiler() throws(CourseError) -> Compiler {
    try Compiler(products: products, root: course.root)
  }

  func workspace() throws(CourseError) -> Workspace {
    try Workspace.find(
      named: options.workspace, environment: ProcessInfo.processInfo.environment,
      directory: directory, checkout: course.root)
  }

  func guide() throws(CourseError) -> Guide {
    Guide(course: course, workspace: try workspace())
  }

  func examiner() throws(CourseError) -> Examiner {
    Examiner(
      course: course, compiler: try compiler(), workspace: try workspace(),
      fingerprints: try Fingerprints.read(in: course.root))
  }

  func names(_ workspace: Workspace) -> FileNames {
    FileNames(workspace: workspace.root, directory: directory)
  }

  /// A path as the user gave it, from the current directory.
  func folder(_ path: String) -> URL {
    Workspace.folder(path, from: directory)
  }
}
