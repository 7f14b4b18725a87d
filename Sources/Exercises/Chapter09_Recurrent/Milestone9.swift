import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import FledgePlots
import Foundation

/// Trains the learner's LSTM on the adding problem (Hochreiter and Schmidhuber 1997): of many numbers two
/// are marked, and the answer is their sum. Then draws how much of the gradient arrives at each step, for
/// the learner's LSTM and the learner's RNN.
func milestone9(_ run: MilestoneRun) throws {
  let start = ContinuousClock.now
  let generator = Generator(seed: 1)
  if run.control == "plain-cells" {
    train(withGenerator(generator) { Adder(myRNN(2, AddingProblem.hidden)) }, run)
  } else {
    let adder = withGenerator(generator) { freshLSTM() }
    train(adder, run)
    if run.control == nil { drawGradients(adder, run) }
  }
  run.report("seconds", (ContinuousClock.now - start) / .seconds(1))
}

private enum AddingProblem {
  static let length = 30
  static let hidden = 16
  static let batchSize = 32
  static let steps = 400

  /// x [T, B, 2], number and mark, and the sums [B, 1]. One mark is in each half.
  static func sums(_ count: Int, _ data: Generator) -> (x: Tensor, y: Tensor) {
    var x = [Float](repeating: 0, count: length * count * 2)
    var y = [Float](repeating: 0, count: count)
    for row in 0..<count {
      for t in 0..<length { x[(t * count + row) * 2] = Float(data.uniform(in: 0..<1)) }
      for t in [data.integer(below: length / 2), length / 2 + data.integer(below: length / 2)] {
        x[(t * count + row) * 2 + 1] = 1
        y[row] += x[(t * count + row) * 2]
      }
    }
    return (Tensor(x, shape: [length, count, 2]), Tensor(y, shape: [count, 1]))
  }
}

/// The learner's LSTM, its gates set to keep for about as long as a sequence is: log T for the forget
/// gate's bias and −log T for the input gate's (Tallec and Ollivier 2018).
private func freshLSTM() -> Adder<MyLSTMCell> {
  let adder = Adder(myLSTM(2, AddingProblem.hidden))
  let zeros = Tensor.zeros([AddingProblem.hidden])
  let kept = log(Double(AddingProblem.length))
  adder.network.cells[0].bias = Tensor.concatenate([zeros - kept, zeros + kept, zeros, zeros])
  return adder
}

/// A recurrent network and a linear layer on its last output.   Shape: [T, B, 2] → [B, 1]
private final class Adder<Cell: StepCell>: Module {
  let network: MyRecurrent<Cell>
  let head: Linear

  init(_ network: MyRecurrent<Cell>) {
    self.network = network
    head = Linear(AddingProblem.hidden, 1)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    head(mySplit(network(x))[AddingProblem.length - 1])
  }
}

extension Adder<MyLSTMCell> {
  /// Reads step by step, and lets no gradient through time.
  fileprivate func withoutTime(_ x: Tensor) -> Tensor {
    var states: [MyLSTMState]?
    var last = Tensor.zeros([0])
    for step in mySplit(x) {
      let result = network(myStack([step]), from: states.map(TextTraining.cut))
      states = result.states
      last = result.y
    }
    return head(mySplit(last)[0])
  }
}

private func train<Cell: StepCell>(_ adder: Adder<Cell>, _ run: MilestoneRun) {
  func answer(_ x: Tensor) -> Tensor {
    guard run.control == "cut-at-every-step", let lstm = adder as? Adder<MyLSTMCell> else {
      return adder(x)
    }
    return lstm.withoutTime(x)
  }
  let (data, others) = (Generator(seed: 2), Generator(seed: 3))
  let optimizer = Adam(adder.parameters(), learningRate: 4e-2)
  let schedule = CosineSchedule(total: AddingProblem.steps, minimum: 0.05)
  var recent: [Double] = []
  for step in 0..<AddingProblem.steps {
    var (x, y) = AddingProblem.sums(AddingProblem.batchSize, data)
    if run.control == "answers-of-others" {
      y = AddingProblem.sums(AddingProblem.batchSize, others).y
    }
    optimizer.learningRateFactor = schedule.factor(at: step)
    optimizer.zeroGrad()
    let loss = meanSquaredError(answer(x), y)
    loss.backward()
    clipGradientNorm(adder.parameters(), maximum: 1)
    optimizer.step()
    recent.append(loss.item())
    run.record("loss", recent.last!, at: step + 1, of: AddingProblem.steps)
    if step % 50 == 49 {
      run.progress(
        String(format: "step %4d   error %.4f", step + 1, recent.suffix(50).reduce(0, +) / 50))
    }
  }
  let (x, y) = AddingProblem.sums(1000, Generator(seed: 4))
  run.report("error", withoutGradients { meanSquaredError(adder(x), y).item() })
  run.report("error of always answering 1", (y - 1).square().mean().item())
  run.report("parameters", Double(adder.parameterCount))
}

/// The norm of the last answer's gradient at each step of the input.
private func drawGradients(_ adder: Adder<MyLSTMCell>, _ run: MilestoneRun) {
  func norms(_ answer: (Tensor) -> Tensor) -> [Double] {
    let x = AddingProblem.sums(64, Generator(seed: 5)).x.requiringGradients()
    let slope = gradients(of: answer(x).sum(), withRespectTo: [x])[0]
    return slope.square().sum(axes: [1, 2]).sqrt().array(of: Double.self)
  }
  let plain = withGenerator(Generator(seed: 6)) { Adder(myRNN(2, AddingProblem.hidden)) }
  let fresh = withGenerator(Generator(seed: 6)) { freshLSTM() }
  var chart = LineChart(
    title: "how much of the answer's gradient arrives at each number", xLabel: "step",
    yLabel: "norm", isLogarithmic: true)
  let steps = (1...AddingProblem.length).map(Double.init)
  chart.add("your LSTM, trained", x: steps, y: norms { adder($0) })
  chart.add("your LSTM at first", x: steps, y: norms { fresh($0) })
  chart.add("your RNN at first", x: steps, y: norms { plain($0) })
  run.draw("gradients", svg: chart.svg(), lines: chart.terminal(width: 76))
}
