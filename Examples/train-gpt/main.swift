import ArgumentParser
import ExampleRanks
import Fledge
import Foundation

struct TrainGPT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-gpt",
    abstract: "Train a small character-level GPT and let it write.",
    discussion: """
      Without arguments it learns short stories from a grammar with a known entropy, so the loss
      curve shows the floor that no model can beat.

        train-gpt                                      stories, about a minute
        train-gpt --text book.txt                      any text: the first 90% train
        train-gpt --text book.txt --preset nanogpt-cpu the settings of nanoGPT's README for a CPU
        train-gpt --ranks 4 --strategy zero2           four ranks, each with a part of every batch
        train-gpt --resume                             continue from the checkpoint in --out
        train-gpt --sample --prompt "The fox"          let the checkpoint in --out write

      Ctrl-C ends a run after the current step and saves it.
      """)

  enum Preset: String, CaseIterable, ExpressibleByArgument {
    case stories
    case nanogptCPU = "nanogpt-cpu"
  }

  @Option(help: "A text file to learn (UTF-8); by default, stories of the grammar.")
  var text: String?
  @Option(
    help: "Settings to start from: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")).")
  var preset: Preset?
  @Option(help: "Optimizer steps.") var steps: Int?
  @Option(help: "Windows per step.") var batchSize: Int?
  @Option(help: "Characters per window.") var context: Int?
  @Option(help: "The highest learning rate; it ends at a tenth.") var learningRate: Double?
  @Option(help: "Steps between validations.") var evaluateEvery: Int = 250
  @Option(help: "Steps between checkpoints.") var saveEvery: Int = 250
  @Flag(help: "Only write: load the checkpoint in --out and continue --prompt.")
  var sample = false
  @Option(help: "The beginning of the text; by default, a line break.") var prompt: String?
  @Option(help: "Characters to write, with --sample and after training.") var length = 400
  @Option(help: "The sampling temperature; 0 takes the likeliest character each time.")
  var temperature = 0.8
  @Option(help: "The seed of data, weights and samples.") var seed: UInt64 = 1
  @Option(help: "Where to write plot, metrics and checkpoint.", completion: .directory)
  var out = "runs/train-gpt"
  @OptionGroup var ranks: RankOptions
  @Flag(help: "Run forward and backward passes as a graph, with the same numbers.")
  var compile = false
  @Flag(help: "Continue from the checkpoint in --out.") var resume = false
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    func positive(_ value: Int?, _ name: String) throws {
      if let value, value < 1 { throw ValidationError("\(name) must be at least 1.") }
    }
    try positive(steps, "--steps")
    try positive(batchSize, "--batch-size")
    try positive(context, "--context")
    try positive(evaluateEvery, "--evaluate-every")
    try positive(saveEvery, "--save-every")
    if length < 0 { throw ValidationError("--length must not be negative.") }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be 0 or more.")
    }
    if compile && (ranks.areSeveral || live) {
      throw ValidationError("--compile is for a run of one rank that nobody watches.")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if ranks.areSeveral && live {
      throw ValidationError("--live shows a run of one rank; leave out --ranks.")
    }
    if ranks.areSeveral && sample { throw ValidationError("--sample needs one rank only.") }
    if resume && sample { throw ValidationError("--resume and --sample exclude each other.") }
    let fixed: [(String, Bool)] = [
      ("--text", text != nil), ("--preset", preset != nil), ("--batch-size", batchSize != nil),
      ("--context", context != nil), ("--learning-rate", learningRate != nil),
    ]
    if resume || sample, let (name, _) = fixed.first(where: { $0.1 }) {
      throw ValidationError("\(name) is part of the checkpoint and cannot be changed.")
    }
  }

  func run() throws {
    if sample {
      let session = try Session(resuming: checkpointPath, steps: nil, RankPlan())
      return print(try session.write(after: prompt, length, temperature: temperature, seed: seed))
    }
    try ranks.run { try train($0) }
  }

  private func train(_ plan: RankPlan) throws {
    // All input is read before anything is written.
    let session =
      try resume
      ? Session(resuming: checkpointPath, steps: steps, plan)
      : Session(settings(), text: text, plan)
    try session.checkPrompt(prompt)
    try session.train(self, try OutputDirectory(out))
  }

  private var checkpointPath: String {
    (out as NSString).appendingPathComponent("checkpoint.safetensors")
  }

  private func settings() -> Settings {
    var settings = preset == .nanogptCPU || text != nil ? Settings.nanoGPT : .stories
    settings.seed = seed
    if let steps { settings.steps = steps }
    if let batchSize { settings.batchSize = batchSize }
    if let context { settings.context = context }
    if let learningRate { settings.learningRate = learningRate }
    return settings
  }
}

TrainGPT.main()
