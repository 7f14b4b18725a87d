import ArgumentParser
import FledgeLearn
import Foundation

struct StudioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "studio",
    abstract: "Opens the studio's playground on your own code.",
    discussion: """
      A page in the browser trains a small network, and says whose code moves it: your exercises \
      where they pass (layers of tensors: 3.1 to 3.5, 5.3, 6.1 and 6.2; operations: 4.1 to 4.6; \
      scalars: 0.1, 0.3, 1.1 to 1.5), the reference's otherwise. Ctrl-C ends it.
      """)

  @OptionGroup var options: CommonOptions

  private struct Answer: Encodable {
    var folder: String
    var parts: [Playground.Part]
  }

  func run() throws {
    let setting = Setting(options)
    let studio = setting.program("studio")
    guard FileManager.default.isExecutableFile(atPath: studio.path) else {
      throw CourseError.notBuilt(studio.path, product: "studio")
    }
    let examiner = try setting.examiner()
    let folder = examiner.workspace.root.appending(path: ".learn/Playground")
    options.mention("building the playground with your code")
    let lock = try Lock(in: folder)
    let parts: [Playground.Part]
    do {
      defer { lock.release() }
      parts = try Playground.build(with: examiner, in: folder)
    }
    for part in parts {
      options.say(["\(part.name): \(part.authorship.words(options.ink))"])
    }
    // With --json it is built and named, for a program that opens it.
    if options.json { return try options.emit(Answer(folder: folder.path, parts: parts)) }
    let words = ["studio", "--mine", folder.path]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    execv(studio.path, arguments)
    throw CourseError.noTool(studio.path, String(cString: strerror(errno)))
  }
}
