import FledgeCore

extension ComputationGraph {
  /// The graph as lines of text, none wider than `width` columns: the result first, each operation
  /// above its operands, with values and gradients. A node that is used twice is written out once
  /// and only named after that.
  ///
  ///     add              = -5.54     grad 1
  ///     ├─ multiply      = -6        grad 1
  ///     │  ├─ a          = 2         grad -3
  ///     │  └─ b          = -3        grad 2
  ///     └─ tanh          = 0.462     grad 1
  ///        └─ c          = 0.5       grad 0.786
  public func terminal(width: Int = 80, style: TerminalStyle = .plain) -> [String] {
    require(width >= 20, "ComputationGraph", "a graph needs at least 20 columns")
    let used = Set(nodes.flatMap(\.inputs))
    var tree = GraphTree(nodes: nodes, width: width, style: style)
    for root in nodes.indices.reversed() where !used.contains(root) { tree.add(root) }
    return tree.lines
  }
}

private struct GraphTree {
  private struct Row {
    let branches: String
    let node: Int
    /// Where the node was written out before, only its name stands here.
    let isRepeated: Bool
  }

  let nodes: [ComputationGraph.Node]
  let width: Int
  let style: TerminalStyle
  private var rows: [Row] = []
  private var written: Set<Int> = []

  init(nodes: [ComputationGraph.Node], width: Int, style: TerminalStyle) {
    self.nodes = nodes
    self.width = width
    self.style = style
  }

  /// Depth first with a stack of its own: a graph may be deeper than the thread's stack is.
  mutating func add(_ root: Int) {
    let (tee, corner, bar) = style.unicode ? ("├─ ", "└─ ", "│  ") : ("+- ", "`- ", "|  ")
    var open = [(node: root, branches: "", below: "")]
    while let (node, branches, below) = open.popLast() {
      let isNew = written.insert(node).inserted
      rows.append(Row(branches: branches, node: node, isRepeated: !isNew))
      guard isNew else { continue }
      let inputs = nodes[node].inputs
      // Nothing is seen of branches beyond the width.
      let isSeen = below.count < width
      for (place, input) in inputs.enumerated().reversed() {
        let isLast = place == inputs.count - 1
        open.append(
          (
            input, isSeen ? below + (isLast ? corner : tee) : below,
            isSeen ? below + (isLast ? "   " : bar) : below
          ))
      }
    }
  }

  var lines: [String] {
    // Each looks through whole tensors.
    let texts = nodes.map(\.lines)
    let names = rows.map { row in
      row.branches + texts[row.node][0] + (row.isRepeated ? " (above)" : "")
    }
    let values = rows.map { row in
      let value = texts[row.node][1]
      return row.isRepeated ? "" : "= " + (style.unicode ? value : value.replacing("…", with: ".."))
    }
    let nameColumns = names.map(\.columns).max() ?? 0
    let valueColumns = values.map(\.columns).max() ?? 0
    return rows.indices.map { index in
      let node = nodes[rows[index].node]
      var grid = TextGrid(width: width, height: 1)
      let name = names[index]
      let branches = rows[index].branches
      grid.write(branches, row: 0, column: 0, .dim)
      let isResult = branches.isEmpty
      grid.write(
        String(name.dropFirst(branches.count)).truncated(
          toColumns: width - branches.columns, unicode: style.unicode),
        row: 0, column: branches.columns,
        Paint(
          foreground: node.kind == .operation ? nil : node.color.onTerminal, isBold: isResult))
      let column = nameColumns + 2
      grid.write(values[index], row: 0, column: column)
      let lines = texts[rows[index].node]
      if lines.count > 2, !rows[index].isRepeated {
        let gradient = style.unicode ? lines[2] : lines[2].replacing("…", with: "..")
        grid.write(gradient, row: 0, column: column + valueColumns + 2, .dim)
      }
      return grid.lines(style)[0]
    }
  }
}
