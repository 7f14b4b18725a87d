import FledgeCore
import FledgeTestSupport
import Testing

/// Every operation at ranks 0 to 8, against the same operation on a tensor of few axes, or against
/// plain loops.
@Suite struct ManyAxesTests {
  private static let sizes = [2, 1, 3, 2, 1, 2, 3, 2]
  static let ranks = 0...8

  /// Distinct numbers in a mixed order, some below 0.
  private func numbers(_ shape: Shape, _ shift: Int = 0) -> Tensor {
    let count = shape.count
    let values = (0..<count).map { Double(($0 * 37 + shift) % max(count, 1)) / 8 - 2.0625 }
    return Tensor(values, shape: shape, dtype: .float32)
  }

  private func x(_ rank: Int) -> Tensor { numbers(Shape(Self.sizes.prefix(rank))) }

  private func onBoth(_ body: () -> Void) {
    withBackend(.cpu, body)
    withBackend(.reference, body)
  }

  private func expectClose(
    _ a: Tensor, _ b: Tensor, _ label: String, sourceLocation: SourceLocation
  ) {
    let isSame =
      a.shape == b.shape && a.dtype == b.dtype
      && zip(a.array(of: Double.self), b.array(of: Double.self)).allSatisfy {
        $0.agrees(with: $1, relative: 1e-4, absolute: 1e-4)
      }
    #expect(isSame, "\(label): \(a) is not \(b)", sourceLocation: sourceLocation)
  }

  /// Expects f(x) to be g(x), and the gradients of a weighted sum of both to be equal.
  private func expectEqual(
    _ label: String, _ x: Tensor, _ f: (Tensor) -> Tensor, _ g: (Tensor) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    onBoth {
      let (a, b) = (x.requiringGradients(), x.requiringGradients())
      let (y, z) = (f(a), g(b))
      expectClose(y, z, "\(label) of \(x.shape)", sourceLocation: sourceLocation)
      #expect(
        y.requiresGradients == z.requiresGradients, "\(label) of \(x.shape)",
        sourceLocation: sourceLocation)
      guard y.requiresGradients && y.shape == z.shape else { return }
      let weights = numbers(y.shape, 3)
      y.backward(gradient: weights)
      z.backward(gradient: weights)
      expectClose(
        a.grad ?? .zeros(like: x), b.grad ?? .zeros(like: x), "gradient of \(label) of \(x.shape)",
        sourceLocation: sourceLocation)
    }
  }

  // MARK: Along an axis

  /// Operations along one axis, which may change or remove it, or put several in its place.
  static let alongAxis: [(name: String, f: @Sendable (Tensor, Int) -> Tensor)] = [
    ("sum", { $0.sum(axis: $1) }), ("sum kept", { $0.sum(axis: $1, keepDims: true) }),
    ("mean", { $0.mean(axis: $1) }), ("max", { $0.max(axis: $1) }), ("min", { $0.min(axis: $1) }),
    ("prod", { $0.prod(axis: $1) }), ("variance", { $0.variance(axis: $1, correction: 0) }),
    ("deviation", { $0.standardDeviation(axes: [$1], correction: 0) }),
    ("norm", { $0.norm(axes: [$1]) }), ("norm of order 3", { $0.norm(3, axes: [$1]) }),
    ("logSumExp", { $0.logSumExp(axis: $1) }), ("any", { ($0 .> 0).any(axes: [$1]) }),
    ("all", { ($0 .> 0).all(axes: [$1]) }), ("argmax", { $0.argmax(axis: $1) }),
    ("argmin", { $0.argmin(axis: $1, keepDims: true) }),
    ("cumulativeSum", { $0.cumulativeSum(axis: $1) }), ("softmax", { softmax($0, axis: $1) }),
    ("logSoftmax", { logSoftmax($0, axis: $1) }), ("sorted", { $0.sorted(axis: $1).values }),
    ("argsorted", { $0.argsorted(axis: $1, descending: true) }),
    ("topK", { $0.topK(1, axis: $1).values }), ("flipped", { $0.flipped(axis: $1) }),
    ("sliced", { $0.sliced(axis: $1, from: 0, count: 1) }),
    ("take", { $0.take(Tensor([0, -1, 0, 0] as [Int]), axis: $1) }),
    ("take one", { $0.take(Tensor([-1] as [Int]).reshaped([]), axis: $1) }),
    ("gather", { $0.gather($0.argsorted(axis: $1), axis: $1) }),
    ("scatterAdding", { $0.scatterAdding($0, at: $0.argsorted(axis: $1), axis: $1) }),
    ("concatenate", { Tensor.concatenate([$0, $0 * 2], axis: $1) }),
    ("split", { Tensor.concatenate($0.split(every: 2, axis: $1).reversed(), axis: $1) }),
    ("chunked", { $0.chunked(1, axis: $1)[0] }), ("repeated", { $0.repeated(3, axis: $1) }),
    (
      "tiled",
      { x, axis in x.tiled((0..<x.rank).map { $0 == axis ? 3 : 1 }) }
    ),
    (
      "padded",
      { x, axis in
        x.padded((0..<x.rank).map { $0 == axis ? (1, 2) : (0, 0) }, value: 7)
      }
    ),
  ]

  /// Those whose result has one axis more.
  static let addingAxis: [(name: String, f: @Sendable (Tensor, Int) -> Tensor)] = [
    ("expandedDims", { $0.expandedDims(axis: $1) }),
    ("stack", { Tensor.stack([$0, $0 * 2], axis: $1) }),
    ("take a table", { $0.take(Tensor([[0, -1, 0], [0, 0, -1]]).cast(to: .int64), axis: $1) }),
  ]

  @Test(arguments: ranks) func `operations along each axis`(rank: Int) {
    let operations = Self.alongAxis + (rank < 8 ? Self.addingAxis : [])
    for axis in 0..<rank {
      let x = x(rank)
      let (before, after) = (x.shape.prefix(axis), Array(x.shape.dropFirst(axis + 1)))
      let few = Shape([before.reduce(1, *), x.shape[axis], after.reduce(1, *)])
      for (name, f) in operations {
        expectEqual("\(name) along \(axis)", x) {
          f($0, axis)
        } _: {
          let y = f($0.reshaped(few), 1)
          return y.reshaped(Shape(before + y.shape.dropFirst().dropLast() + after))
        }
      }
    }
  }

  static let overAxes: [(name: String, f: @Sendable (Tensor, [Int]) -> Tensor)] = [
    ("sum", { $0.sum(axes: $1) }), ("mean", { $0.mean(axes: $1) }), ("max", { $0.max(axes: $1) }),
    ("min", { $0.min(axes: $1) }), ("prod", { ($0 * 0.1).prod(axes: $1) }),
    ("variance", { $0.variance(axes: $1) }), ("norm", { $0.norm(axes: $1) }),
    ("logSumExp", { $0.logSumExp(axes: $1) }), ("any", { ($0 .> 1).any(axes: $1) }),
    ("all", { ($0 .> 1).all(axes: $1) }),
  ]

  @Test(arguments: 2...8) func `reductions over several axes`(rank: Int) {
    for axes in [[0, rank - 1], Array(stride(from: 0, to: rank, by: 2)), Array(0..<rank)] {
      let kept = (0..<rank).filter { !axes.contains($0) }
      for (name, f) in Self.overAxes {
        expectEqual("\(name) over \(axes)", x(rank)) {
          f($0, axes)
        } _: {
          let sizes = kept.map { Self.sizes[$0] }
          return f($0.permuted(kept + axes).reshaped(Shape(sizes + [-1])), [kept.count])
        }
      }
    }
  }

  // MARK: Shapes

  @Test(arguments: ranks) func `orders of axes, and shapes`(rank: Int) {
    let x = x(rank)
    let oracle = Oracle((x * 8 + 16.5).cast(to: .int64))
    func check(_ label: String, _ y: Tensor, _ expected: Oracle) {
      #expect(Oracle((y * 8 + 16.5).cast(to: .int64)) == expected, "\(label) of \(x.shape)")
    }
    onBoth {
      let reversed = Array((0..<rank).reversed())
      check("permuted", x.permuted(reversed), oracle.permuted(reversed))
      check("contiguous", x.permuted(reversed).contiguous(), oracle.permuted(reversed))
      check("squeezed", x.squeezed(), oracle.reshaped(oracle.shape.filter { $0 != 1 }))
      check("reshaped", x.reshaped([-1]), oracle.reshaped([oracle.values.count]))
      for target in [[3] + oracle.shape, oracle.shape.map { $0 == 1 ? 4 : $0 }]
      where target.count <= 8 {
        check("broadcast", x.broadcast(to: Shape(target)), oracle.broadcast(to: target))
      }
      for from in 0..<rank {
        var order = Array(0..<rank)
        order.insert(order.remove(at: from), at: rank - 1)
        check("movingAxis", x.movingAxis(from, to: -1), oracle.permuted(order))
        order = Array(0..<rank)
        order.swapAt(from, 0)
        check("transposed", x.transposed(from, 0), oracle.permuted(order))
        for through in from..<rank {
          let merged = oracle.shape[from...through].reduce(1, *)
          check(
            "flattened \(from)…\(through)", x.flattened(from: from, through: through),
            oracle.reshaped(oracle.shape[..<from] + [merged] + oracle.shape[(through + 1)...]))
        }
      }
      let counts = (0..<rank).map { $0 % 2 + 1 }
      let tiled = oracle.shape.indices.reduce(oracle) { y, axis in
        y.picking(
          (0..<counts[axis]).flatMap { _ in Array(0..<oracle.shape[axis]) }, axis: axis)
      }
      check("tiled", x.tiled(counts), tiled)
    }
  }

  @Test(arguments: 1...8) func `indices and masks`(rank: Int) {
    let x = x(rank)
    let count = x.count
    func check(
      _ label: String, _ f: (Tensor) -> Tensor, _ g: (Tensor) -> Tensor,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      expectEqual(label, x, f, g, sourceLocation: sourceLocation)
    }
    let rest = Array(x.shape.dropFirst())
    let flat = { (x: Tensor) in x.reshaped([2, count / 2]) }
    func shaped(_ first: [Int]) -> Shape { Shape(first + rest) }
    check("x[1]", { $0[1] }, { flat($0)[1].reshaped(shaped([])) })
    check(
      "x[…, 0]", { $0[.ellipsis, 0] }, { $0.sliced(axis: -1, from: 0, count: 1).squeezed(axis: -1) }
    )
    check("x[1...]", { $0[1...] }, { flat($0)[1...].reshaped(shaped([1])) })
    check("x[new, 1]", { $0[.newAxis, 1] }, { flat($0)[1].reshaped(shaped([1])) })
    let some = Tensor([1, 0, 1] as [Int])
    check("x[indices]", { $0[some] }, { flat($0)[some].reshaped(shaped([3])) })
    let one = Tensor([1] as [Int]).reshaped([])
    check("x[index]", { $0[one] }, { flat($0)[1].reshaped(shaped([])) })
    check("x[new, index]", { $0[.newAxis, one] }, { flat($0)[1].reshaped(shaped([1])) })
    if rank > 1 {
      let table = Tensor([[1, 0, 1]]).cast(to: .int64)
      check("x[table, 0]", { $0[table, 0] }, { $0[some][.all, 0].expandedDims(axis: 0) })
      let first = x[.ellipsis, 0] .> 0
      check("x[new, mask]", { $0[.newAxis, first] }, { $0[first].expandedDims(axis: 0) })
      check(
        "x[mask]", { $0[first] },
        { $0.reshaped([-1, x.shape[-1]]).take(first.nonzeroPositions()) })
    }
    let mask = x .> 0
    check("x[all of a mask]", { $0[mask] }, { $0.reshaped([-1]).take(mask.nonzeroPositions()) })
    check(
      "x[mask] = 5",
      {
        var y = $0 * 1
        y[mask] = Tensor(5)
        return y
      }, { $0.masked(where: mask, with: 5) })
    check(
      "x[indices] = value",
      {
        var y = $0 * 1
        y[Tensor([1] as [Int])] = Tensor(5)
        return y
      },
      {
        Tensor.concatenate([$0[..<1], $0[1...] * 0 + 5])
      })
    check(
      "x[…, 0] = value",
      {
        var y = $0 * 1
        y[.ellipsis, 0] = Tensor(5)
        return y
      },
      {
        let columns = Tensor.arange(x.shape[-1])
        return $0.masked(where: (columns .== 0).broadcast(to: x.shape), with: 5)
      })
    #expect(mask.nonzeroPositions().count == mask.array(of: Bool.self).count { $0 })
    if rank < 8 {
      let labels = Tensor((0..<count).map { $0 % 3 }, shape: x.shape)
      let expected = Tensor.oneHot(labels.reshaped([count]), classes: 3)
      #expect(
        Tensor.oneHot(labels, classes: 3)
          .isIdentical(to: expected.reshaped(Shape(x.shape.dimensions + [3]))))
    }
  }

  // MARK: Element by element

  static let binary: [(name: String, f: @Sendable (Tensor, Tensor) -> Tensor)] = [
    ("+", { $0 + $1 }), ("−", { $0 - $1 }), ("·", { $0 * $1 }), ("/", { $0 / $1 }),
    ("maximum", { maximum($0, $1) }), ("minimum", { minimum($0, $1) }),
    ("pow", { $0.abs().pow($1) }), ("==", { $0 .== $1 }), ("!=", { $0 .!= $1 }),
    ("<", { $0 .< $1 }), ("<=", { $0 .<= $1 }), (">", { $0 .> $1 }), (">=", { $0 .>= $1 }),
    ("and", { ($0 .> 0).and($1 .> 0) }), ("or", { ($0 .> 0).or($1 .> 0) }),
    ("xor", { ($0 .> 0).xor($1 .> 0) }), ("where", { Tensor.where($0 .> $1, $0, $1) }),
    (
      "+=",
      {
        var y = $0 * 1
        y += $1
        return y
      }
    ),
  ]

  @Test(arguments: ranks) func `broadcasting over every axis`(rank: Int) {
    let x = x(rank)
    // The other operand has some axes of size 1, or fewer axes, or one number only.
    let thin = x.shape.enumerated().map { $0 % 2 == 0 ? $1 : 1 }
    for shape in [Shape(thin), Shape(x.shape.dropFirst()), x.shape, []] {
      let y = numbers(shape, 5)
      let whole = y.broadcast(to: x.shape).contiguous().reshaped([x.count])
      for (name, f) in Self.binary {
        expectEqual("\(name) \(shape)", x) {
          f($0, y)
        } _: {
          f($0.reshaped([x.count]), whole).reshaped(x.shape)
        }
      }
      expectEqual("gradient of the smaller \(shape)", y) {
        x * $0
      } _: {
        (x.reshaped([x.count]) * $0.broadcast(to: x.shape).reshaped([x.count])).reshaped(x.shape)
      }
    }
  }

  @Test(arguments: ranks) func `functions of one number`(rank: Int) {
    // Seen through reversed axes, too, so that no kernel may take the elements as they lie.
    let order = Array((0..<rank).reversed())
    for operation in ElementwiseSamples.unary {
      expectEqual("\(operation)", x(rank)) {
        applied(operation, [$0.permuted(order)])[0]
      } _: {
        applied(operation, [$0.permuted(order).reshaped([$0.count])])[0]
          .reshaped(Shape($0.permuted(order).shape))
      }
    }
    for dtype in DType.allCases {
      let y = x(rank).cast(to: dtype)
      let flat = x(rank).reshaped([-1]).cast(to: dtype)
      #expect(y.shape == x(rank).shape && y.reshaped([-1]).isIdentical(to: flat), "\(dtype)")
    }
  }

  // MARK: Rows and matrices

  /// Functions of the last two axes, for any axes before them.
  static let ofMatrices: [(name: String, f: @Sendable (Tensor) -> Tensor)] = [
    ("layerNorm", { layerNorm($0) }), ("rmsNorm", { rmsNorm($0) }), ("softmax", { softmax($0) }),
    ("logSoftmax", { logSoftmax($0) }),
    ("linear", { linear($0, weight: Tensor.ones([5, $0.shape[-1]]), bias: Tensor.ones([5])) }),
    ("rotary", { rotary($0) }), ("attention", { attention($0, $0 * 0.5, $0, isCausal: true) }),
    ("· matrix", { $0.matmul(Tensor.ones([$0.shape[-1], 3])) }),
    ("· vector", { $0.matmul(Tensor.ones([$0.shape[-1]])) }),
    ("vector ·", { Tensor.ones([$0.shape[-2]]).matmul($0) }),
    ("matrix ·", { Tensor.ones([3, $0.shape[-2]]).matmul($0) }),
    ("· itself", { $0.matmul($0.transposed()) }), ("lowerTriangle", { $0.lowerTriangle() }),
  ]

  @Test(arguments: 2...8) func `rows and matrices`(rank: Int) {
    let x = numbers(Shape([2, 1, 3, 2, 1, 2].prefix(rank - 2) + [3, 2]))
    let before = Array(x.shape.dropLast(2))
    for (name, f) in Self.ofMatrices {
      expectEqual(name, x) {
        f($0)
      } _: {
        let y = f($0.reshaped([before.reduce(1, *), 3, 2]))
        return y.reshaped(Shape(before + y.shape.dropFirst()))
      }
    }
    expectEqual("products of broadcast batches", x) {
      $0.matmul(Tensor.ones(Shape([Int](repeating: 1, count: rank - 2) + [2, 4])))
    } _: {
      $0.matmul(Tensor.ones([2, 4]))
    }
    if rank >= 3 {
      expectEqual("groupNorm", x) {
        groupNorm($0, groups: 1)
      } _: {
        groupNorm($0.reshaped([x.shape[0], x.shape[1], -1]), groups: 1).reshaped(x.shape)
      }
      expectEqual("batchNorm", x) {
        batchNorm($0).y
      } _: {
        batchNorm($0.reshaped([x.shape[0], x.shape[1], -1])).y.reshaped(x.shape)
      }
    }
    expectEqual("dropout", x) {
      dropout($0, probability: 0.5, using: Generator(seed: 2))
    } _: {
      dropout($0.reshaped([x.count]), probability: 0.5, using: Generator(seed: 2)).reshaped(x.shape)
    }
  }

  @Test(arguments: ranks) func `einsum contracts before there are too many axes`(rank: Int) {
    let x = x(rank)
    let labels = String("abcdefgh".prefix(rank))
    expectEqual("Σ", x) {
      einsum("\(labels)->", $0)
    } _: {
      $0.sum()
    }
    expectEqual("reversed", x) {
      einsum("\(labels)->\(String(labels.reversed()))", $0)
    } _: {
      $0.permuted(Array((0..<rank).reversed()))
    }
    expectEqual("· itself", x) {
      einsum("\(labels),\(labels)->", $0, $0)
    } _: {
      $0.square().sum()
    }
    // Together sixteen axes, of which each operand's own are summed first.
    let others = String("ijklmnop".prefix(rank))
    expectEqual("Σ · Σ", x) {
      einsum("\(labels),\(others)->", $0, $0)
    } _: {
      $0.sum() * $0.sum()
    }
    // The product of the first two would have twice as many axes.
    expectEqual("three", x) { y in
      let z = y.mean()
      return einsum("\(labels),\(others),\(labels)->\(others)", y, y.square(), y * 2) * z
    } _: { y in
      y.square() * (y.square().sum() * 2) * y.mean()
    }
  }
}
