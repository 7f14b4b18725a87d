import FledgeCore
import FledgeCourse
import FledgeNN

let checks9_2: [Check] = [
  Check("a word gets its row") { c in
    let table: [Float] = [1, 2, 10, 20, 100, 200]
    c.expect(
      TableRows.rows(of: table, width: 2, at: [2, 0, 2]).map(Double.init),
      near: [100, 200, 1, 2, 100, 200], "rows 2, 0, 2 of three rows of two")
    c.expect(
      TableRows.rows(of: table, width: 3, at: [1]).map(Double.init), near: [20, 100, 200],
      "row 1 of the same numbers as two rows of three")
    c.expect(TableRows.rows(of: table, width: 2, at: []).count, equals: 0, "numbers for no words")
  },
  Check("on the way back each row gets the sum of what was read from it") { c in
    c.expect(
      TableRows.tableGradient([1, 2, 10, 20, 100, 200], width: 2, at: [2, 0, 2], count: 4)
        .map(Double.init), near: [10, 20, 0, 0, 101, 202, 0, 0],
      "rows 2, 0, 2 of four: row 2 twice, rows 1 and 3 never")
  },
  Check("both are those of one-hot rows times the table") { c in
    c.forRandomCases(12) { generator in
      let (words, width) = (2 + generator.integer(below: 5), 1 + generator.integer(below: 4))
      let indices = (0..<1 + generator.integer(below: 8)).map { _ in generator.integer(below: words)
      }
      let table = Tensor.normal([words, width], using: generator).requiringGradients()
      let dy = Tensor.normal([indices.count, width], using: generator)
      let hot = Tensor(
        indices.flatMap { n in (0..<words).map { Float($0 == n ? 1 : 0) } },
        shape: [indices.count, words])
      let product = hot.matmul(table)
      c.trying("words \(indices) in a table \(table.shape)") {
        let rows = TableRows.rows(of: table.array(), width: width, at: indices)
        c.expect(
          rows.map(Double.init), near: product.array(of: Double.self), "the rows")
        let expected = gradients(of: product, withRespectTo: [table], outputGradient: dy)[0]
        c.expect(
          TableRows.tableGradient(dy.array(), width: width, at: indices, count: words)
            .map(Double.init), near: expected.array(of: Double.self), tolerance: 1e-5,
          "the gradient of the table")
      }
    }
  },
  Check("a layer takes any axes of words") { c in
    let layer = MyEmbedding(5, 3)
    c.expect(layer.weight.shape.description, equals: "[5, 3]", "the shape of the table")
    c.expect(layer.parameterCount, equals: 15, "parameters")
    let words = Tensor([4, 0, 1, 1, 2, 4], shape: [3, 2])
    let y = layer(words).detached()
    guard
      c.expect(
        y.shape.description, equals: "[3, 2, 3]", "the shape of what comes out of words [3, 2]")
    else { return }
    c.expect(y[0, 0], near: layer.weight.detached()[4], "the vector of word 4")
    c.expect(y[2, 0], near: layer.weight.detached()[2], "the vector of word 2")
  },
  Check("the table starts from normal numbers of deviation 1") { c in
    for (words, channels) in [(1000, 10), (10, 1000)] {
      let values = withGenerator(Generator(seed: 1)) { MyEmbedding(words, channels) }.weight
        .array(of: Double.self)
      let mean = values.reduce(0, +) / Double(values.count)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      c.trying("\(words) words of \(channels)") {
        c.expect(abs(mean) < 0.05, "the mean is about 0: \(mean)")
        c.expect(
          square.squareRoot(), near: 1, tolerance: 0.05, "the deviation, to a twentieth")
        // Of uniform numbers with this deviation none is beyond √3.
        c.expect(
          values.count { abs($0) > 2 } > 300, "one in twenty is beyond 2, as of normal numbers")
      }
    }
  },
  Check("the framework trains it: rows that were read move, others stay") { c in
    let layer = MyEmbedding(4, 2)
    let target = Tensor([[5, -5], [3, 3], [5, -5]])
    let before = layer.weight.detached()
    let loss = (layer(Tensor([2, 0, 2] as [Int])) - target).square().sum()
    loss.backward()
    guard let gradient = layer.namedParameters().first?.parameter.grad else {
      c.expect(false, "the table has a gradient")
      return
    }
    // Of (row − target)² twice for word 2, once for word 0.
    c.expect(gradient[2], near: (before[2] - target[0]) * 4, "the gradient of word 2, read twice")
    c.expect(gradient[0], near: (before[0] - target[1]) * 2, "the gradient of word 0")
    c.expect(gradient[1], near: Tensor([0, 0]), "the gradient of word 1, which did not come")
  },
  Check("near is what points the same way") { c in
    let layer = MyEmbedding(5, 2)
    layer.weight = Tensor([[1, 0], [10, 1], [0, 3], [-5, 0], [2, 1]])
    c.expect(
      layer.nearest(to: 0, count: 4), equals: [1, 4, 2, 3],
      "the words near [1, 0]: [10, 1], [2, 1], [0, 3], [−5, 0]")
    c.expect(layer.nearest(to: 2, count: 2), equals: [4, 1], "the two nearest to [0, 3]")
    c.expect(layer.nearest(to: 3, count: 9).count, equals: 4, "of five words four are others")
    layer.weight = Tensor([[1, 1], [2, 0], [0, 3], [4, 0], [0, 1]])
    c.expect(
      layer.nearest(to: 0, count: 4).count, equals: 4, "words near one that is equally far from all"
    )
    layer.weight = Tensor([[1, 0], [0, 2], [0, 2], [0, 2], [4, 0]])
    c.expect(
      layer.nearest(to: 0, count: 3), equals: [4, 1, 2], "of three alike the smaller numbers first")
    c.expect(
      layer.nearest(to: 3, count: 2), equals: [1, 2],
      "of three alike the two others, and not the last one itself")
  },
]
