import Fledge

extension CoursePicture {
  static let tensorAutograd = [
    CoursePicture("tensor-graph", tensorGraph), CoursePicture("unbroadcast", unbroadcast),
    CoursePicture("live-nodes", liveNodes),
  ]

  /// The worked example of chapter 4 for x = 0.5: e waits for four contributions.
  private static func tensorGraph() -> Drawing {
    let x = Tensor([0.5, 0]).requiringGradients()
    let (_, graph) = recordingGraph(names: ["x": x]) {
      let e = x.exp()
      (e * e * e + e).sum().backward()
    }
    return graph.drawing(title: "y = e² · e + e with e = exp x")
  }

  private static func unbroadcast() -> Drawing {
    let x = Tensor([[1, 2, 3], [4, 5, 6]]).requiringGradients()
    let (row, column) = (
      Tensor([10, 20, 30]).requiringGradients(), Tensor([[100], [200]]).requiringGradients()
    )
    let upstream = Tensor([[1, 2, 3], [10, 20, 30]])
    let y = x + row + column
    y.backward(gradient: upstream)
    func table(
      _ caption: String, _ x: Tensor, note: String = "", group: (Int, Int) -> Int?
    ) -> CellDiagram.Item {
      let rows = x.rank > 1 ? x.shape[0] : 1
      let values = x.array().map { String(Int($0)) }
      let columns = values.count / rows
      return .table(
        CellDiagram.Table(
          caption,
          texts: (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }, note: note,
          group: group))
    }
    return CellDiagram(
      title: "y = x + r + c: what was repeated forward is summed backward",
      rows: [
        [
          table("x [2, 3]", x) { _, _ in nil }, .sign("+"),
          table("r [3]", row) { _, j in j }, .sign("+"),
          table("c [2, 1]", column) { i, _ in 3 + i }, .sign("="),
          table("y [2, 3]", y) { _, _ in nil },
        ],
        [
          table("dy [2, 3], by columns", upstream) { _, j in j }, .sign("→"),
          table("dr [3]", row.grad!, note: "summed over axis 0") { _, j in j },
          .sign(" "),
          table("dy [2, 3], by rows", upstream) { i, _ in 3 + i }, .sign("→"),
          table("dc [2, 1]", column.grad!, note: "summed over axis 1") { i, _ in 3 + i },
        ],
      ]
    ).drawing()
  }

  /// A loop that adds its losses up, with and without their graphs.
  private static func liveNodes() -> Drawing {
    func nodes(detaching: Bool) -> [Double] {
      let start = GraphNode.liveCount
      let w = Parameter(wrappedValue: Tensor([0.5, -0.5]))
      var total = Tensor(0)
      return (1...20).map { step in
        let loss = (w.wrappedValue * Double(step)).square().sum()
        loss.backward(retainGraph: true)
        total = total + (detaching ? loss.detached() : loss)
        return Double(GraphNode.liveCount - start)
      }
    }
    var chart = LineChart(
      title: "total += loss, in a loop of training steps", xLabel: "step",
      yLabel: "nodes alive")
    let steps = (1...20).map(Double.init)
    chart.add("total = total + loss", x: steps, y: nodes(detaching: false), style: .marked)
    chart.add(
      "total = total + loss.detached()", x: steps, y: nodes(detaching: true), style: .marked)
    return chart.drawing(height: 380)
  }
}
