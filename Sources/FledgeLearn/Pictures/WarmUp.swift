import Fledge
import Foundation

extension CoursePicture {
  static let warmUp = [
    CoursePicture("sigmoid", sigmoidAndSlope),
    CoursePicture("softmax-regression", softmaxRegression),
  ]

  private static func sigmoidAndSlope() -> Drawing {
    let x = (0...160).map { -8 + Double($0) / 10 }
    let points = Tensor(x, dtype: .float64)
    // The sum's gradient holds the slope at every point.
    let (_, slopes) = valueAndGradient(at: points) { sigmoid($0).sum() }
    var chart = LineChart(title: "the sigmoid and its slope", xLabel: "x")
    chart.add("σ(x) = 1 / (1 + e⁻ˣ)", x: x, y: sigmoid(points).array(of: Double.self))
    chart.add("slope σ(x) (1 − σ(x))", x: x, y: slopes.array(of: Double.self))
    chart.referenceLines = [.init(0.25, label: "steepest, at 0")]
    return chart.drawing(height: 380)
  }

  private static func softmaxRegression() -> Drawing {
    let images = DrawnDigits.images(count: 1000, seed: 1)
    let weight = Parameter(wrappedValue: Tensor.zeros([784, 10]))
    let optimizer = SGD([weight], learningRate: 0.1)
    var losses: [Double] = []
    for start in stride(from: 0, to: images.count, by: 10) {
      let batch = images.batch(indices: Array(start..<start + 10))
      let x = Tensor(batch.pixels, shape: [10, 784]).cast(to: .float32) / 255
      optimizer.zeroGrad()
      let loss = crossEntropy(
        x.matmul(weight.wrappedValue), Tensor(batch.labels).cast(to: .int64))
      loss.backward()
      optimizer.step()
      losses.append(loss.item())
    }
    var chart = LineChart(
      title: "softmax regression on drawn digits", xLabel: "step of 10 images", yLabel: "loss")
    chart.add(
      "loss of each batch, and its average", x: losses.indices.map(Double.init), y: losses,
      style: .smoothed(weight: 0.9))
    chart.referenceLines = [.init(log(10), label: "ln 10, all zeros")]
    return chart.drawing(height: 380)
  }
}
