import ArgumentParser
import Fledge
import FledgeLearn
import Foundation

extension PlaneDataset: ExpressibleByArgument {}

struct ShowBoundary: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boundary",
    abstract: "The decision boundary of a small network, drawn while it learns.",
    discussion: """
      On a terminal the picture is drawn again in the same place; elsewhere only the first and the \
      last are written.
      """)

  @Argument(help: "The points: \(PlaneDataset.allCases.map(\.rawValue).joined(separator: ", ")).")
  var dataset = PlaneDataset.moons
  @Option(help: "The number of points.")
  var points = 100
  @Option(help: "The units of each of the two hidden layers.")
  var hidden = 16
  @Option(help: "The number of steps of Adam.")
  var steps = 200
  @Option(help: "Adam's learning rate.")
  var learningRate = 0.03
  @Option(help: "The seed of points and weights.")
  var seed: UInt64 = 1
  @OptionGroup var options: PictureOptions

  func validate() throws {
    for (name, value, most) in [
      ("--points", points, 10_000), ("--hidden", hidden, 1024), ("--steps", steps, 1_000_000),
    ] where !(1...most).contains(value) {
      throw ValidationError("\(name) must be from 1 to \(most).")
    }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
  }

  func run() throws {
    let output = options.output
    let training = PlaneTraining(
      dataset, count: points, hidden: hidden, learningRate: learningRate, seed: seed)
    var screen = RedrawnPicture(output: output)
    func draw(_ step: Int, _ loss: Double?) {
      screen.draw(
        training.boundary(step: step, loss: loss).terminal(
          width: min(options.width(output), 72), style: output.style))
    }
    draw(0, nil)
    var lastDrawing = ContinuousClock.now
    for step in 1...steps {
      let loss = training.step()
      let isDue = output.isTerminal && ContinuousClock.now - lastDrawing > .milliseconds(100)
      guard isDue || step == steps else { continue }
      draw(step, loss)
      lastDrawing = .now
      if step == steps { try options.write(training.boundary(step: step, loss: loss).drawing()) }
    }
  }
}

/// A picture of lines of text that is drawn over the one before, where the output is a terminal.
struct RedrawnPicture {
  let output: ProgressOutput
  private var height = 0

  init(output: ProgressOutput) { self.output = output }

  mutating func draw(_ lines: [String]) {
    // One write, or the picture would flicker.
    if output.isTerminal {
      let up = height > 0 ? "\u{1B}[\(height)A" : ""
      output.write(up + lines.map { $0 + "\u{1B}[K\n" }.joined())
    } else {
      output.write(lines.joined(separator: "\n") + "\n\n")
    }
    height = lines.count
  }
}
