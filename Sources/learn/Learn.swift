import ArgumentParser
import Course
import FledgeLearn
import Foundation

@main
struct Learn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Steps through the exercises of Fledge's course.",
    subcommands: [Prove.self, Show.self])
}

/// The course and the compiler of this checkout.
struct Setting {
  let files: CourseFiles
  let compiler: Compiler

  init() throws {
    let program = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let products = program.deletingLastPathComponent()
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    files = CourseFiles(root: root, chapters: courseChapters)
    compiler = try Compiler(products: products, root: root)
  }
}
