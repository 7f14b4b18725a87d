import Fledge
import FledgeStudio
import Foundation

// The adding problem (Hochreiter & Schmidhuber 1997): of `length` numbers in 0…1 two are marked, one
// in each half; the answer is their sum. Answering 1 every time has the mean squared error 1/6.
extension TrainLSTM {
  func learnAdding() throws {
    let (directory, log) = try outputs()
    let (length, units, steps) = (length ?? 60, hidden ?? 64, steps ?? 3000)
    let models: [(name: String, model: Adder)] = [
      ("LSTM", Adder(LSTM(2, units), units)), ("RNN", Adder(RNN(2, units), units)),
    ]
    say("two of \(length) numbers are marked; what is their sum?")
    var chart = LineChart(
      title: "the adding problem, length \(length)", xLabel: "step", yLabel: "mean squared error")
    chart.referenceLines = [.init(1.0 / 6, label: "answering 1 every time")]
    let run =
      live ? try LiveRun("train-lstm adding", total: steps * models.count, floor: 0) : nil
    let start = ContinuousClock.now
    let bar = ProgressBar(total: steps * models.count)
    var results: [(name: String, error: Double)] = []
    for (index, (name, model)) in models.enumerated() {
      let data = Generator(seed: seed).split(1)
      let optimizer = Adam(model.parameters(), learningRate: learningRate ?? 3e-3)
      let schedule = CosineSchedule(total: steps + 1, minimum: 0.05)
      var losses: [Double] = []
      for step in 0..<steps {
        optimizer.learningRateFactor = schedule.factor(at: step) * (run?.rateFactor ?? 1)
        let (x, y) = Self.sums(count: batchSize ?? 64, length: length, data)
        let loss = meanSquaredError(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        clipGradientNorm(model.parameters(), maximum: 1)
        optimizer.step()
        losses.append(loss.item())
        try bar.withoutBar {
          try log.write("step", ["model": name, "step": step + 1, "loss": losses.last!])
        }
        bar.update(to: index * steps + step + 1, loss: losses.last!)
        let goesOn = run?.step(
          index * steps + step + 1, loss: losses.last!, named: "\(name)/loss", model: model)
        if goesOn == false { break }
      }
      let (x, y) = Self.sums(count: 2000, length: length, Generator(seed: seed).split(2))
      let error = withoutGradients { meanSquaredError(model(x), y).item() }
      results.append((name, error))
      try bar.withoutBar { try log.write("test", ["model": name, "error": error]) }
      chart.add(
        name, x: losses.indices.map { Double($0 + 1) }, y: losses,
        style: .smoothed(weight: 0.95))
    }
    bar.finish()
    run?.finish()
    let time = ContinuousClock.now - start
    try show(chart, in: directory)
    say("\nmean squared error over 2000 new sequences (answering 1 every time: 0.1667)")
    for (name, error) in results {
      say(
        "  " + name.padding(toLength: 6, withPad: " ", startingAt: 0)
          + String(format: "%.5f", error))
    }
    say("\(time.brief); wrote loss.svg and metrics.jsonl to \(directory.path)")
    try log.write(
      "final",
      [
        "lstm_error": results[0].error, "rnn_error": results[1].error, "seconds": time.seconds,
      ])
  }

  /// x [T, B, 2] (number, mark) and sums [B, 1].
  private static func sums(count: Int, length: Int, _ data: Generator) -> (x: Tensor, y: Tensor) {
    var x = [Float](repeating: 0, count: length * count * 2)
    var y = [Float](repeating: 0, count: count)
    for row in 0..<count {
      for t in 0..<length { x[(t * count + row) * 2] = Float(data.uniform(in: 0..<1)) }
      let half = length / 2
      for t in [data.integer(below: half), half + data.integer(below: length - half)] {
        x[(t * count + row) * 2 + 1] = 1
        y[row] += x[(t * count + row) * 2]
      }
    }
    return (Tensor(x, shape: [length, count, 2]), Tensor(y, shape: [count, 1]))
  }
}

/// A recurrent layer and a linear one on its last output.   Shape: [T, B, 2] → [B, 1].
private final class Adder: Module {
  let recurrent: RecurrentLayer
  let head: Linear

  init(_ recurrent: RecurrentLayer, _ hidden: Int) {
    self.recurrent = recurrent
    head = Linear(hidden, 1)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { head(recurrent(x)[-1]) }
}
