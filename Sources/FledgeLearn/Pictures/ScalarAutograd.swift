import Fledge
import Foundation

extension CoursePicture {
  static let scalarAutograd = [
    CoursePicture("central-difference", centralDifference),
    CoursePicture("scalar-graph", scalarGraph),
    CoursePicture("moons", moons),
  ]

  /// f(x) = x³ at 0.7: only products, so that rounding is the same everywhere.
  private static func centralDifference() -> Drawing {
    func f(_ x: Double) -> Double { x * x * x }
    let (x, slope) = (0.7, 3 * 0.7 * 0.7)
    let steps = stride(from: -14.0, through: 0, by: 0.125).map { pow(10, $0) }
    let forward = steps.map { abs((f(x + $0) - f(x)) / $0 - slope) }
    let central = steps.map { abs((f(x + $0) - f(x - $0)) / (2 * $0) - slope) }
    var chart = LineChart(
      title: "how far a measured slope is off: x³ at 0.7", xLabel: "h",
      yLabel: "error", isLogarithmic: true, isXLogarithmic: true)
    chart.add("(f(x + h) − f(x)) / h", x: steps, y: forward)
    chart.add("(f(x + h) − f(x − h)) / 2h", x: steps, y: central)
    return chart.drawing()
  }

  /// The worked example of chapter 1: `a` is used twice, so its gradient is a sum.
  private static func scalarGraph() -> Drawing {
    let values = [("a", 3.0), ("b", 2.0)].map { name, value in
      (name: name, value: Tensor(value, dtype: .float64))
    }
    // The formula is one of this file's.
    return try! Expression.graph("a*b + a", values: values).drawing(title: "c = a*b + a")
  }

  /// The network and the loss of micrograd's demo: 2-16-16-1 with ReLU, 100 points, 100 steps of
  /// gradient descent on max(0, 1 − y·score) with a little weight decay, the
  /// weights from U(−1, 1), the rate from 1 to 0.1.
  private static func moons() -> Drawing {
    let data = PlaneDataset.moons.points(count: 100, seed: 1, noise: 0.1)
    let x = Tensor(data.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [100, 2])
    let sides = Tensor(data.labels.map { $0 == 1 ? Float(1) : -1 })
    let model = Sequential {
      Linear(2, 16)
      ReLU()
      Linear(16, 16)
      ReLU()
      Linear(16, 1)
    }
    for parameter in model.parameters() {
      let shape = parameter.value!.shape
      parameter.value = shape.rank == 2 ? .uniform(shape, in: -1...1) : .zeros(shape)
    }
    // The gradient of 10⁻⁴ Σ w² is 2·10⁻⁴ w.
    let optimizer = SGD(model.parameters(), learningRate: 1, weightDecay: 2e-4)
    for step in 0..<100 {
      optimizer.zeroGrad()
      let scores = model(x).squeezed(axis: 1)
      let loss = relu(1 - sides * scores).mean()
      loss.backward()
      optimizer.learningRateFactor = 1 - 0.9 * Double(step) / 100
      optimizer.step()
    }
    let right = (model(x).squeezed(axis: 1) * sides .> 0).cast(to: .float32).mean().item()
    let (xs, ys) = (
      PlaneTraining.range(data.points.map(\.x)), PlaneTraining.range(data.points.map(\.y))
    )
    let grid = Tensor(DecisionBoundary.grid(x: xs, y: ys), shape: [10_000, 2])
    return DecisionBoundary(
      title: "two moons after 100 steps: \(Int((right * 100).rounded()))% right",
      probabilities: sigmoid(model(grid)).array(), x: xs, y: ys,
      points: zip(data.points, data.labels).map { .init(x: $0.x, y: $0.y, label: $1) }
    ).drawing()
  }
}
