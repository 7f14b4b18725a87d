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
