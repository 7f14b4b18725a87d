import Fledge
import Foundation

extension CoursePicture {
  static let training = [
    CoursePicture("optimizers", optimizers), CoursePicture("schedules", schedules),
    CoursePicture("clipping", clipping), CoursePicture("gradient-flow", gradientFlow),
  ]

  /// Sixty steps of each from the same place in a long, bent valley.
  private static func optimizers() -> Drawing {
    func height(_ p: Tensor) -> Tensor {
      let (x, y) = (p[0], p[1])
      return (1 - x).square() + 5 * (y - x.square()).square()
    }
    var map = Landscape(
      title: "(1 − x)² + 5 (y − x²)²: 60 steps of each", x: -2...2, y: -1...2.4
    ) { x, y in (1 - x) * (1 - x) + 5 * (y - x * x) * (y - x * x) }
    map.minimum = [1, 1]
    let walkers: [(name: String, make: ([AnyParameter]) -> Optimizer)] = [
      ("SGD", { SGD($0, learningRate: 0.01) }),
      ("SGD with momentum 0.9", { SGD($0, learningRate: 0.002, momentum: 0.9) }),
      ("Adam", { Adam($0, learningRate: 0.3) }),
    ]
    for (name, make) in walkers {
      let p = Parameter(wrappedValue: Tensor([-1.6, 0.4], dtype: .float64))
      let optimizer = make([p])
      map.add(
        name,
        (0...60).map { step in
          if step > 0 {
            optimizer.zeroGrad()
            height(p.wrappedValue).backward()
            optimizer.step()
          }
          let place = p.value!.array(of: Double.self)
          return [place[0], place[1]]
        })
    }
    return map.drawing()
  }

  private static func schedules() -> Drawing {
    let total = 1000
    let steps = Array(0...total)
    let schedules: [(name: String, schedule: any Schedule)] = [
      ("constant", ConstantSchedule()), ("steps", StepSchedule(interval: 300, decay: 0.4)),
      ("cosine", CosineSchedule(total: total)),
      ("warm-up and cosine", CosineSchedule(warmUp: 100, total: total)),
    ]
    var chart = LineChart(
      title: "the learning rate over a run, as a part of the highest", xLabel: "step",
      yLabel: "factor")
    for (name, schedule) in schedules {
      chart.add(name, x: steps.map(Double.init), y: steps.map { schedule.factor(at: $0) })
    }
    return chart.drawing(height: 400)
  }

  /// The second gradient of chapter 6's worked example, beside the first, [3, 0]: scaled as a
  /// whole, and clipped element by element.
  private static func clipping() -> Drawing {
    let parameters = [[3.0, 0], [4, 12]].map { gradient in
      let parameter = Parameter(wrappedValue: Tensor([0, 0]))
      parameter.grad = Tensor(gradient, dtype: .float32)
      return parameter
    }
    func gradient() -> SIMD2<Double> {
      let values = parameters[1].grad!.array(of: Double.self)
      return [values[0], values[1]]
    }
    var map = Landscape(
      title: "the gradient [4, 12], clipped", x: -4...10, y: -1...13
    ) { x, y in (x * x + y * y).squareRoot() }
    let whole = gradient()
    map.add("as it was", [[0, 0], whole])
    clipGradientNorm(parameters, maximum: 6.5)
    map.add("by the norm of all: \(name(gradient()))", [[0, 0], gradient()])
    parameters[1].grad = Tensor([whole.x, whole.y], dtype: .float32)
    clipGradientValue(parameters, maximum: 6)
    map.add("each element by itself: \(name(gradient()))", [[0, 0], gradient()])
    return map.drawing(width: 560)
  }

  private static func name(_ vector: SIMD2<Double>) -> String {
    "[\(Int(vector.x)), \(Int(vector.y))]"
  }

  /// The norm of each layer's gradient, after one backward pass.
  private static func gradientFlow() -> Drawing {
    let (width, depth) = (32, 24)
    let generator = Generator(seed: 7)
    let x = Tensor.normal([16, width], using: generator)
    let target = Tensor.normal([16, width], using: generator)
    func norms(gain: Double, _ layer: (Tensor, Tensor) -> Tensor) -> [Double] {
      let generator = Generator(seed: 8)
      let weights = (0..<depth).map { _ in
        Parameter(wrappedValue: Tensor.kaimingNormal([width, width], gain: gain, using: generator))
      }
      let y = weights.reduce(x) { layer($0, $1.wrappedValue.transposed()) }
      meanSquaredError(y, target).backward()
      return weights.map { $0.grad!.square().sum().item().squareRoot() }
    }
    var chart = LineChart(
      title: "the gradient on its way back through \(depth) layers", xLabel: "layer",
      yLabel: "norm", isLogarithmic: true)
    let layers = (1...depth).map(Double.init)
    chart.add("sigmoid", x: layers, y: norms(gain: 1) { sigmoid($0.matmul($1)) }, style: .marked)
    chart.add("tanh", x: layers, y: norms(gain: 1) { $0.matmul($1).tanh() }, style: .marked)
    chart.add(
      "ReLU, He's start", x: layers, y: norms(gain: 2.0.squareRoot()) { relu($0.matmul($1)) },
      style: .marked)
    chart.add(
      "with a residual connection", x: layers,
      y: norms(gain: 1) { $0 + $0.matmul($1).tanh() * 0.3 },
      style: .marked)
    return chart.drawing()
  }
}
