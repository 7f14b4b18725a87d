import FledgeCore

extension RandomOperation {
  static var creation: [RandomOperation] {
    let types: [DType] = [.float32, .float64, .float16, .int8, .uint8, .int32, .int64, .bool]
    return [
      RandomOperation("zeros") { a in
        let (sizes, dtype) = (a.sizes("shape"), a.choice("dtype", types))
        return Drawn { .zeros(Shape(sizes), dtype: dtype) }
      },
      RandomOperation("full") { a in
        let (sizes, dtype) = (a.sizes("shape"), a.choice("dtype", types))
        let value = a.number("value", [0, 1, 2, -3, 100, 300, 0.5])
        return Drawn { .full(Shape(sizes), value, dtype: dtype) }
      },
      RandomOperation("arange") { a in
        let count = a.count("count")
        return Drawn { .arange(count) }
      },
      RandomOperation("arange") { a in
        let (start, end) = (a.number("start", [0, 1, -2]), a.number("end", [3, 5, -4]))
        let (step, dtype) = (a.number("step", [1, 2, -1, 0.5]), a.choice("dtype", types))
        return Drawn { .arange(start, end, step: step, dtype: dtype) }
      },
      RandomOperation("linspace") { a in
        let (start, end) = (a.number("start", [0, 1, -2]), a.number("end", [3, 5, -4]))
        let (count, dtype) = (a.count("count"), a.choice("dtype", types))
        return Drawn { .linspace(start, end, count: count, dtype: dtype) }
      },
      RandomOperation("eye") { a in
        let (n, columns) = (a.count("n"), a.flag("wide") ? a.count("columns") : nil)
        return Drawn { .eye(n, columns: columns) }
      },
      RandomOperation("uniform") { a in
        let (sizes, dtype) = (a.sizes("shape"), a.choice("dtype", types))
        let ends = [a.number("from", [0, -1]), a.number("to", [1, 300])].filter { !$0.isNaN }
        let range = (ends.min() ?? 0)...(ends.max() ?? 1)
        return Drawn {
          .uniform(Shape(sizes), in: range, dtype: dtype, using: Generator(seed: 1))
        }
      },
      RandomOperation("normal") { a in
        let (sizes, mean) = (a.sizes("shape"), a.number("mean", [0, 2]))
        let deviation = a.number("deviation", [1, 0.5])
        return Drawn {
          .normal(
            Shape(sizes), mean: mean, standardDeviation: deviation, using: Generator(seed: 1))
        }
      },
      RandomOperation("bernoulli") { a in
        let (sizes, probability) = (a.sizes("shape"), a.number("probability", [0, 0.5, 1]))
        return Drawn {
          .bernoulli(Shape(sizes), probability: probability, using: Generator(seed: 1))
        }
      },
      RandomOperation("permutation") { a in
        let count = a.count("count")
        return Drawn { .permutation(count, using: Generator(seed: 1)) }
      },
      RandomOperation("multinomial") { a in
        let (weights, count) = (a.tensor("weights", rank: 1...2), a.count("count"))
        let isPositive = a.happens(0.8)
        return Drawn(weights) {
          let weights = isPositive ? $0.abs() : $0
          return .multinomial(weights.detached(), count: count, using: Generator(seed: 1))
        }
      },
      RandomOperation("oneHot") { a in
        let classes = a.count("classes", 1...4)
        let indices = a.indices("indices", a.shape(rank: 0...2), below: min(max(classes, 0), 4))
        return Drawn([indices]) { [.oneHot($0[0], classes: classes)] }
      },
      RandomOperation("dropout") { a in
        let (x, probability) = (a.tensor(), a.number("probability", [0, 0.3, 0.5, 1]))
        let shared = a.count("sharedAxes", 0...2)
        return Drawn(x) {
          dropout($0, probability: probability, sharedAxes: shared, using: Generator(seed: 1))
        }
      },
    ]
  }

  static var shapes: [RandomOperation] {
    [
      RandomOperation("reshaped") { a in
        let (x, sizes) = (a.tensor(), a.sizes("shape"))
        return Drawn(x) { $0.reshaped(Shape(sizes)) }
      },
      RandomOperation("reshaped") { a in
        let x = a.tensor("x", [2, 3, 2])
        let sizes = a.choice(
          "shape",
          [[-1], [-1, 2], [4, -1], [-2, -6], [-3, -4], [5, -1], [-1, -1], [-1, 0], [-1, -12]])
        return Drawn(x) { $0.reshaped(Shape(sizes)) }
      },
      RandomOperation("flattened") { a in
        let x = a.tensor()
        let (first, last) = (a.axis("from", x), a.axis("through", x))
        return Drawn(x) { $0.flattened(from: first, through: last) }
      },
      RandomOperation("expandedDims") { a in
        let x = a.tensor()
        let axis = a.axis("axis", x)
        return Drawn(x) { $0.expandedDims(axis: axis) }
      },
      RandomOperation("squeezed") { a in
        let x = a.tensor("x", a.shape(sizes: 1...2))
        let axes = a.axes("axes", x)
        return Drawn(x) { $0.squeezed(axes: axes) }
      },
      RandomOperation("permuted") { a in
        let x = a.tensor()
        let order = a.choice("order", [[0, 1, 2], [2, 0, 1], [-1, 0], [1, 0], [0], [0, 0], [.max]])
        return Drawn(x) { $0.permuted(order) }
      },
      RandomOperation("transposed") { a in
        let x = a.tensor()
        let (first, second) = (a.axis("a", x), a.axis("b", x))
        return Drawn(x) { $0.transposed(first, second) }
      },
      RandomOperation("movingAxis") { a in
        let x = a.tensor()
        let (from, to) = (a.axis("from", x), a.axis("to", x))
        return Drawn(x) { $0.movingAxis(from, to: to) }
      },
      RandomOperation("sliced") { a in
        let x = a.tensor(rank: 1...3)
        let (axis, start, count) = (a.axis("axis", x), a.count("from"), a.count("count"))
        return Drawn(x) { $0.sliced(axis: axis, from: start, count: count) }
      },
      RandomOperation("subscript") { a in
        let x = a.tensor(rank: 1...3)
        let (start, end) = (a.count("start", -4...4), a.count("end", -4...4))
        let step = a.choice("step", [1, 2, -1, -3, 0, .max, .min, .min + 1])
        return Drawn(x) { $0[.step(start, end, step)] }
      },
      RandomOperation("subscript") { a in
        let x = a.tensor(rank: 1...3)
        let (index, end) = (a.count("index", -4...4), a.count("through", 0...4))
        return Drawn(x) { $0[index, ...end] }
      },
      RandomOperation("subscript") { a in
        let x = a.tensor(rank: 1...3)
        let indices = a.indices("indices", a.shape(rank: 1...1), below: x.shape[0])
        return Drawn([x, indices]) { [$0[0][$0[1]]] }
      },
      RandomOperation("subscript set") { a in
        let x = a.tensor(rank: 1...3)
        let (start, end) = (a.count("start", -4...4), a.count("end", -4...4))
        let value = a.tensor("value", a.shape(near: Shape(x.shape.dropFirst().map { $0 })))
        let step = a.choice("step", [1, 2, -1, .max, .min])
        return Drawn([x, value]) {
          var y = $0[0]
          y[.step(start, end, step)] = $0[1]
          return [y]
        }
      },
      RandomOperation("flipped") { a in
        let x = a.tensor()
        let axis = a.axis("axis", x)
        return Drawn(x) { $0.flipped(axis: axis) }
      },
      RandomOperation("padded") { a in
        let (x, value) = (a.tensor(rank: 0...2), a.number("value", [0, 1, -2]))
        let widths = (0..<x.rank).map { axis in
          (before: a.count("before", 0...2), after: a.count("after", 0...2))
        }
        return Drawn(x) { $0.padded(widths, value: value) }
      },
      RandomOperation("broadcast") { a in
        let (x, sizes) = (a.tensor("x", a.shape(sizes: 1...2)), a.sizes("shape", rank: 0...4))
        return Drawn(x) { $0.broadcast(to: Shape(sizes)).sum(axes: []) }
      },
      RandomOperation("split") { a in
        let x = a.tensor(rank: 1...3)
        let (axis, sizes) = (a.axis("axis", x), a.sizes("sizes"))
        return Drawn([x]) { $0[0].split(sizes: sizes, axis: axis) }
      },
      RandomOperation("split") { a in
        let x = a.tensor(rank: 1...3)
        let (axis, size) = (a.axis("axis", x), a.count("every", 1...4))
        return Drawn([x]) { $0[0].split(every: size, axis: axis) }
      },
      RandomOperation("chunked") { a in
        let x = a.tensor(rank: 1...3)
        let (axis, parts) = (a.axis("axis", x), a.count("parts", 1...2))
        return Drawn([x]) { $0[0].chunked(parts, axis: axis) }
      },
      RandomOperation("concatenate") { a in
        let shape = a.shape()
        let (x, y) = (a.tensor("x", shape), a.tensor("y", a.shape(near: shape)))
        let axis = a.axis("axis", x)
        return Drawn([x, y]) { [.concatenate($0, axis: axis)] }
      },
      RandomOperation("stack") { a in
        let shape = a.shape()
        let (x, y) = (a.tensor("x", shape), a.tensor("y", a.shape(near: shape)))
        let axis = a.axis("axis", x)
        return Drawn([x, y]) { [.stack($0, axis: axis)] }
      },
      RandomOperation("tiled") { a in
        let (x, counts) = (a.tensor(rank: 0...2), a.sizes("counts", rank: 0...2))
        return Drawn(x) { $0.tiled(counts) }
      },
      RandomOperation("repeated") { a in
        let x = a.tensor(rank: 1...3)
        let (count, axis) = (a.count("count"), a.axis("axis", x))
        return Drawn(x) { $0.repeated(count, axis: axis) }
      },
    ]
  }
}
