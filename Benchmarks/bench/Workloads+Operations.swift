import Fledge

extension Workload {
  /// Single operations, forward only, on 2²⁰ floats.
  static let operations: [Workload] = [
    unary("gelu", "GELU (tanh form) of 2²⁰ floats", shape: [1 << 20]) { gelu($0) },
    unary("exp", "eˣ of 2²⁰ floats", shape: [1 << 20]) { exp($0) },
    unary("sum", "the sum of 2²⁰ floats", shape: [1 << 20], writes: false) { $0.sum() },
    unary("softmax", "softmax of 768 rows of 1024", shape: [768, 1024]) { softmax($0) },
    Workload("add", "2²⁰ floats + 2²⁰ floats", .bytes(12 * Double(1 << 20))) {
      let (a, b) = (Tensor.uniform([1 << 20]), Tensor.uniform([1 << 20]))
      return { blackHole(a + b) }
    },
    Workload("layernorm", "layer norm of 768 rows of 1024", .bytes(8 * 768 * 1024)) {
      let x = Tensor.normal([768, 1024])
      let (weight, bias) = (Tensor.ones([1024]), Tensor.zeros([1024]))
      return { blackHole(layerNorm(x, weight: weight, bias: bias)) }
    },
    Workload(
      "attention-long", "one head of 64, T 2048, causal, forward and backward",
      // Two products forward, five backward, half of each hidden by the mask.
      .operations(7 * 2 * 2048 * 2048 * 64 / 2)
    ) {
      let leaves = (0..<3).map { _ in Tensor.normal([1, 1, 2048, 64]).requiringGradients() }
      let dy = Tensor.normal([1, 1, 2048, 64])
      return {
        for leaf in leaves { leaf.zeroGrad() }
        attention(leaves[0], leaves[1], leaves[2], isCausal: true).backward(gradient: dy)
      }
    },
  ]

  private static func unary(
    _ name: String, _ about: String, shape: Shape, writes: Bool = true,
    _ operation: @escaping @Sendable (Tensor) -> Tensor
  ) -> Workload {
    Workload(name, about, .bytes(Double(shape.count * (writes ? 8 : 4)))) {
      let x = Tensor.normal(shape)
      return { blackHole(operation(x)) }
    }
  }

  /// Matrix products, named m × k × n.
  static let products: [Workload] =
    [64, 256, 512, 1024, 2048].map { product("sgemm-\($0)", $0, $0, $0) }
    + [(768, 512, 128), (768, 128, 512), (256, 2304, 768), (256, 768, 3072), (1, 3072, 768)].map {
      product("sgemm-\($0)x\($1)x\($2)", $0, $1, $2)
    }

  private static func product(_ name: String, _ m: Int, _ k: Int, _ n: Int) -> Workload {
    Workload(name, "[\(m), \(k)] × [\(k), \(n)]", .operations(2 * Double(m) * Double(k * n))) {
      let (a, b) = (Tensor.normal([m, k]), Tensor.normal([k, n]))
      return { blackHole(a.matmul(b)) }
    }
  }

  /// What this machine can do at most: the measure of the others.
  static let machine: [Workload] = [
    product("peak-sgemm", 1536, 1536, 1536),
    Workload("peak-copy", "256 MB copied from memory to memory", .bytes(2 * Double(256 << 20))) {
      let x = Tensor.zeros([64 << 20])
      return { blackHole(ExecutionContext.current.backend.copy(x)) }
    },
  ]
}

/// Keeps the optimizer from seeing that a result is not used.
@inline(never)
func blackHole(_ tensor: Tensor) {}
