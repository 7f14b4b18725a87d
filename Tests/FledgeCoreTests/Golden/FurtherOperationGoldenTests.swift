import FledgeCore
import FledgeTestSupport
import Testing

/// Operations that PyTorch's users expect, against PyTorch.
@Suite struct FurtherOperationGoldenTests {
  static let reading: [String: @Sendable ([Tensor]) -> Tensor] = [
    "labels": { $0[0][Tensor.arange(4), $0[1]] }, "pairs": { $0[0][$0[1], $0[2]] },
    "broadcast": { $0[0][$0[1], $0[2]] }, "slices": { $0[0][$0[1], $0[2]] },
    "last": { $0[0][.all, $0[1], $0[2]] }, "apart": { $0[0][$0[1], .all, $0[2]] },
    "stepped": { $0[0][$0[1], .step(1, nil, 2), $0[2]] }, "element": { $0[0][$0[1], 2, $0[2]] },
    "newAxis": { $0[0][$0[1], .newAxis, $0[2]] }, "ellipsis": { $0[0][.ellipsis, $0[1], $0[2]] },
    "three": { $0[0][$0[1], $0[2], $0[3]] }, "mask": { $0[0][$0[1], .all, $0[2]] },
  ]

  @Test("Reading by several tensors of indices equals PyTorch's", arguments: reading.keys)
  func reads(name: String) throws {
    try GoldenFile("operations").check("index.\(name)") { [Self.reading[name]!($0)] }
  }

  static let writing: [String: @Sendable ([Tensor]) -> [any TensorIndex]] = [
    "pairs": { [$0[2], $0[3]] }, "slices": { [$0[2], $0[3]] }, "broadcast": { [$0[2], $0[3]] },
    "apart": { [$0[2], .all, $0[3]] }, "stepped": { [$0[2], .step(1, nil, 2), $0[3]] },
  ]

  @Test("Writing by several tensors of indices equals PyTorch's", arguments: writing.keys)
  func writes(name: String) throws {
    try GoldenFile("operations").check("write.\(name)") { x in
      let indices = Self.writing[name]!(x)
      var y = x[0]
      if indices.count == 2 {
        y[indices[0], indices[1]] = x[1]
      } else {
        y[indices[0], indices[1], indices[2]] = x[1]
      }
      return [y]
    }
  }

  static let adding: [String: @Sendable ([Tensor]) -> [any TensorIndex]] = [
    "pairs": { [$0[2], $0[3]] }, "slices": { [$0[2], $0[3]] }, "one": { [.all, $0[2]] },
    "range": { _ in [.all, 1..<3] }, "mask": { [$0[2]] },
  ]

  @Test("Adding at indices, again and again, equals PyTorch's", arguments: adding.keys)
  func adds(name: String) throws {
    try GoldenFile("operations").check("adding.\(name)") {
      [$0[0].adding($0[1], at: Self.adding[name]!($0))]
    }
  }

  static let binary: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
    "remainder": { $0.remainder(by: $1) }, "floorDivided": { $0.floorDivided(by: $1) },
    "atan2": { atan2($0, $1) },
  ]

  @Test("Remainders, floors of quotients and angles equal PyTorch's", arguments: binary.keys)
  func binaryEqual(name: String) throws {
    let (golden, f) = (try GoldenFile("operations"), Self.binary[name]!)
    for suffix in ["", ".broadcast", ".special"] {
      try golden.check(name + suffix) { [f($0[0], $0[1])] }
    }
    try golden.check(
      "\(name).double", relativeTolerance: 1e-12, absoluteTolerance: 1e-13
    ) { [f($0[0], $0[1])] }
    for dtype in ["int64", "int32", "int8"] where name != "atan2" {
      try golden.check("\(name).\(dtype)") { [f($0[0], $0[1])] }
    }
  }

  static let unary: [String: @Sendable (Tensor) -> Tensor] = [
    "tan": { tan($0) }, "log2": { log2($0) }, "log10": { log10($0) },
  ]

  @Test("Tangents and logarithms equal PyTorch's", arguments: unary.keys)
  func unaryEqual(name: String) throws {
    let (golden, f) = (try GoldenFile("operations"), Self.unary[name]!)
    try golden.check(name) { [f($0[0])] }
    try golden.check("\(name).special") { [f($0[0])] }
    try golden.check(
      "\(name).double", relativeTolerance: 1e-12, absoluteTolerance: 1e-13
    ) { [f($0[0])] }
  }

  static let integers: [String: @Sendable (Tensor) -> Tensor] = [
    "sqrt": { $0.sqrt() }, "exp": { $0.remainder(by: 50).exp() }, "sin": { sin($0) },
    "powHalf": { $0.pow(0.5) }, "log1p": { log1p($0) }, "sigmoid": { sigmoid($0) },
    "tanh": { tanh($0) }, "rsqrt": { $0.rsqrt() }, "reciprocal": { $0.reciprocal() },
    "atan2": { atan2($0, $0 + 1) }, "bool": { exp($0) }, "byte": { sqrt($0) },
  ]

  @Test("Functions of integers are float32, as in PyTorch", arguments: integers.keys)
  func functionsOfIntegers(name: String) throws {
    try GoldenFile("operations").check("integers.\(name)") { [Self.integers[name]!($0[0])] }
  }

  static let others: [String: @Sendable ([Tensor]) -> [Tensor]] = [
    "gather.smaller": { [$0[0].gather($0[1], axis: 1)] },
    "scatterAdd.smaller": { [$0[0].scatterAdding($0[2], at: $0[1], axis: 1)] },
    "scatter": { [$0[0].scattering($0[2], at: $0[1], axis: 1)] },
    "scatter.value": { [$0[0].scattering(2.5, at: $0[1], axis: 0)] },
    "remainder.number": { [$0[0].remainder(by: 2.5)] },
    "remainder.negative": { [$0[0].remainder(by: -3)] },
    "floorDivided.number": { [$0[0].floorDivided(by: -3)] }, "log2.powers": { [$0[0].log2()] },
    "isInfinite": { [$0[0].isInfinite()] }, "nanToNum": { [$0[0].nanToNum()] },
    "nanToNum.half": { [$0[0].nanToNum()] },
    "nanToNum.given": {
      [$0[0].nanToNum(nan: .infinity, positiveInfinity: -7, negativeInfinity: 8)]
    },
    "lerp": { [lerp($0[0], $0[1], weight: $0[2])] },
    "lerp.number": { [lerp($0[0], $0[1], weight: 0.7)] },
    "bincount": { [$0[0].bincount()] }, "bincount.long": { [$0[0].bincount(minimumLength: 8)] },
    "bincount.weights": { [$0[0].bincount(weights: $0[1])] },
    "bincount.empty": { [$0[0].bincount()] },
    "median.odd": { [$0[0].median()] }, "median.even": { [$0[0].median()] },
    "median.nan": { both($0[0].median(axis: 1)) },
    "median.integers": { both($0[0].median(axis: 1)) },
    "quantile": { [$0[0].quantile(0.85)] },
    "quantile.ends": { [$0[0].quantiles([0, 0.5, 1], axis: 1, keepDims: true)] },
    "quantile.list": { [$0[0].quantiles([0.25, 0.9])] },
    "quantile.nan": { [$0[0].quantile(0.5, axis: 1)] },
    "unique": { all($0[0].unique()) }, "unique.floats": { all($0[0].unique()) },
    "nonzero": { [$0[0].nonzero()] }, "nonzero.mask": { [$0[0].nonzero()] },
    "nonzero.scalar": { [$0[0].nonzero()] },
    "searchSorted.False": { [$0[0].searchSorted($0[1])] },
    "searchSorted.True": { [$0[0].searchSorted($0[1], right: true)] },
    "searchSorted.rows.False": { [$0[0].searchSorted($0[1])] },
    "searchSorted.rows.True": { [$0[0].searchSorted($0[1], right: true)] },
    "cumulativeProduct.zeros": { [$0[0].cumulativeProduct(axis: 1)] },
    "cumulativeProduct.integers": { [$0[0].cumulativeProduct(axis: 0)] },
    "rolled": { [$0[0].rolled(by: 2, axis: 1)] },
    "rolled.back": { [$0[0].rolled(by: -9, axis: 2)] },
    "rolled.flat": { [$0[0].rolled(by: 3)] }, "trace": { [$0[0].trace()] },
    "trace.tall": { [$0[0].trace()] }, "outer": { [$0[0].outer($0[1])] },
    "meshgrid": { Tensor.meshgrid($0) }, "concatenate.empty": { [Tensor.concatenate($0, axis: 1)] },
    "attention.sharedKeys": { [attention($0[0], $0[1], $0[2])] },
    "attention.sharedHeads": { [attention($0[0], $0[1], $0[2])] },
    "attention.sharedQueries": { [attention($0[0], $0[1], $0[2])] },
  ]

  private static func both(_ pair: (values: Tensor, indices: Tensor)) -> [Tensor] {
    [pair.values, pair.indices]
  }

  private static func all(_ found: (values: Tensor, inverse: Tensor, counts: Tensor)) -> [Tensor] {
    [found.values, found.inverse, found.counts]
  }

  @Test("Counting, order, shapes and products equal PyTorch's", arguments: others.keys)
  func othersEqual(name: String) throws {
    try GoldenFile("operations").check(name) { Self.others[name]!($0) }
  }

  @Test("Operations along an axis equal PyTorch's")
  func alongAnAxis() throws {
    let golden = try GoldenFile("operations")
    for (name, rank) in [("odd", 2), ("even", 3)] {
      for axis in 0..<rank {
        try golden.check("median.\(name).\(axis)") { Self.both($0[0].median(axis: axis)) }
        try golden.check("quantile.\(name).\(axis)") { [$0[0].quantile(0.3, axis: axis)] }
      }
    }
    for axis in 0..<3 {
      try golden.check("cumulativeProduct.\(axis)") { [$0[0].cumulativeProduct(axis: axis)] }
    }
  }

  @Test("Triangles, diagonals and parts of any size equal PyTorch's")
  func withNumbers() throws {
    let golden = try GoldenFile("operations")
    for k in [-4, -1, 0, 2, 5] {
      try golden.check("lowerTriangle.\(k)") { [$0[0].lowerTriangle(diagonal: k)] }
      try golden.check("upperTriangle.\(k)") { [$0[0].upperTriangle(diagonal: k)] }
    }
    for k in [-3, -2, 0, 1, 5] {
      try golden.check("diagonal.\(k)") { [$0[0].diagonal(offset: k)] }
      try golden.check("diagonal.batch.\(k)") { [$0[0].diagonal(offset: k)] }
      try golden.check("diagonalMatrix.\(k)") { [$0[0].diagonalMatrix(offset: k)] }
    }
    for parts in [1, 3, 4, 5, 6, 9] {
      try golden.check("chunked.\(parts)") { $0[0].chunked(parts, axis: 2) }
    }
  }
}
