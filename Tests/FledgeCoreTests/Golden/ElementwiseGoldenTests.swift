import FledgeCore
import FledgeTestSupport
import Testing

/// Elementwise operations against PyTorch, special values and ties among them.
@Suite struct ElementwiseGoldenTests {
  static let unary: [String: @Sendable (Tensor) -> Tensor] = [
    "abs": { $0.abs() }, "ceil": { $0.ceil() }, "cos": { cos($0) }, "erf": { erf($0) },
    "exp": { exp($0) }, "expm1": { expm1($0) }, "floor": { $0.floor() }, "log": { log($0) },
    "log1p": { log1p($0) }, "negate": { -$0 }, "reciprocal": { $0.reciprocal() },
    "relu": { relu($0) }, "round": { $0.rounded() }, "rsqrt": { $0.rsqrt() },
    "sigmoid": { sigmoid($0) }, "sign": { $0.sign() }, "silu": { silu($0) }, "sin": { sin($0) },
    "softplus": { softplus($0) }, "sqrt": { sqrt($0) }, "square": { $0.square() },
    "tanh": { tanh($0) }, "gelu": { gelu($0) }, "geluExact": { gelu($0, form: .exact) },
    "clamp": { $0.clamped(min: -0.5, max: 0.75) }, "powTwoAndAHalf": { $0.pow(2.5) },
    "powThree": { $0.pow(3) }, "twoToThe": { Tensor(2.0, dtype: $0.dtype).pow($0) },
  ]

  @Test("Functions of one tensor equal PyTorch's, with their gradients", arguments: unary.keys)
  func unaryEqual(name: String) throws {
    let (golden, f) = (try GoldenFile("core"), Self.unary[name]!)
    try golden.check(name) { [f($0[0])] }
    try golden.check("\(name).special") { [f($0[0])] }
    try golden.check(
      "\(name).double", relativeTolerance: 1e-12, absoluteTolerance: 1e-13
    ) { [f($0[0])] }
  }

  static let binary: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
    "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
    "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) },
  ]

  @Test("Functions of two tensors equal PyTorch's, broadcast or not", arguments: binary.keys)
  func binaryEqual(name: String) throws {
    let (golden, f) = (try GoldenFile("core"), Self.binary[name]!)
    for suffix in ["", ".broadcast", ".special"] {
      try golden.check(name + suffix) { [f($0[0], $0[1])] }
    }
  }

  static let others: [String: @Sendable ([Tensor]) -> Tensor] = [
    "clamp.ends": { $0[0].clamped(min: -0.5, max: 0.75) }, "abs.zero": { $0[0].abs() },
    "relu.zero": { relu($0[0]) }, "round.ties": { $0[0].rounded() },
    "maximum.ties": { maximum($0[0], $0[1]) }, "minimum.ties": { minimum($0[0], $0[1]) },
    "pow": { $0[0].pow($0[1]) }, "pow.zero": { $0[0].pow($0[1]) },
    "pow.negative": { $0[0].pow(2) }, "lt": { $0[0] .< $0[1] }, "le": { $0[0] .<= $0[1] },
    "gt": { $0[0] .> $0[1] }, "ge": { $0[0] .>= $0[1] }, "eq": { $0[0] .== $0[1] },
    "ne": { $0[0] .!= $0[1] }, "where": { Tensor.where($0[0], $0[1], $0[2]) },
    "masked": { $0[0].masked(where: $0[1], with: -7) },
  ]

  @Test("Ties, edges and comparisons equal PyTorch's", arguments: others.keys)
  func othersEqual(name: String) throws {
    try GoldenFile("core").check(name) { [Self.others[name]!($0)] }
  }
}
