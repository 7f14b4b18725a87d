import ArgumentParser
import Fledge
import Foundation

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast Fledge is on this machine.",
    discussion: """
      Each workload is repeated for --seconds; the table shows the median and the smallest time of
      one run. `make bench` runs the same workloads in PyTorch beside it.

        bench                              all workloads
        bench --filter gpt-char,sgemm-*    some of them
        bench --list                       what there is
      """)

  @Option(help: "Names of workloads, comma separated; * stands for anything.")
  var filter = "*"
  @Option(help: "Threads; all cores where not given.") var threads: Int?
  @Option(help: "Seconds of measuring for each workload.") var seconds = 1.0
  @Flag(help: "One JSON line for each workload.") var json = false
  @Flag(help: "List the workloads.") var list = false
  @Flag(help: "Show where one run's time goes, operation by operation.") var profile = false
  @Option(help: "Write the profile as a Chrome trace, for https://ui.perfetto.dev.")
  var trace: String?
  @Flag(
    help: ArgumentHelp(
      "Prepare the (one) workload, then measure it once for each line read from standard input.",
      discussion: "For comparisons: two processes that take turns meet the same machine."))
  var paced = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    if !(seconds > 0 && seconds.isFinite) {
      throw ValidationError("--seconds must be a positive number.")
    }
    if chosen.isEmpty { throw ValidationError("no workload is called '\(filter)'; see --list.") }
    if (paced || trace != nil) && chosen.count > 1 {
      throw ValidationError("--paced and --trace take one workload.")
    }
  }

  private var chosen: [Workload] { Workload.all.filter { $0.matches(filter) } }

  func run() throws {
    if let threads { ThreadPool.threadCount = threads }
    if list {
      for workload in chosen { say(workload.name.padded(to: 20) + workload.about) }
    } else if profile || trace != nil {
      for workload in chosen { try showProfile(of: workload) }
    } else if paced {
      let measurement = Measurement(chosen[0])
      say("ready")
      while readLine() != nil { say(measurement.take(seconds: seconds).json) }
    } else {
      if !json { say(Result.heading) }
      for workload in chosen {
        let result = Measurement(workload).take(seconds: seconds)
        say(json ? result.json : result.row)
      }
    }
  }

  private func showProfile(of workload: Workload) throws {
    let measurement = Measurement(workload)
    let (_, profile) = withProfiler { measurement.run() }
    say("\(workload.name): \(workload.about)\n\(profile)\n")
    if let trace { try AtomicFile.write(profile.chromeTrace(), to: trace) }
  }
}

/// A line on standard output at once, also where that is a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

Bench.main()
