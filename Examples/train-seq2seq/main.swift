import ArgumentParser
import Fledge
import Foundation

struct TrainSeq2Seq: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-seq2seq",
    abstract: "Train an encoder–decoder Transformer to reverse sequences.",
    discussion: """
      The encoder reads a word of random letters, the decoder writes it backwards, letter by letter,
      and has to attend to the right place each time. Tested on words it never saw, it must get
      every letter right.

        train-seq2seq                    words of up to 10 letters
        train-seq2seq --length 20        longer ones
      """)

  @Option(help: "The longest word.") var length = 10
  @Option(help: "Different letters, at most 26.") var letters = 26
  @Option(help: "Optimizer steps.") var steps = 1500
  @Option(help: "Words a step.") var batchSize = 64
  @Option(help: "The highest learning rate.") var learningRate = 2e-3
  @Option(help: "The seed of words and weights.") var seed: UInt64 = 1
  @Option(help: "Where to write plot, metrics and weights.", completion: .directory)
  var out = "runs/train-seq2seq"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false

  func validate() throws {
    for (value, name) in [(length, "--length"), (steps, "--steps"), (batchSize, "--batch-size")]
    where value < 1 {
      throw ValidationError("\(name) must be at least 1.")
    }
    if !(1...26).contains(letters) { throw ValidationError("--letters must be in 1…26.") }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
  }

  func run() throws {
    Fledge.seed(seed)
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    let words = Words(letters: letters, length: length)
    let model = Seq2SeqTransformer(
      Seq2SeqConfiguration(
        vocabulary: letters + 3, beginToken: words.begin, endToken: words.end))
    let optimizer = AdamW(
      model.parameterGroups(learningRate: learningRate, decayingMatricesBy: 0.01), beta2: 0.98)
    let schedule = CosineSchedule(warmUp: min(100, steps / 2), total: steps, minimum: 0.02)
    say("words of up to \(length) letters; \(model.parameterCount) parameters")

    let data = Generator(seed: seed).split(1)
    let start = ContinuousClock.now
    let bar = ProgressBar(total: steps, unit: "words")
    var losses: [Double] = []
    for step in 0..<steps {
      optimizer.learningRateFactor = schedule.factor(at: step)
      let batch = words.batch(batchSize, data)
      let logits = model(batch.source, batch.target, sourceMask: batch.mask)
      let loss = crossEntropy(logits, batch.answer, ignoreIndex: words.padding)
      optimizer.zeroGrad()
      loss.backward()
      clipGradientNorm(model.parameters(), maximum: 1)
      optimizer.step()
      losses.append(loss.item())
      try bar.withoutBar { try log.write("step", ["step": step + 1, "loss": losses.last!]) }
      bar.update(to: step + 1, loss: losses.last!, processed: batchSize)
    }
    bar.finish()
    let time = ContinuousClock.now - start

    let test = words.batch(1000, Generator(seed: seed).split(2))
    let written = model.translate(test.source, sourceMask: test.mask, maximum: length + 1)
    let right = zip(written, test.words).count { $0 == $1.reversed() }
    let accuracy = Double(right) / 1000

    var chart = LineChart(title: "reversing words", xLabel: "step", yLabel: "loss")
    chart.add(
      "training", x: losses.indices.map { Double($0 + 1) }, y: losses,
      style: .smoothed(weight: 0.9))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    let style = TerminalStyle.detected(isTerminal: isatty(STDERR_FILENO) != 0)
    say(chart.terminal(style: style).joined(separator: "\n"))
    for (word, answer) in zip(test.words, written).prefix(5) {
      say("  \(words.text(word)) → \(words.text(answer))")
    }
    say(
      String(format: "\n%.1f%% of 1000 new words exactly right; ", accuracy * 100) + time.brief)
    let tensors = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    try Safetensors.write(tensors, to: directory.file("model.safetensors"))
    say("wrote loss.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "accuracy": accuracy, "loss": losses.last!, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }
}

/// Words of random letters, as tokens: letters from 0, then padding, begin and end.
struct Words {
  let letters: Int
  let length: Int

  var padding: Int { letters }
  var begin: Int { letters + 1 }
  var end: Int { letters + 2 }

  struct Batch {
    let words: [[Int]]
    /// int64 [B, S], padded; bool [B, S], false for padding.
    let source, mask: Tensor
    /// int64 [B, S + 1]: begin and the answer; the answer and end.
    let target, answer: Tensor
  }

  func batch(_ count: Int, _ data: Generator) -> Batch {
    let words = (0..<count).map { _ in
      (0..<1 + data.integer(below: length)).map { _ in data.integer(below: letters) }
    }
    func padded(_ rows: [[Int]], to width: Int) -> Tensor {
      Tensor(
        rows.flatMap { $0 + [Int](repeating: padding, count: width - $0.count) },
        shape: [count, width])
    }
    let source = padded(words, to: length)
    return Batch(
      words: words, source: source, mask: source .!= Double(padding),
      target: padded(words.map { [begin] + $0.reversed() }, to: length + 1),
      answer: padded(words.map { $0.reversed() + [end] }, to: length + 1))
  }

  /// "abc".
  func text(_ word: [Int]) -> String {
    String(String.UnicodeScalarView(word.map { Unicode.Scalar(97 + UInt8(min($0, 25))) }))
  }
}

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

TrainSeq2Seq.main()
