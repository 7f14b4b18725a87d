import Fledge
import Foundation

extension CoursePicture {
  static let recurrent = [
    CoursePicture("stacks", stacks), CoursePicture("embedding", embedding),
    CoursePicture("through-time", throughTime), CoursePicture("truncated", truncated),
    CoursePicture("padded-texts", paddedTexts),
  ]

  /// Two parts of 2 × 3, and how their elements lie after a stack along each axis.
  private static func stacks() -> Drawing {
    let parts = [["1", "2", "3", "4", "5", "6"], ["a", "b", "c", "d", "e", "f"]]
    func part(_ k: Int) -> CellDiagram.Table {
      CellDiagram.Table("part \(k)", texts: [Array(parts[k][..<3]), Array(parts[k][3...])]) {
        _, _ in
        k
      }
    }
    func stacked(_ axis: Int, inner: Int, note: String) -> CellDiagram.Table {
      let texts = (0..<6 / inner).flatMap { outer in
        (0..<2).flatMap { k in (0..<inner).map { parts[k][outer * inner + $0] } }
      }
      return CellDiagram.Table("axis \(axis)", texts: [texts], note: note) { _, place in
        place / inner % 2
      }
    }
    return CellDiagram(
      title: "two parts of shape [2, 3], stacked: the order in memory", cell: (28, 28),
      rows: [
        [.table(part(0)), .table(part(1))],
        [.table(stacked(0, inner: 6, note: "[2, 2, 3]: outer 1, inner 6"))],
        [.table(stacked(1, inner: 3, note: "[2, 2, 3]: outer 2, inner 3"))],
        [.table(stacked(2, inner: 1, note: "[2, 3, 2]: outer 6, inner 1"))],
      ]
    ).drawing()
  }

  /// Rows of a table, and the sums that go back.
  private static func embedding() -> Drawing {
    let words = [2, 0, 2]
    let values = [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]
    let indices = CellDiagram.Table("words", texts: words.map { ["\($0)"] }) { row, _ in words[row]
    }
    let table = CellDiagram.Table("the table", texts: values, note: "a word a row") { row, _ in
      words.contains(row) ? row : nil
    }
    let result = CellDiagram.Table("y", texts: words.map { values[$0] }) { row, _ in words[row] }
    let slopes = CellDiagram.Table("dy", texts: [["a", "b"], ["c", "d"], ["e", "f"]]) { row, _ in
      words[row]
    }
    let gradient = CellDiagram.Table(
      "the table's gradient", texts: [["c", "d"], ["0", "0"], ["a + e", "b + f"], ["0", "0"]],
      note: "word 2 came twice"
    ) { row, _ in words.contains(row) ? row : nil }
    return CellDiagram(
      title: "words 2, 0, 2", cell: (52, 28),
      rows: [
        [.table(indices), .table(table), .sign("→"), .table(result)],
        [.table(slopes), .sign("→"), .table(gradient)],
      ]
    ).drawing()
  }

  /// How much of the last output's gradient arrives at each step of the input.
  private static func throughTime() -> Drawing {
    let (length, batch, hidden) = (40, 4, 16)
    let data = Tensor.normal([length, batch, 2], using: Generator(seed: 3))
    func norms(_ network: RecurrentLayer) -> [Double] {
      let x = data.requiringGradients()
      let slope = gradients(of: network(x)[-1].sum(), withRespectTo: [x])[0]
      return slope.square().sum(axes: [1, 2]).sqrt().array(of: Double.self)
    }
    func lstm(forgetting bias: Double) -> LSTM {
      let network = withGenerator(Generator(seed: 4)) { LSTM(2, hidden) }
      let zeros = Tensor.zeros([hidden])
      network.forward[0].inputBias = Tensor.concatenate([zeros, zeros + bias, zeros, zeros])
      network.forward[0].recurrentBias = Tensor.zeros([4 * hidden])
      return network
    }
    var chart = LineChart(
      title: "the gradient of the last output, on its way back through \(length) steps",
      xLabel: "step", yLabel: "norm", isLogarithmic: true)
    let steps = (1...length).map(Double.init)
    let plain = withGenerator(Generator(seed: 4)) { RNN(2, hidden) }
    chart.add("RNN", x: steps, y: norms(plain))
    for bias in [0.0, 1, 4] {
      chart.add(
        "LSTM, the forget gate's bias \(Int(bias))", x: steps, y: norms(lstm(forgetting: bias)))
    }
    return chart.drawing()
  }

  /// Two pieces of a text: the state crosses the border, the gradient does not.
  private static func truncated() -> Drawing {
    let words = ["the", "cat", "sat", "on", "the", "mat"]
    let length = 3
    func row(_ texts: [String], _ caption: String, _ note: String) -> CellDiagram.Item {
      .table(CellDiagram.Table(caption, texts: [texts], note: note) { _, place in place / length })
    }
    return CellDiagram(
      title: "a text in two pieces of three words", cell: (56, 28),
      rows: [
        [row(words, "the text", "")],
        [row(words.map { _ in "→" }, "the state", "goes on")],
        [
          row(
            words.indices.map { $0 % length == 0 ? "end" : "←" }, "the gradient",
            "ends where its piece begins")
        ],
      ]
    ).drawing()
  }

  /// Three texts side by side, and their mask.
  private static func paddedTexts() -> Drawing {
    let texts = [["5", "6"], ["7"], ["8", "9", "4"]]
    func table(_ caption: String, note: String, _ text: (Int, Int) -> String) -> CellDiagram.Table {
      let rows = (0..<3).map { step in (0..<3).map { text(step, $0) } }
      return CellDiagram.Table(caption, texts: rows, note: note) { step, b in
        step < texts[b].count ? b : nil
      }
    }
    let rows = table("the rows", note: "a step a row, a text a column") { step, b in
      step < texts[b].count ? texts[b][step] : "0"
    }
    let mask = table("the mask", note: "lengths 2, 1, 3") { step, b in
      step < texts[b].count ? "1" : "0"
    }
    return CellDiagram(
      title: "texts of two, one and three words", cell: (44, 30),
      rows: [[.table(rows), .sign(" "), .table(mask)]]
    ).drawing()
  }
}
