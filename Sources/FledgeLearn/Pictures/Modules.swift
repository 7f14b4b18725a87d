import Fledge
import Foundation

extension CoursePicture {
  static let modules = [
    CoursePicture("initializers", initializers), CoursePicture("norms", norms),
    CoursePicture("dropout", dropout),
  ]

  /// The deviation of what each of many ReLU layers puts out.
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

  /// Elements have one colour where the gradient says that they enter each other's result.
  private static func norms() -> Drawing {
    let (examples, features) = (4, 6)
    let layers: [(caption: String, note: String, layer: any Layer)] = [
      ("batch norm", "mean and variance of a column", BatchNorm1d(features)),
      ("layer norm", "mean and variance of a row", LayerNorm(features)),
      ("group norm, 2 groups", "mean and variance of half a row", GroupNorm(groups: 2, features)),
      ("RMS norm", "mean square of a row, no mean", RMSNorm(features)),
    ]
    let x = Tensor.normal([examples, features])
    let tables = layers.map { caption, note, layer in
      // For each element the first one that enters its result.
      let first = (0..<examples * features).map { place -> Int in
        let (_, gradient) = valueAndGradient(at: x) { layer($0).flattened()[place] }
        return gradient.array().firstIndex { abs($0) > 1e-6 }!
      }
      let groups = Array(Set(first)).sorted()
      return CellDiagram.Table(
        caption, rows: examples, columns: features, note: note
      ) { row, column in
        groups.firstIndex(of: first[row * features + column])
      } depth: { row, column in
        // More groups than colours: a second round is darker.
        groups.firstIndex(of: first[row * features + column])! < 6 ? 0.4 : 0.75
      }
    }
    return CellDiagram(
      title: "x [4 examples, 6 features]: one colour, one statistic", cell: (30, 26),
      rows: [
        [.table(tables[0]), .sign("  "), .table(tables[1])],
        [.table(tables[2]), .sign("  "), .table(tables[3])],
      ]
    ).drawing()
  }

  private static func dropout() -> Drawing {
    let (rows, columns) = (4, 8)
    let x = (Tensor.arange(rows * columns) + 1).cast(to: .float32).reshaped([rows, columns])
    let layer = Dropout(0.5)
    func table(_ caption: String, _ y: Tensor) -> CellDiagram.Item {
      let values = y.array()
      let mean = String(format: "%.1f", y.mean().item())
      return .table(
        CellDiagram.Table(
          caption,
          texts: (0..<rows).map { row in
            (0..<columns).map { String(Int(values[row * columns + $0])) }
          }, note: "mean \(mean)"
        ) { values[$0 * columns + $1] == 0 ? nil : 0 })
    }
    let (first, second) = (layer(x), layer(x))
    layer.eval()
    return CellDiagram(
      title: "dropout with p = 0.5: what stays is doubled", cell: (30, 26),
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
