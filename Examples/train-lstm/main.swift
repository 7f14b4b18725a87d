import ArgumentParser
import Fledge
import Foundation

struct TrainLSTM: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-lstm",
    abstract: "Train an LSTM on text, or show that it remembers what a plain RNN forgets.",
    discussion: """
      As a language model it reads one character after another and predicts the next; the state
      carries over what it read to the next window. The adding problem (Hochreiter & Schmidhuber 1997)
      gives two numbers to add, marked among many, and asks for their sum at the end.

        train-lstm                       stories of a grammar with a known entropy
        train-lstm --text book.txt       any text: the first 90% train
        train-lstm --task adding         LSTM and RNN side by side
      """)

  enum Task: String, CaseIterable, ExpressibleByArgument { case text, adding }

  @Option(help: "What to learn: \(Task.allCases.map(\.rawValue).joined(separator: ", ")).")
  var task = Task.text
  @Option(help: "A text file to learn (UTF-8); by default, stories of the grammar.")
  var text: String?
  @Option(help: "Optimizer steps (text: 1500, adding: 3000).") var steps: Int?
  @Option(help: "Sequences per step (text: 16, adding: 64).") var batchSize: Int?
  @Option(help: "Steps of a sequence (text: 64, adding: 60).") var length: Int?
  @Option(help: "Units of the state (text: 256, adding: 64).") var hidden: Int?
  @Option(help: "The highest learning rate (text: 0.008, adding: 0.003).")
  var learningRate: Double?
  @Option(help: "The seed of data, weights and samples.") var seed: UInt64 = 1
  @Option(help: "Where to write plot, metrics and weights.", completion: .directory)
  var out = "runs/train-lstm"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    for (value, name) in [
      (steps, "--steps"), (batchSize, "--batch-size"), (hidden, "--hidden"),
    ] {
      if let value, value < 1 { throw ValidationError("\(name) must be at least 1.") }
    }
    if let length, length < 2 { throw ValidationError("--length must be at least 2.") }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if task == .adding && text != nil { throw ValidationError("--text goes with --task text.") }
  }

  func run() throws {
    Fledge.seed(seed)
    switch task {
    case .text: try learnText()
    case .adding: try learnAdding()
    }
  }

  func outputs() throws -> (OutputDirectory, MetricsLog) {
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    return (directory, log)
  }

  /// Writes the chart to the directory and draws it on the terminal.
  func show(_ chart: LineChart, in directory: OutputDirectory) throws {
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
  }
}

TrainLSTM.main()
