import ArgumentParser
import Fledge
import FledgeDistributed
import Foundation

struct DemoRanks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo-ranks",
    abstract: "Show what several ranks do together: messages, data parallelism, sharded state.",
    discussion: """
      The ranks are threads of this process. Every part checks what it shows, and the command fails
      where a check does.

        demo-ranks                     all parts, four ranks
        demo-ranks --part overlap      a slow link: buckets that travel during the backward pass
        demo-ranks --part relaxed      fewer bytes: codes, local steps, one peer, no waiting
        demo-ranks --ranks 8           others than four
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case collectives, ddp, overlap, relaxed, zero, failure
  }

  @Option(help: "How many ranks.") var ranks = 4
  @Option(help: "One part: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")
  var part: Part?

  func validate() throws {
    // The classifier's batches have 40 examples, of which each rank needs one.
    if !(2...40).contains(ranks) { throw ValidationError("--ranks must be from 2 to 40.") }
  }

  func run() throws {
    for part in part.map({ [$0] }) ?? Part.allCases {
      switch part {
      case .collectives: try showCollectives()
      case .ddp: try showDataParallel()
      case .overlap: try showOverlap()
      case .relaxed: try showRelaxed()
      case .zero: try showZero()
      case .failure: try showFailure()
      }
    }
  }

  /// Ends the command where a figure is not what it must be.
  func expect(_ condition: Bool, _ what: String) throws {
    if condition { return }
    say("demo-ranks: \(what)")
    throw ExitCode.failure
  }

  func title(_ text: String) { print("\n\(text)\n\(String(repeating: "─", count: text.count))") }

  func megabytes(_ bytes: Int) -> String { String(format: "%.2f MB", Double(bytes) / 1e6) }

  func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

DemoRanks.main()
