import Fledge
import Foundation

extension CoursePicture {
  static let transformers = [
    CoursePicture("attention", attention), CoursePicture("heads", heads),
    CoursePicture("positions", positions), CoursePicture("rotary", rotary),
    CoursePicture("block", block), CoursePicture("sampling", sampling),
    CoursePicture("beams", beams),
  ]

  private static func format(_ x: Tensor, _ format: String) -> [[String]] {
    (0..<x.shape[0]).map { row in
      x[row].array(of: Double.self).map { String(format: format, $0) }
    }
  }

  /// The table of products of four positions, with what is hidden, and the weights.
  private static func attention() -> Drawing {
    let scores = Tensor([[2, 1, 0, 3], [0, 1, 4, 1], [1, 3, 1, 0], [2, 0, 2, 2]])
    let isSeen = Tensor.ones([4, 4], dtype: .bool).lowerTriangle()
    let weights = softmax(scores.masked(where: isSeen.not(), with: -.infinity))
    let hidden = (0..<4).map { row in
      (0..<4).map { $0 > row ? "−∞" : String(format: "%g", scores[row, $0].item()) }
    }
    func seen(_ row: Int, _ column: Int) -> Int? { column <= row ? row : nil }
    return CellDiagram(
      title: "four queries (rows), four keys (columns)", cell: (46, 30),
      rows: [
        [
          .table(
            CellDiagram.Table("q · k / √D", texts: format(scores, "%g"), note: "all products")),
          .sign("→"),
          .table(
            CellDiagram.Table("masked", texts: hidden, note: "the future is hidden", group: seen)),
          .sign("→"),
          .table(
            CellDiagram.Table(
              "softmax", texts: format(weights, "%.2f"), note: "each row adds up to 1", group: seen)
          ),
        ]
      ]
    ).drawing()
  }

  /// Six channels of three positions as the channels of two heads.
  private static func heads() -> Drawing {
    let numbers = (0..<3).map { t in (0..<6).map { "\(6 * t + $0)" } }
    func head(_ h: Int) -> CellDiagram.Table {
      CellDiagram.Table(
        "head \(h)", texts: numbers.map { Array($0[3 * h..<3 * h + 3]) }, note: "[T, C / heads]"
      ) { _, _ in h }
    }
    let x = CellDiagram.Table("x", texts: numbers, note: "[T, C]: a position a row") { $1 / 3 }
    return CellDiagram(
      title: "neighbouring channels are a head", cell: (34, 28),
      rows: [[.table(x), .sign("→"), .table(head(0)), .sign(" "), .table(head(1))]]
    ).drawing()
  }

  /// The waves of the first positions.
  private static func positions() -> Drawing {
    let (count, channels) = (64, 16)
    var map = HeatMap(
      title: "sinusoids: each position (a column) has a pattern of its own",
      sinusoidalPositions(count, channels: channels).transposed())
    map.range = -1...1
    map.rowLabels = (0..<channels).map { $0.isMultiple(of: 4) ? "\($0)" : "" }
    map.columnLabels = (0..<count).map { $0.isMultiple(of: 8) ? "\($0)" : "" }
    (map.rowTitle, map.columnTitle) = ("channel", "position")
    return map.drawing(cell: 9)
  }

  /// Products of a query and a key over their distance, from several places.
  private static func rotary() -> Drawing {
    let generator = Generator(seed: 2)
    let q = Tensor.normal([1, 32], using: generator)
    let k = q + Tensor.normal([1, 32], standardDeviation: 0.3, using: generator)
    var chart = LineChart(
      title: "rotary positions: a product depends on the distance only",
      xLabel: "distance of query and key", yLabel: "q · k / √D")
    let distances = Array(0...40)
    for start in [0, 1000] {
      let products = distances.map { distance in
        (Fledge.rotary(q, offset: start + distance) * Fledge.rotary(k, offset: start)).sum().item()
          / 32.0.squareRoot()
      }
      chart.series.append(
        .init(
          "the key at \(start)",
          zip(distances, products).map { .init(x: Double($0), y: $1) },
          style: start == 0 ? .line : .dashed))
    }
    return chart.drawing()
  }

  /// A block as a computation: what adds to the stream.
  private static func block() -> Drawing {
    func table(_ caption: String, _ texts: [String], note: String, _ group: Int?)
      -> CellDiagram.Item
    {
      .table(
        CellDiagram.Table(caption, texts: texts.map { [$0] }, note: note) { _, _ in group })
    }
    return CellDiagram(
      title: "a block adds to the stream, twice", cell: (150, 28),
      rows: [
        [
          table("between positions", ["norm 1", "attention", "dropout"], note: "x + this", 0),
          .sign("→"),
          table(
            "at each position", ["norm 2", "up, gelu, down", "dropout"], note: "x + this", 1),
        ]
      ]
    ).drawing()
  }

  /// One distribution under five ways to choose.
  private static func sampling() -> Drawing {
    let p = [0.4, 0.3, 0.15, 0.1, 0.05]
    func scaled(_ x: [Double]) -> [Double] { x.map { $0 / x.reduce(0, +) } }
    let ways: [(String, [Double])] = [
      ("as it is", p), ("temperature 0.5", scaled(p.map { $0 * $0 })),
      ("temperature 2", scaled(p.map { $0.squareRoot() })),
      ("topK 2", scaled([0.4, 0.3, 0, 0, 0])), ("topP 0.8", scaled([0.4, 0.3, 0.15, 0, 0])),
      ("temperature 0", [1, 0, 0, 0, 0]),
    ]
    var map = HeatMap(
      title: "five tokens, and how likely each is drawn",
      values: ways.flatMap { $1.map { Float($0) } },
      rows: ways.count, columns: 5, rowLabels: ways.map(\.0),
      columnLabels: ["a", "b", "c", "d", "e"])
    map.range = 0...1
    map.texts = ways.flatMap { $1.map { $0 == 0 ? "0" : String(format: "%.2f", $0) } }
    return map.drawing()
  }

  /// A tree of two levels that the greedy search goes through on the wrong side.
  private static func beams() -> Drawing {
    func row(_ texts: [String], _ groups: [Int?], _ caption: String, _ note: String)
      -> CellDiagram.Item
    {
      .table(CellDiagram.Table(caption, texts: [texts], note: note) { groups[$1] })
    }
    return CellDiagram(
      title: "two beams (in colour) of two tokens", cell: (74, 30),
      rows: [
        [
          row(["a 0.60", "b 0.40"], [0, 1], "first token", "both are kept"),
          .sign("→"),
          row(
            ["aa 0.33", "ab 0.27", "ba 0.36", "bb 0.04"], [0, nil, 1, nil], "second token",
            "greedy ends at aa; the best is ba"),
        ]
      ]
    ).drawing()
  }
}
