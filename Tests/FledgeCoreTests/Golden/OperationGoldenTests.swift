import FledgeCore
import FledgeTestSupport
import Testing

/// Reductions, shapes, indices, products and fused operations against PyTorch.
@Suite struct OperationGoldenTests {
  static let axes: [String: [Int]] = [
    "all": [0, 1, 2], "first": [0], "middle": [1], "last": [2], "outer": [0, 2],
  ]
  static let reductions: [String: @Sendable (Tensor, [Int]) -> Tensor] = [
    "sum": { $0.sum(axes: $1) }, "mean": { $0.mean(axes: $1) },
    "variance": { $0.variance(axes: $1) }, "variance0": { $0.variance(axes: $1, correction: 0) },
    "std": { $0.standardDeviation(axes: $1) }, "max": { $0.max(axes: $1) },
    "min": { $0.min(axes: $1) }, "logSumExp": { $0.logSumExp(axes: $1) },
    "norm1": { $0.norm(1, axes: $1) }, "norm2": { $0.norm(2, axes: $1) },
    "norm3": { $0.norm(3, axes: $1) }, "normInfinity": { $0.norm(.infinity, axes: $1) },
  ]

  @Test(
    "Reductions over any axes equal PyTorch's, with their gradients", arguments: reductions.keys)
  func reduction(name: String) throws {
    let (golden, f) = (try GoldenFile("core"), Self.reductions[name]!)
    for (label, axes) in Self.axes {
      try golden.check("\(name).\(label)") { [f($0[0], axes)] }
    }
  }

  static let alongAnAxis: [String: @Sendable (Tensor, Int) -> Tensor] = [
    "prod": { $0.prod(axis: $1) }, "cumulativeSum": { $0.cumulativeSum(axis: $1) },
    "argmax": { $0.argmax(axis: $1) }, "argmin": { $0.argmin(axis: $1) },
  ]

  @Test("Operations along an axis equal PyTorch's", arguments: alongAnAxis.keys)
  func alongAnAxisEqual(name: String) throws {
    let golden = try GoldenFile("core")
    for axis in 0..<3 {
      try golden.check("\(name).\(axis)") { [Self.alongAnAxis[name]!($0[0], axis)] }
    }
  }

  static let operations: [String: @Sendable ([Tensor]) -> [Tensor]] = [
    "prod.zeros": { [$0[0].prod(axis: 1)] }, "max.ties": { [$0[0].max(axis: 1)] },
    "min.ties": { [$0[0].min(axis: 0)] }, "argmax.ties": { [$0[0].argmax(axis: 1)] },
    "max.nan": { [$0[0].max(axis: 1)] }, "logSumExp.infinite": { [$0[0].logSumExp(axis: 1)] },
    "any": { [$0[0].any(axes: [1])] }, "all": { [$0[0].all(axes: [1])] },
    "sum.integers": { [$0[0].sum(axis: 0)] }, "sum.bools": { [$0[0].sum(axis: 1)] },
    "permute": { [$0[0].permuted([2, 0, 1])] },
    "reshape": { [$0[0].transposed(0, 1).reshaped([10, 12])] },
    "slice": { [$0[0][1..<3, .step(nil, nil, 2), 4]] },
    "slice.ellipsis": { [$0[0][.ellipsis, .newAxis, 2...]] },
    "slice.backwards": { [$0[0].flipped(axis: 1)[.all, .step(nil, nil, 2)]] },
    "flip": { [$0[0].flipped(axis: 2)] }, "expand": { [$0[0].broadcast(to: [3, 4, 2])] },
    "split": { $0[0].split(sizes: [1, 3, 2], axis: 2) },
    "concatenate": { [Tensor.concatenate($0, axis: 1)] },
    "stack": { [Tensor.stack($0, axis: 1)] },
    "pad": { [$0[0].padded([(2, 3), (1, 0)], value: 1.5)] }, "tile": { [$0[0].tiled([2, 3])] },
    "repeat": { [$0[0].repeated(3, axis: 1)] },
    "lowerTriangle": { [$0[0].lowerTriangle(diagonal: 1)] },
    "index.mask": { [$0[0][$0[1]]] }, "index.integers": { [$0[0][$0[1]]] },
    "take": { [$0[0].take($0[1], axis: 1)] }, "embedding": { [$0[0].take($0[1])] },
    "gather": { [$0[0].gather($0[1], axis: 1)] },
    "scatterAdd": { [$0[0].scatterAdding($0[2], at: $0[1], axis: 1)] },
    "sort": { both($0[0].sorted(axis: 1)) }, "sort.ties": { both($0[0].sorted(axis: 1)) },
    "sort.descending": { both($0[0].sorted(axis: 1, descending: true)) },
    "sort.firstAxis": { both($0[0].sorted(axis: 0)) },
    "topK": { both($0[0].topK(3, axis: 1)) },
    "topK.smallest": { both($0[0].topK(2, axis: 1, largest: false)) },
    "softmax": { [softmax($0[0])] }, "softmax.middle": { [softmax($0[0], axis: 1)] },
    "softmax.large": { [softmax($0[0])] }, "logSoftmax": { [logSoftmax($0[0])] },
    "layerNorm": { [layerNorm($0[0])] },
    "layerNorm.affine": { [layerNorm($0[0], weight: $0[1], bias: $0[2], epsilon: 1e-3)] },
    "crossEntropy": { [crossEntropyLosses($0[0], $0[1])] },
    "crossEntropy.smoothed": { [crossEntropyLosses($0[0], $0[1], labelSmoothing: 0.1)] },
    "crossEntropy.ignored": { [crossEntropyLosses($0[0], $0[1], ignoreIndex: 3)] },
    "attention": { [attention($0[0], $0[1], $0[2])] },
    "attention.causal": { [attention($0[0], $0[1], $0[2], isCausal: true)] },
    "attention.scaled": { [attention($0[0], $0[1], $0[2], scale: 0.3)] },
    "attention.masked": { [attention($0[0], $0[1], $0[2], mask: $0[3])] },
    "attention.longKeys": { [attention($0[0], $0[1], $0[2])] },
  ]

  private static func both(_ pair: (values: Tensor, indices: Tensor)) -> [Tensor] {
    [pair.values, pair.indices]
  }

  @Test("Shapes, indices and fused operations equal PyTorch's", arguments: operations.keys)
  func operation(name: String) throws {
    try GoldenFile("core").check(name) { Self.operations[name]!($0) }
  }

  static let products = [
    "vectors", "matrixVector", "vectorMatrix", "matrices", "batch", "batchMatrix", "broadcast",
    "large",
  ]

  @Test("Products of vectors, matrices and batches equal PyTorch's", arguments: products)
  func product(name: String) throws {
    try GoldenFile("core").check("matmul.\(name)") { [$0[0].matmul($0[1])] }
  }

  static let equations = [
    "matmul": "ij,jk->ik", "batch": "bij,bjk->bik", "implicit": "ij,jk", "outer": "i,j->ij",
    "inner": "i,i->", "transpose": "ijk->kij", "sum": "ijk->j", "attention": "bthd,bshd->bhts",
    "three": "ij,jk,kl->il", "hadamard": "ij,ij->ij", "contractTwo": "abc,bcd->ad",
  ]

  @Test("einsum equals PyTorch's", arguments: equations.keys)
  func equation(name: String) throws {
    try GoldenFile("core").check("einsum.\(name)") { x in
      let equation = Self.equations[name]!
      switch x.count {
      case 1: return [einsum(equation, x[0])]
      case 2: return [einsum(equation, x[0], x[1])]
      default: return [einsum(equation, x[0], x[1], x[2])]
      }
    }
  }

  @Test("Every pair of dtypes is promoted as in PyTorch")
  func promotion() throws {
    let types: [DType] = [
      .float32, .float64, .float16, .bfloat16, .int8, .uint8, .int32, .int64, .bool,
    ]
    let table = try GoldenFile("core")["promotion/table"].array(of: Int.self)
    for (i, a) in types.enumerated() {
      for (j, b) in types.enumerated() {
        // PyTorch makes int8 and uint8 int16, which is not here: int32 holds both as well.
        let index = table[i * types.count + j]
        let expected = index < 0 ? .int32 : types[index]
        #expect(DType.promoted(a, b) == expected, "\(a) and \(b)")
        let sum = Tensor.ones([1], dtype: a) + Tensor.ones([1], dtype: b)
        #expect(sum.dtype == expected, "\(a) + \(b)")
      }
    }
  }

  @Test("Hard values round to half precision as in PyTorch", arguments: [DType.float16, .bfloat16])
  func rounding(dtype: DType) throws {
    try GoldenFile("core").check(
      "round.\(dtype)", relativeTolerance: 0, absoluteTolerance: 0
    ) { [$0[0].cast(to: dtype).cast(to: .float32)] }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    var checked: Set<String> = ["promotion", "round.float16", "round.bfloat16"]
    for name in ElementwiseGoldenTests.unary.keys {
      checked.formUnion([name, "\(name).special", "\(name).double"])
    }
    for name in ElementwiseGoldenTests.binary.keys {
      checked.formUnion([name, "\(name).broadcast", "\(name).special"])
    }
    checked.formUnion(ElementwiseGoldenTests.others.keys)
    for name in Self.reductions.keys { checked.formUnion(Self.axes.keys.map { "\(name).\($0)" }) }
    for name in Self.alongAnAxis.keys { checked.formUnion((0..<3).map { "\(name).\($0)" }) }
    checked.formUnion(Self.operations.keys)
    checked.formUnion(Self.products.map { "matmul.\($0)" })
    checked.formUnion(Self.equations.keys.map { "einsum.\($0)" })
    #expect(Set(try GoldenFile("core").cases) == checked)
  }
}
