import ArgumentParser
import Fledge

struct WorkloadsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workloads",
    abstract: "Measure single pieces of work.",
    discussion: """
      Each workload is repeated for --seconds; the table shows the median and the smallest time of
      one run. Optimizers (optimizer-*) and half precision (half-*) are measured where they are
      named.
      """)

  @OptionGroup var selection: Selection
  @Flag(help: "Show where one run's time goes, operation by operation.") var profile = false
  @Option(help: "Write the profile as a Chrome trace, for https://ui.perfetto.dev.")
  var trace: String?
  @Flag(
    help: ArgumentHelp(
      "Prepare the (one) workload, then measure it once for each line read from standard input.",
      discussion: "For comparisons: two processes that take turns meet the same machine."))
  var paced = false
  @Flag(
    help: ArgumentHelp(
      "Prepare the (one) workload, run it once, say so and end.",
      discussion: "The parent process then knows the time from there to the first step."))
  var firstStep = false

  func validate() throws {
    if chosen.isEmpty {
      throw ValidationError("no workload is called '\(selection.filter)'; see --list.")
    }
    if (paced || firstStep || trace != nil) && chosen.count > 1 {
      throw ValidationError("--paced, --first-step and --trace take one workload.")
    }
  }

  private var chosen: [Workload] { Workload.named(selection.filter) }

  func run() throws {
    if let threads = selection.threads { ThreadPool.threadCount = threads }
    if selection.list {
      for workload in chosen { say(workload.name.padded(to: 20) + workload.about) }
    } else if profile || trace != nil {
      for workload in chosen { try showProfile(of: workload) }
    } else if firstStep {
      chosen[0].prepare()()
      say("first step")
    } else if paced {
      let measurement = Measurement(chosen[0])
      say("ready")
      while readLine() != nil { say(measurement.take(seconds: selection.seconds).json) }
    } else {
      if !selection.json { say(Result.heading) }
      for workload in chosen {
        let result = Measurement(workload).take(seconds: selection.seconds)
        say(selection.json ? result.json : result.row)
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
