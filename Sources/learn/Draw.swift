import ArgumentParser
import Fledge
import FledgeLearn
import Foundation

/// `learn draw`: for those who write chapters, and for continuous integration.
struct Draw: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws the pictures of the chapters into \(CoursePicture.folder).",
    shouldDisplay: false)

  @Argument(help: "The pictures; all if none is named.")
  var names: [String] = []
  @Flag(help: "Write nothing; fail if a file is out of date.")
  var check = false

  func run() throws {
    for name in names where !CoursePicture.all.contains(where: { $0.name == name }) {
      throw ValidationError(
        "There is no picture '\(name)'; there are "
          + CoursePicture.all.map(\.name).joined(separator: ", ") + ".")
    }
    let folder = Setting.root.appending(path: CoursePicture.folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var stale: [String] = []
    for picture in CoursePicture.all where names.isEmpty || names.contains(picture.name) {
      let file = folder.appending(path: picture.name + ".svg")
      let svg = picture.svg()
      if !check {
        try AtomicFile.write(svg, to: file.path)
      } else if (try? String(contentsOf: file, encoding: .utf8)) != svg {
        stale.append(picture.name)
      }
    }
    if !stale.isEmpty {
      print("out of date: \(stale.joined(separator: ", ")); run `swift run learn draw`")
      throw ExitCode.failure
    }
  }
}
