import ArgumentParser
import Fledge
import Foundation

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast Fledge is on this machine.",
    discussion: """
        bench                              all workloads
        bench --filter gpt-char,sgemm-*    some of them
        bench --list                       what there is
        bench scaling                      how costs grow with sizes

      `make bench` runs the same workloads in PyTorch beside it, `make scaling` draws the curves.
      """,
    subcommands: [WorkloadsCommand.self, ScalingCommand.self],
    defaultSubcommand: WorkloadsCommand.self)
}

/// What both commands are told.
struct Selection: ParsableArguments {
  @Option(help: "Names, comma separated; * stands for anything.")
  var filter = "*"
  @Option(help: "Threads; all cores where not given.") var threads: Int?
  @Option(help: "Seconds of measuring each time.") var seconds = 1.0
  @Flag(help: "One JSON object a line.") var json = false
  @Flag(help: "List what there is.") var list = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    if !(seconds > 0 && seconds.isFinite) {
      throw ValidationError("--seconds must be a positive number.")
    }
  }
}

/// A line on standard output at once, also where that is a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

Bench.main()
