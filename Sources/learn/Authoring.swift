import ArgumentParser
import FledgeIO
import FledgeLearn
import Foundation

/// `learn ops`: for those who add operations.
struct Operations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops", abstract: "Writes the table of all operations, \(OperatorTable.file).",
    shouldDisplay: false)

  func run() throws {
    let table = try OperatorTable(root: Setting.root)
    try AtomicFile.write(
      table.markdown(), to: Setting.root.appending(path: OperatorTable.file).path)
  }
}

/// `learn new`: for those who add exercises.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the files of a new exercise, for its author to fill in.",
    shouldDisplay: false)

  @Argument(help: "Chapter and number, such as 4.7.")
  var id: String
  @Argument(help: "The name in files and code, such as BatchNorm.")
  var name: String
  @Argument(help: "The title, such as \"Batch norm\".")
  var title: String
  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let exercise = try NewExercise(id, name: name, title: title, in: setting.course)
    try options.emit(exercise.files.map(\.path))
    let names = FileNames(workspace: Setting.root, directory: Setting.root)
    options.say(exercise.files.map { "  " + names.short($0.path) })
    options.say([
      "Fill them in, write the section `## \(id) \(title)` in the chapter's text, then:",
      "  swift run learn contents", "  swift run learn prove \(id) --write",
    ])
  }
}

/// `learn contents`: for those who add exercises.
struct Contents: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the lists of exercises in docs/course/README.md and its translations.",
    shouldDisplay: false)

  @OptionGroup var options: CommonOptions

  func run() throws {
    for (file, text) in try CourseContents(Setting(options).course).pages {
      try AtomicFile.write(text, to: file.path)
    }
  }
}
