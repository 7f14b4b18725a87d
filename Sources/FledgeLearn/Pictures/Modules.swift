import Fledge
import Foundation

extension CoursePicture {
  static let modules = [
    CoursePicture("initializers", initializers), CoursePicture("norms", norms),
    CoursePicture("dropout", dropout),
  ]

  /// The deviation of the outputs of each of many ReLU layers.
  private static func initializers() -> Drawing {
    let (width, depth) = (48, 30)
    let starts: [(name: String, weight: (Generator) -> Tensor)] = [
      ("N(0, 0.3²)", { .normal([width, width], standardDeviation: 0.3, using: $0) }),
      ("He: √(2 / inputs)", { .kaimingNormal([width, width], using: $0) }),
      ("Glorot: √(2 / (inputs + outputs))", { .xavierNormal([width, width], using: $0) }),
      ("N(0, 0.05²)", { .normal([width, width], standardDeviation: 0.05, using: $0) }),
    ]
    var chart = LineChart(
      title: "signals through \(depth) layers of \(width) units with ReLU", xLabel: "layer",
      yLabel: "standard deviation", isLogarithmic: true)
    for (name, weight) in starts {
      let generator = Generator(seed: 3)
      var x = Tensor.normal([24, width], using: generator)
      var deviations = [deviation(x)]
      for _ in 0..<depth {
        x = relu(x.matmul(weight(generator).transposed()))
        deviations.append(deviation(x))
      }
      chart.add(name, x: (0...depth).map(Double.init), y: deviations)
    }
    return chart.drawing()
  }

  private static func deviation(_ x: Tensor) -> Double {
    (x - x.mean()).square().mean().item().squareRoot()
  }

  /// The batch of chapter 5's worked example. Elements that affect each other's result, according
  /// to the gradient, have the same colour (computed at another batch, since a 0 in this one has no
  /// effect on RMS norm).
  private static func norms() -> Drawing {
    let x = Tensor([[1, 2, -1], [0, -2, 3], [2, 0.5, 1], [-1, 1, 5]])
    let (examples, channels) = (x.shape[0], x.shape[1])
    let other = Tensor.normal(x.shape)
    let layers: [(caption: String, note: String, layer: any Layer)] = [
      ("batch norm", "mean and variance of a column", BatchNorm1d(channels)),
      ("layer norm", "mean and variance of a row", LayerNorm(channels)),
      ("RMS norm", "mean square of a row, no mean", RMSNorm(channels)),
    ]
    func texts(_ x: Tensor, _ format: String) -> [[String]] {
      (0..<examples).map { row in x[row].array().map { String(format: format, $0) } }
    }
    let tables = layers.map { caption, note, layer in
      // For each element the first one that enters its result.
      let first = (0..<examples * channels).map { place -> Int in
        let (_, gradient) = valueAndGradient(at: other) { layer($0).flattened()[place] }
        return gradient.array().firstIndex { abs($0) > 1e-7 }!
      }
      let groups = Array(Set(first)).sorted()
      return CellDiagram.Table(caption, texts: texts(layer(x), "%.2f"), note: note) { row, column in
        groups.firstIndex(of: first[row * channels + column])
      }
    }
    let input = CellDiagram.Table("x [4 examples, 3 channels]", texts: texts(x, "%g"))
    return CellDiagram(
      title: "one colour, one statistic", cell: (46, 28),
      rows: [
        [.table(input), .sign("→"), .table(tables[0])],
        [.table(tables[1]), .sign(" "), .table(tables[2])],
      ]
    ).drawing()
  }

  private static func dropout() -> Drawing {
    let (rows, columns) = (4, 10)
    let x = Tensor.ones([rows, columns])
    let layer = Dropout(0.2)
    func table(_ caption: String, _ y: Tensor) -> CellDiagram.Item {
      let texts = (0..<rows).map { row in y[row].array().map { String(format: "%g", $0) } }
      let mean = String(format: "%.3g", y.mean().item())
      return .table(
        CellDiagram.Table(caption, texts: texts, note: "mean \(mean)") { row, column in
          texts[row][column] == "0" ? nil : 0
        })
    }
    let (first, second) = (layer(x), layer(x))
    layer.eval()
    return CellDiagram(
      title: "dropout with p = 0.2: what stays is divided by 0.8", cell: (38, 26),
      rows: [
        [table("x", x), .sign("→"), table("training, one step", first)],
        [
          table("evaluating: x itself", layer(x)), .sign(" "),
          table("training, the next step", second),
        ],
      ]
    ).drawing()
  }
}
