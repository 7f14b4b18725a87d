import ArgumentParser
import Course
import FledgeLearn
import Foundation

@main
struct Learn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Steps through the exercises of Fledge's course.",
    subcommands: [Show.self, Prove.self, Draw.self, Operations.self])
}

/// The course and the compiler of this checkout.
struct Setting {
  let files: CourseFiles
  let compiler: Compiler

  /// Where this checkout stands.
  static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

  init() throws {
    let program = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let products = program.deletingLastPathComponent()
    let root = Self.root
    files = CourseFiles(root: root, chapters: courseChapters)
    compiler = try Compiler(products: products, root: root)
  }
}
