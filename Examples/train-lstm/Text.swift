import Fledge
import FledgeStudio
import Foundation

// The character language model.
extension TrainLSTM {
  func learnText() throws {
    let grammar = StoryGrammar.tales
    let corpus =
      try text.map { try TextCorpus(contentsOf: URL(fileURLWithPath: $0)) }
      ?? TextCorpus(
        text: grammar.write(characters: 1_000_000, Generator(seed: 0)), trainFraction: 0.95)
    let (batch, length, steps) = (batchSize ?? 16, length ?? 64, steps ?? 1500)
    let lanes = try TextLanes(corpus.train, count: batch, length: length)
    let held = try TextLanes(
      corpus.validation, count: min(batch, max(1, corpus.validation.count / (length + 1))),
      length: length)
    let (directory, log) = try outputs()

    let model = LSTMLanguageModel(
      .init(vocabulary: corpus.vocabulary.count, hidden: hidden ?? 256))
    let optimizer = AdamW(model.parameters(), learningRate: learningRate ?? 8e-3, weightDecay: 0)
    let schedule = CosineSchedule(warmUp: min(50, steps / 2), total: steps, minimum: 0.05)
    say(
      "\(text ?? "stories"): \(corpus.train.count) characters to learn, "
        + "\(corpus.vocabulary.count) different; \(model.parameterCount) parameters")

    let run =
      live
      ? try LiveRun(
        "train-lstm", total: steps, unit: "tokens", parameters: model.parameterCount,
        floor: text == nil ? grammar.entropyPerCharacter : nil) : nil
    let start = ContinuousClock.now
    let bar = ProgressBar(total: steps, unit: "tokens")
    var (losses, validation): ([Double], [(step: Int, loss: Double)]) = ([], [])
    var state: LSTM.State?
    for step in 0..<steps {
      let window = step % lanes.windows
      // Each lane continues where it stopped; at the end of the text it starts again.
      if window == 0 { state = nil }
      optimizer.learningRateFactor = schedule.factor(at: step) * (run?.rateFactor ?? 1)
      let result = model(lanes.inputs(window), state: state)
      let loss = crossEntropy(result.logits, lanes.targets(window))
      optimizer.zeroGrad()
      loss.backward()
      clipGradientNorm(model.parameters(), maximum: 1)
      optimizer.step()
      state = result.state.detached()
      losses.append(loss.item())
      try bar.withoutBar { try log.write("step", ["step": step + 1, "loss": losses.last!]) }
      bar.update(to: step + 1, loss: losses.last!, processed: batch * length)
      let goesOn =
        run?.step(
          step + 1, loss: losses.last!, model: model, processed: (step + 1) * batch * length)
        ?? true
      if (step + 1) % 250 == 0 || step + 1 == steps || !goesOn {
        validation.append((step + 1, meanLoss(over: held, model)))
        try bar.withoutBar {
          try log.write(
            "validation", ["step": step + 1, "val_loss": validation.last!.loss])
        }
        bar.update(to: step + 1, metrics: ["validation": validation.last!.loss])
        run?.record("val_loss", validation.last!.loss, at: step + 1)
      }
      if !goesOn { break }
    }
    bar.finish()
    run?.finish()
    let time = ContinuousClock.now - start

    var chart = LineChart(title: "loss of an LSTM", xLabel: "step", yLabel: "nats per character")
    chart.add(
      "training", x: losses.indices.map { Double($0 + 1) }, y: losses,
      style: .smoothed(weight: 0.95))
    chart.add(
      "validation", x: validation.map { Double($0.step) }, y: validation.map(\.loss),
      style: .marked)
    if text == nil {
      chart.referenceLines = [.init(grammar.entropyPerCharacter, label: "entropy of the grammar")]
    }
    try show(chart, in: directory)
    let last = validation.last!.loss
    say(String(format: "\nvalidation loss %.4f after %d steps; ", last, losses.count) + time.brief)
    if text == nil {
      say(
        String(
          format: "no model can go below %.4f, the entropy of the grammar",
          grammar.entropyPerCharacter))
    }
    let begin = Int(corpus.vocabulary.identifier(of: "\n") ?? 0)
    let tokens = model.generate(
      [begin], count: 300, temperature: 0.8, generator: Generator(seed: seed).split(7))
    let written = try corpus.vocabulary.decode(tokens.map { Int32($0) })
    say("\nnow it writes:\n    " + written.replacingOccurrences(of: "\n", with: "\n    ") + "\n")
    try model.save(to: directory.file("model.safetensors"))
    say("wrote loss.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "val_loss": last, "seconds": time.seconds, "parameters": model.parameterCount,
      ])
  }

  /// The mean loss over a text, with the state carried from window to window.
  private func meanLoss(over lanes: TextLanes, _ model: LSTMLanguageModel) -> Double {
    withoutGradients {
      var total = 0.0
      var state: LSTM.State?
      for window in 0..<lanes.windows {
        let result = model(lanes.inputs(window), state: state)
        total += crossEntropy(result.logits, lanes.targets(window)).item()
        state = result.state
      }
      return total / Double(lanes.windows)
    }
  }
}

/// A text cut into lanes that are read side by side, window after window, so that a state can be
/// carried from each window to the next.
private struct TextLanes {
  let windows: Int
  private let length: Int
  /// int64 [lanes, windows · length] each, the targets one character further.
  private let all: (inputs: Tensor, targets: Tensor)

  init(_ text: [Int32], count: Int, length: Int) throws(TextError) {
    guard !text.isEmpty else { throw .empty }
    let windows = (text.count - 1) / count / length
    guard windows > 0 else {
      throw .tooShort(characters: text.count, context: count * length)
    }
    self.windows = windows
    self.length = length
    let used = windows * length
    func lanes(_ offset: Int) -> Tensor {
      Tensor(
        Array(text[offset..<offset + count * used]), shape: [count, used], dtype: .int64)
    }
    all = (lanes(0), lanes(1))
  }

  /// int64 [lanes, length].
  func inputs(_ window: Int) -> Tensor {
    all.inputs.sliced(axis: 1, from: window * length, count: length)
  }

  /// int64 [lanes, length].
  func targets(_ window: Int) -> Tensor {
    all.targets.sliced(axis: 1, from: window * length, count: length)
  }
}
