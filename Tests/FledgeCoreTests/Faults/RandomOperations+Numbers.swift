import FledgeCore

extension RandomOperation {
  static var reductions: [RandomOperation] {
    let folds: [(String, @Sendable (Tensor, [Int], Bool) -> Tensor)] = [
      ("sum", { $0.sum(axes: $1, keepDims: $2) }), ("mean", { $0.mean(axes: $1, keepDims: $2) }),
      ("max", { $0.max(axes: $1, keepDims: $2) }), ("min", { $0.min(axes: $1, keepDims: $2) }),
      ("prod", { $0.prod(axes: $1, keepDims: $2) }),
      ("logSumExp", { $0.logSumExp(axes: $1, keepDims: $2) }),
      ("any", { $0.any(axes: $1, keepDims: $2) }), ("all", { $0.all(axes: $1, keepDims: $2) }),
    ]
    return folds.map { name, fold in
      RandomOperation(name) { a in
        let x = a.tensor()
        let (axes, keepDims) = (a.axes("axes", x), a.flag("keepDims"))
        return Drawn(x) { fold($0, axes, keepDims) }
      }
    } + [
      RandomOperation("prod") { a in
        let x = a.tensor("x", a.shape(rank: 1...3, sizes: 0...3))
        let axis = a.axis("axis", x)
        return Drawn(x) { $0.prod(axis: axis) }
      },
      RandomOperation("argmax") { a in
        let x = a.tensor()
        let (axis, keepDims) = (a.flag("all") ? nil : a.axis("axis", x), a.flag("keepDims"))
        return Drawn(x) { $0.argmax(axis: axis, keepDims: keepDims) }
      },
      RandomOperation("variance") { a in
        let x = a.tensor()
        let (axes, correction) = (a.axes("axes", x), a.count("correction", 0...2))
        return Drawn(x) { $0.variance(axes: axes, correction: correction) }
      },
      RandomOperation("standardDeviation") { a in
        let x = a.tensor()
        let (axes, correction) = (a.axes("axes", x), a.count("correction", 0...2))
        return Drawn(x) { $0.standardDeviation(axes: axes, correction: correction) }
      },
      RandomOperation("norm") { a in
        let x = a.tensor()
        let (p, axes) = (a.number("p", [0, 0.5, 1, 2, 3, -1]), a.axes("axes", x))
        return Drawn(x) { $0.norm(p, axes: axes) }
      },
      RandomOperation("cumulativeSum") { a in
        let x = a.tensor()
        let axis = a.axis("axis", x)
        return Drawn(x) { $0.cumulativeSum(axis: axis) }
      },
    ]
  }

  static var indexing: [RandomOperation] {
    [
      RandomOperation("sorted") { a in
        let x = a.tensor()
        let (axis, descending) = (a.axis("axis", x), a.flag("descending"))
        return Drawn([x]) {
          let (values, indices) = $0[0].sorted(axis: axis, descending: descending)
          return [values, indices]
        }
      },
      RandomOperation("topK") { a in
        let x = a.tensor(rank: 1...3)
        let (k, axis, largest) = (a.count("k", 0...2), a.axis("axis", x), a.flag("largest"))
        return Drawn([x]) {
          let (values, indices) = $0[0].topK(k, axis: axis, largest: largest)
          return [values, indices]
        }
      },
      RandomOperation("gather") { a in
        let x = a.tensor(rank: 1...3)
        let axis = a.axis("axis", x)
        var shape = a.shape(near: x.shape)
        if (0..<shape.rank).contains(axis) { shape[axis] = 2 }
        let size = (-x.rank..<x.rank).contains(axis) ? x.shape[axis] : 1
        let indices = a.indices("indices", shape, below: size)
        return Drawn([x, indices]) { [$0[0].gather($0[1], axis: axis)] }
      },
      RandomOperation("scatterAdding") { a in
        let base = a.tensor("base", a.shape(rank: 1...2))
        let axis = a.axis("axis", base)
        var shape = a.shape(near: base.shape)
        if (0..<shape.rank).contains(axis) { shape[axis] = 3 }
        let size = (-base.rank..<base.rank).contains(axis) ? base.shape[axis] : 1
        let indices = a.indices("indices", shape, below: size)
        let x = a.tensor("x", a.shape(near: shape), dtype: base.dtype)
        return Drawn([base, x, indices]) { [$0[0].scatterAdding($0[1], at: $0[2], axis: axis)] }
      },
      RandomOperation("take") { a in
        let x = a.tensor(rank: 1...3)
        let axis = a.axis("axis", x)
        let size = (-x.rank..<x.rank).contains(axis) ? x.shape[axis] : 1
        let indices = a.indices("indices", a.shape(rank: 0...2), below: size)
        return Drawn([x, indices]) { [$0[0].take($0[1], axis: axis)] }
      },
      RandomOperation("lowerTriangle") { a in
        let (x, diagonal) = (a.tensor(), a.count("diagonal", -3...3))
        return Drawn(x) { $0.lowerTriangle(diagonal: diagonal) }
      },
    ]
  }

  static var numbers: [RandomOperation] {
    let types: [DType] = [.float32, .float64, .int8, .uint8, .int64]
    return [
      RandomOperation("clamped") { a in
        let (x, dtype) = (a.tensor(), a.choice("dtype", types))
        let lower = a.flag("below") ? a.number("min", [-1, 0, 0.5]) : nil
        let upper = a.flag("above") ? a.number("max", [1, 0, 0.75]) : nil
        return Drawn(x) { $0.cast(to: dtype).clamped(min: lower, max: upper) }
      },
      RandomOperation("pow") { a in
        let (x, dtype) = (a.tensor(), a.choice("dtype", types))
        let exponent = a.number("exponent", [0, 1, 2, 3, -1, 0.5, -0.5, 2.5])
        return Drawn(x) { $0.abs().cast(to: dtype).pow(exponent) }
      },
      RandomOperation("masked") { a in
        let (x, dtype) = (a.tensor(), a.choice("dtype", types))
        let (value, bound) = (a.number("value", [0, 1, 300]), a.number("bound", [0, 1]))
        return Drawn(x) { $0.cast(to: dtype).masked(where: $0 .> bound, with: value) }
      },
      RandomOperation("arithmetic") { a in
        let (x, dtype) = (a.tensor(), a.choice("dtype", types))
        let (first, second) = (a.number("a", [1, 2, 0.5]), a.number("b", [3, -1, 0.25]))
        return Drawn(x) { ($0.cast(to: dtype) + first) * second - first }
      },
      RandomOperation("leakyReLU") { a in
        let (x, slope) = (a.tensor(), a.number("slope", [0.01, 0.3]))
        return Drawn(x) { leakyReLU($0, slope: slope) }
      },
      RandomOperation("elu") { a in
        let (x, alpha) = (a.tensor(), a.number("alpha", [1, 0.5]))
        return Drawn(x) { elu($0, alpha: alpha) }
      },
      RandomOperation("matmul") { a in
        let (m, k, n) = (a.count("m"), a.count("k"), a.count("n"))
        let sizes = [m, k, n].map { (0...8).contains($0) ? $0 : 1 }
        let batch = Array(a.shape(rank: 0...2, sizes: 1...2))
        let right = Array(a.shape(rank: 0...2, sizes: 1...2))
        let x = a.tensor("x", a.shape(near: Shape(batch + [sizes[0], sizes[1]])))
        let y = a.tensor("y", a.shape(near: Shape(right + [sizes[1], sizes[2]])), dtype: x.dtype)
        return Drawn([x, y]) { [$0[0].matmul($0[1])] }
      },
      RandomOperation("linear") { a in
        let shape = a.shape(rank: 1...3)
        let x = a.tensor("x", shape)
        let weight = a.tensor("weight", a.shape(near: [3, shape[-1]]), dtype: x.dtype)
        let bias = a.tensor("bias", a.shape(near: [3]), dtype: x.dtype)
        let hasBias = a.flag("hasBias")
        return Drawn([x, weight, bias]) {
          [linear($0[0], weight: $0[1], bias: hasBias ? $0[2] : nil)]
        }
      },
      RandomOperation("einsum") { a in
        let equation = a.choice(
          "equation",
          ["ij,jk->ik", "ij,ij->", "ij,kj", "ij,jk->kij", "ii,ij->j", "ij->ji", "", "->", "i,,j"])
        let x = a.tensor("x", a.shape(rank: 2...2, sizes: 0...3))
        let y = a.tensor("y", a.shape(near: [x.shape[1], 2]), dtype: x.dtype)
        return Drawn([x, y]) { [einsum(equation, $0[0], $0[1])] }
      },
    ]
  }

  static var fused: [RandomOperation] {
    [
      RandomOperation("softmax") { a in
        let x = a.tensor()
        let axis = a.axis("axis", x)
        return Drawn([x]) { [softmax($0[0], axis: axis), logSoftmax($0[0], axis: axis)] }
      },
      RandomOperation("layerNorm") { a in
        let (x, epsilon) = (a.tensor(), a.number("epsilon", [1e-5, 0.1]))
        let weight = a.tensor(
          "weight", a.shape(near: [x.rank == 0 ? 1 : x.shape[-1]]), dtype: x.dtype)
        return Drawn([x, weight]) {
          [layerNorm($0[0], weight: $0[1], epsilon: epsilon), rmsNorm($0[0], epsilon: epsilon)]
        }
      },
      RandomOperation("groupNorm") { a in
        let (x, groups) = (a.tensor(rank: 1...3), a.count("groups", 1...2))
        let epsilon = a.number("epsilon", [1e-5, 0.1])
        return Drawn(x) { groupNorm($0, groups: groups, epsilon: epsilon) }
      },
      RandomOperation("batchNorm") { a in
        let (x, epsilon) = (a.tensor(rank: 1...3), a.number("epsilon", [1e-3, 0.1]))
        return Drawn([x]) {
          let result = batchNorm($0[0], epsilon: epsilon)
          return [result.y, result.mean, result.variance]
        }
      },
      RandomOperation("attention") { a in
        let (t, s) = (Int(a.choice("T", [0, 1, 3])), Int(a.choice("S", [0, 1, 4])))
        let depth = a.choice("D", [0, 1, 4])
        let q = a.tensor("q", a.shape(near: [2, t, depth]))
        let k = a.tensor("k", a.shape(near: [2, s, depth]), dtype: q.dtype)
        let v = a.tensor("v", a.shape(near: k.shape), dtype: q.dtype)
        let mask = a.tensor("mask", a.shape(near: [t, s]), dtype: q.dtype)
        let (hasMask, isCausal) = (a.flag("hasMask"), a.flag("isCausal"))
        let scale = a.flag("hasScale") ? a.number("scale", [0.5, 1]) : nil
        return Drawn([q, k, v, mask]) {
          [
            attention(
              $0[0], $0[1], $0[2], mask: hasMask ? $0[3].detached() : nil, isCausal: isCausal,
              scale: scale)
          ]
        }
      },
      RandomOperation("crossEntropy") { a in
        let logits = a.tensor("logits", a.shape(rank: 2...2))
        let targets = a.indices(
          "targets", a.shape(near: [logits.shape[0]]), below: logits.shape[1])
        let smoothing = a.number("labelSmoothing", [0, 0.1, 1])
        let ignored = a.flag("ignores") ? a.count("ignoreIndex") : nil
        return Drawn([logits, targets]) {
          [crossEntropyLosses($0[0], $0[1], ignoreIndex: ignored, labelSmoothing: smoothing)]
        }
      },
      RandomOperation("rotary") { a in
        let (x, base) = (a.tensor("x", a.shape(rank: 1...3)), a.number("base", [10, 10_000]))
        let offset = a.count("offset")
        return Drawn(x) { rotary($0, base: base, offset: offset) }
      },
      RandomOperation("positionAngles") { a in
        let (count, depth) = (a.count("count"), a.count("depth"))
        let (base, offset) = (a.number("base", [10, 10_000]), a.count("offset"))
        return Drawn { positionAngles(count, depth: depth, base: base, offset: offset) }
      },
      recurrent("rnn", gates: 1) { z, weight, bias, _, lengths, isReversed in
        let result = rnn(z, weight: weight, bias: bias, lengths: lengths, isReversed: isReversed)
        return [result.y, result.h]
      },
      recurrent("gru", gates: 3) { z, weight, bias, state, lengths, isReversed in
        let result = gru(
          z, weight: weight, bias: bias, state: state, lengths: lengths, isReversed: isReversed)
        return [result.y, result.h]
      },
      recurrent("lstm", gates: 4) { z, weight, bias, state, lengths, isReversed in
        let result = lstm(
          z, weight: weight, bias: bias, state: (state, state), lengths: lengths,
          isReversed: isReversed)
        return [result.y, result.h, result.c]
      },
    ]
  }

  private typealias Recurrent =
    @Sendable (
      _ z: Tensor, _ weight: Tensor, _ bias: Tensor, _ state: Tensor, _ lengths: Tensor?,
      _ isReversed: Bool
    ) -> [Tensor]

  private static func recurrent(
    _ name: String, gates: Int, _ function: @escaping Recurrent
  ) -> RandomOperation {
    RandomOperation(name) { a in
      let (time, batch, hidden) = (
        a.choice("T", [0, 1, 3]), a.choice("B", [0, 1, 2]), a.choice("H", [0, 1, 3])
      )
      let z = a.tensor("z", a.shape(near: [time, batch, gates * hidden]))
      let weight = a.tensor("weight", a.shape(near: [gates * hidden, hidden]), dtype: z.dtype)
      let bias = a.tensor("bias", a.shape(near: [gates * hidden]), dtype: z.dtype)
      let state = a.tensor("state", a.shape(near: [batch, hidden]), dtype: z.dtype)
      let lengths = a.indices("lengths", a.shape(near: [batch]), below: time + 1)
      let (hasLengths, isReversed) = (a.flag("hasLengths"), a.flag("isReversed"))
      return Drawn([z, weight, bias, state, lengths]) {
        function($0[0], $0[1], $0[2], $0[3], hasLengths ? $0[4] : nil, isReversed)
      }
    }
  }
}
