import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct TrainSeq2Seq: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-seq2seq",
    abstract: "Train an encoder–decoder Transformer to reverse sequences.",
    discussion: """
      The encoder reads a word of random letters, the decoder writes it backwards, letter by letter,
      and has to attend to the right position each time. On new words, every letter must be right.

        train-seq2seq                    words of up to 10 letters
        train-seq2seq --length 20        longer ones
        train-seq2seq --word fledgling   draws the decoder's attention while it reverses this word
      """)

  @Option(help: "The longest word.") var length = 10
  @Option(help: "Different letters, at most 26.") var letters = 26
  @Option(help: "Optimizer steps.") var steps = 1500
  @Option(help: "Words per step.") var batchSize = 64
  @Option(help: "The highest learning rate.") var learningRate = 2e-3
  @Option(help: "The word whose attention is drawn; by default, one of the new words.")
  var word: String?
  @Option(help: "The seed of words and weights.") var seed: UInt64 = 1
  @Option(help: "Where to write plot, metrics and weights.", completion: .directory)
  var out = "runs/train-seq2seq"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    for (value, name) in [(length, "--length"), (steps, "--steps"), (batchSize, "--batch-size")]
    where value < 1 {
      throw ValidationError("\(name) must be at least 1.")
    }
    if !(1...26).contains(letters) { throw ValidationError("--letters must be in 1…26.") }
    if let word {
      let last = UnicodeScalar(96 + UInt8(letters))
      if !(1...length).contains(word.count)
        || !word.unicodeScalars.allSatisfy(("a"...last).contains)
      {
        throw ValidationError("--word must have 1…\(length) letters of a…\(last).")
      }
    }
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
    let trainer = makeTrainer(model, words)
    trainer.record(to: log, .steps)
    var losses: [Double] = []
    trainer.on(.stepEnds) { losses.append($0.loss) }
    say("words of up to \(length) letters; \(model.parameterCount) parameters")

    if live {
      try trainer.live("train-seq2seq").show("new words") {
        let some = words.batch(6, Generator(seed: seed).split(3))
        let answers = model.translate(some.source, sourceMask: some.mask, maximum: length + 1)
        return .text(
          zip(some.words, answers).map { "\(words.text($0)) → \(words.text($1))" }
            .joined(separator: "\n"))
      }
    }
    let start = ContinuousClock.now
    try trainer.train(until: .steps(steps))
    let time = ContinuousClock.now - start

    let test = words.batch(1000, Generator(seed: seed).split(2))
    let written = model.translate(test.source, sourceMask: test.mask, maximum: length + 1)
    let accuracy = Double(zip(written, test.words).count { $0 == $1.reversed() }) / 1000

    var chart = LineChart(title: "reversing words", xLabel: "step", yLabel: "loss")
    chart.add(
      "training", x: losses.indices.map { Double($0 + 1) }, y: losses,
      style: .smoothed(weight: 0.9))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
    for (word, answer) in zip(test.words, written).prefix(5) {
      say("  \(words.text(word)) → \(words.text(answer))")
    }
    let shown = word.map(words.tokens) ?? test.words.first { $0.count == length } ?? test.words[0]
    let mirrored = try drawAttention(model, words, shown, directory)
    say(
      String(
        format:
          "\nwriting \"%@\", %.0f%% of its attention is on the letter that it writes",
        words.text(shown.reversed()), mirrored * 100))
    say(String(format: "%.1f%% of 1000 new words exactly right; ", accuracy * 100) + time.brief)
    try model.save(to: directory.file("model.safetensors"))
    say(
      "wrote loss.svg, attention.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "accuracy": accuracy, "loss": losses.last!, "mirrored_attention": mirrored,
        "seconds": time.seconds, "parameters": model.parameterCount,
      ])
  }

  private func makeTrainer(_ model: Seq2SeqTransformer, _ words: Words) -> Trainer<Words.Batch> {
    let optimizer = AdamW(
      model.parameterGroups(learningRate: learningRate, decayingMatricesBy: 0.01), beta2: 0.98)
    let data = TrainingData(drawingWith: Generator(seed: seed).split(1)) {
      words.batch(batchSize, $0)
    }
    let trainer = Trainer(model, optimizer, on: data, count: { $0.words.count }) { batch in
      let logits = model(batch.source, batch.target, sourceMask: batch.mask)
      return crossEntropy(logits, batch.answer, ignoreIndex: words.padding)
    }
    trainer.schedule = CosineSchedule(warmUp: min(100, steps / 2), total: steps, minimum: 0.02)
    trainer.clipping = .norm(1)
    trainer.progress = .standardError
    trainer.unit = "words"
    trainer.handlesInterrupts = false  // too short to need checkpoints
    return trainer
  }

  /// Draws the decoder's attention to `word` while it writes each letter of its reversal, averaged
  /// over the heads of the last layer. Returns the fraction that is on the letter's own position.
  private func drawAttention(
    _ model: Seq2SeqTransformer, _ words: Words, _ word: [Int], _ directory: OutputDirectory
  ) throws -> Double {
    model.eval()
    let count = word.count
    let source = Tensor(word, shape: [1, count])
    let target = Tensor([words.begin] + word.dropFirst().reversed(), shape: [1, count])
    // The last attention of a decoder's block is the cross-attention to the encoder.
    let cross = withoutGradients { withAttentionMaps { model(source, target) }.maps.last! }
    let mean = cross[0].mean(axes: [0])
    let letters = word.map { words.text([$0]) }
    var map = HeatMap(title: "the decoder's attention while it writes", mean)
    map.rowLabels = letters.reversed()
    map.columnLabels = letters
    (map.rowTitle, map.columnTitle) = ("written", "read")
    map.range = 0...1
    try AtomicFile.write(map.svg(), to: directory.file("attention.svg"))
    return (0..<count).reduce(0) { $0 + mean[$1, count - 1 - $1].item() } / Double(count)
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

  func tokens(_ word: String) -> [Int] { word.utf8.map { Int($0) - 97 } }

  /// "abc".
  func text(_ word: [Int]) -> String {
    String(String.UnicodeScalarView(word.map { Unicode.Scalar(97 + UInt8(min($0, 25))) }))
  }
}

TrainSeq2Seq.main()
