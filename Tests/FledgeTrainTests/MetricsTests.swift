import FledgeCore
import FledgeNN
import FledgePlots
import Foundation
import Testing

@testable import FledgeTrain

@Suite struct MetricsTests {
  /// Worked through by hand: actual a a a a b b b c c, predicted a a b c b b a c a.
  private var matrix: ConfusionMatrix {
    var matrix = ConfusionMatrix(classNames: ["a", "b", "c"])
    for (actual, predicted) in zip([0, 0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 2, 1, 1, 0, 2, 0]) {
      matrix.add(predicted: predicted, actual: actual)
    }
    return matrix
  }

  @Test("Counts stand in the row of the actual and the column of the predicted class")
  func counts() {
    #expect(matrix.counts == [[2, 1, 1], [1, 2, 0], [1, 0, 1]])
    #expect(matrix.total == 9 && matrix.support(of: 0) == 4)
  }

  private let twoThirds = 2.0 / 3
  private let fiveNinths = 5.0 / 9

  @Test("Precision, recall and F1 of each class, their averages, and the accuracy")
  func scores() {
    #expect(matrix.scores(of: 0) == .init(precision: 0.5, recall: 0.5, f1: 0.5))
    let b = matrix.scores(of: 1)
    #expect(b == .init(precision: twoThirds, recall: twoThirds, f1: twoThirds))
    #expect(matrix.scores(of: 2) == .init(precision: 0.5, recall: 0.5, f1: 0.5))
    #expect(abs(matrix.macro.precision - fiveNinths) < 1e-15)
    #expect(matrix.accuracy == fiveNinths)
    #expect(matrix.micro == .init(precision: fiveNinths, recall: fiveNinths, f1: fiveNinths))
  }

  @Test("Precision and recall differ where a class is predicted too often")
  func asymmetric() {
    var matrix = ConfusionMatrix(classes: 2)
    for actual in [0, 0, 0, 1] { matrix.add(predicted: 1, actual: actual) }
    #expect(matrix.scores(of: 1) == .init(precision: 0.25, recall: 1, f1: 0.4))
    // Never predicted: 0, not NaN.
    #expect(matrix.scores(of: 0) == .init(precision: 0, recall: 0, f1: 0))
  }

  @Test("The table")
  func table() {
    #expect(
      matrix.description == """
                  precision     recall         F1   examples
        a             0.500      0.500      0.500          4
        b             0.667      0.667      0.667          3
        c             0.500      0.500      0.500          2
        macro         0.556      0.556      0.556          9
        accuracy                            0.556          9
        """)
  }

  @Test("A batch of logits counts its largest, as accuracy does")
  func batch() {
    let logits = Tensor([[1, 3, 2], [0, -1, 5], [2, 2, 1], [0, 1, 0.5]])
    let targets = Tensor([1, 0, 0, 2])
    var matrix = ConfusionMatrix(classes: 3)
    matrix.add(logits, targets)
    #expect(matrix.counts == [[1, 0, 1], [0, 1, 0], [0, 1, 0]])
    #expect(accuracy(logits, targets) == 0.5 && matrix.accuracy == 0.5)
    #expect(topKAccuracy(logits, targets, k: 2) == 1)
    #expect(topKAccuracy(logits, Tensor([0, 1, 2, 0]), k: 2) == 0)
    #expect(topKAccuracy(logits, Tensor([0, 1, 2, 0]), k: 3) == 1)
  }

  @Test("The drawing of a confusion matrix holds its counts and names")
  func drawing() {
    var matrix = ConfusionMatrix(classNames: ["cat & dog", "<bird>"])
    for (actual, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1)] {
      matrix.add(predicted: predicted, actual: actual)
    }
    let map = matrix.heatMap()
    let third: Float = 1.0 / 3
    #expect(map.values == [2 * third, third, 0, 1])
    let svg = map.svg()
    for text in ["cat &amp; dog", "&lt;bird&gt;", ">2<", ">actual<", ">predicted<"] {
      #expect(svg.contains(text))
    }
  }

  @Test("A NaN is no prediction, and equal logits are one prediction")
  func degenerate() {
    #expect(accuracy(Tensor([Float.nan, 0], shape: [1, 2]), Tensor([0])) == 0)
    let equal = Tensor.zeros([1, 4])
    #expect((0..<4).map { accuracy(equal, Tensor([$0])) } == [1, 0, 0, 0])
    #expect((0..<4).map { topKAccuracy(equal, Tensor([$0]), k: 2) } == [1, 1, 0, 0])
  }

  @Test("Mean and standard deviation, in one pass and far from zero")
  func runningMean() {
    let mean = RunningMean([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(mean.mean == 5)
    #expect(abs(mean.standardDeviation - (32.0 / 7).squareRoot()) < 1e-12)
    let far = RunningMean([1e9 + 1, 1e9 + 2, 1e9 + 3])
    #expect(far.mean == 1e9 + 2)
    #expect(abs(far.standardDeviation - 1) < 1e-6)
    #expect(RunningMean().mean.isNaN)
    #expect(RunningMean([1]).standardDeviation.isNaN)
    #expect(RunningMean([0.97, 0.98]).description == "0.975 ± 0.0071")
    var weighted = RunningMean()
    weighted.add(1, weight: 3)
    weighted.add(5, weight: 1)
    #expect(weighted.mean == 2)
  }

  @Test("The perplexity of a uniform guess is the number of choices")
  func perplexities() {
    #expect(abs(perplexity(meanLoss: log(50)) - 50) < 1e-9)
    #expect(perplexity(meanLoss: 0) == 1)
  }

  /// Logits that are the inputs, but zeros where the model trains.
  private final class Echo: Module {
    func callAsFunction(_ x: Tensor) -> Tensor { isTraining ? x * 0 : x }
  }

  @Test func `The accuracy over batches weighs each by its examples`() {
    let model = Echo()
    // Three of four, then none of one: 3/5, not the mean of 3/4 and 0.
    let batches: [(logits: Tensor, targets: Tensor)] = [
      (Tensor([[0, 1], [0, 1], [1, 0], [0, 1]]), Tensor([1, 1, 0, 0])),
      (Tensor([[1, 0]]), Tensor([1])),
    ]
    let found = accuracy(of: model, on: batches) { (model($0.logits), $0.targets) }
    #expect(abs(found - 0.6) < 1e-15)
    #expect(model.isTraining, "the mode is restored")
    model.eval()
    #expect(accuracy(of: model, on: batches) { (model($0.logits), $0.targets) } == found)
    #expect(!model.isTraining)
  }

  @Test func `The accuracy over batches records nothing, and is NaN for none`() {
    let model = Echo()
    let leaf = Tensor([[0, 1]]).requiringGradients()
    var wasRecorded = true
    _ = accuracy(of: model, on: [leaf]) { x in
      let logits = model(x) + x
      wasRecorded = logits.requiresGradients
      return (logits, Tensor([1]))
    }
    #expect(!wasRecorded)
    #expect(accuracy(of: model, on: [Tensor]()) { ($0, $0) }.isNaN)
  }

  @Test func `What is said goes to standard error as a line`() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
    ) {
      say("97 % – done")
    }
    let output = try #require(result)
    #expect(String(decoding: output.standardErrorContent, as: UTF8.self).contains("97 % – done\n"))
    #expect(output.standardOutputContent.isEmpty)
  }
}
