import FledgeCore
import Testing

@Suite struct AutocastTests {
  private let x = Tensor.normal([4, 8], using: Generator(seed: 1))
  private let w = Tensor.normal([8, 3], using: Generator(seed: 2))

  @Test(arguments: [DType.bfloat16, .float16])
  func `products are cast down, sums, norms and losses up`(dtype: DType) {
    autocast(dtype) {
      let product = x.matmul(w)
      #expect(product.dtype == dtype)
      #expect((product + 1).dtype == dtype, "a scalar changes nothing")
      #expect((product + Tensor.zeros([3])).dtype == .float32, "the widest of two")
      #expect(relu(product).dtype == dtype)
      for y in [
        softmax(product), logSoftmax(product), product.sum(), product.mean(), product.exp(),
        product.square(), layerNorm(product),
        crossEntropyLosses(product, Tensor([0, 1, 2, 0] as [Int])),
      ] {
        #expect(y.dtype == .float32)
      }
      let heads = x.reshaped([1, 4, 8])
      #expect(attention(heads, heads, heads).dtype == dtype)
      #expect(x.cast(to: .float64).matmul(w.cast(to: .float64)).dtype == .float64)
    }
    #expect(x.matmul(w).dtype == .float32, "the scope ends with its closure")
  }

  @Test(arguments: [DType.bfloat16, .float16], [true, false])
  func `float32 leaves get float32 gradients, near the exact ones`(dtype: DType, isInside: Bool) {
    func loss(_ w: Tensor) -> Tensor {
      let product = x.matmul(w)
      // A row that broadcasts: its gradient is a sum, which must stay in the row's type.
      return softmax(product + product[0]).square().sum()
    }
    let (exact, mixed) = (w.requiringGradients(), w.requiringGradients())
    loss(exact).backward()
    if isInside {
      autocast(dtype) { loss(mixed).backward() }
    } else {
      autocast(dtype) { loss(mixed) }.backward()
    }
    let gradient = mixed.grad!
    #expect(gradient.dtype == .float32)
    #expect(!gradient.isIdentical(to: exact.grad!), "nothing was cast")
    #expect(gradient.isClose(to: exact.grad!, relativeTolerance: 0.03, absoluteTolerance: 0.03))
  }

  @Test func `a product's gradient is the product of rounded factors`() {
    let leaf = w.requiringGradients()
    autocast(.bfloat16) { x.matmul(leaf) }.sum().backward()
    func rounded(_ x: Tensor) -> Tensor { x.cast(to: .bfloat16).cast(to: .float32) }
    let expected = rounded(rounded(x).transposed().matmul(Tensor.ones([4, 3])))
    #expect(leaf.grad!.isClose(to: expected, relativeTolerance: 1e-2))
    #expect(
      rounded(leaf.grad!).isIdentical(to: leaf.grad!.contiguous()), "it came through bfloat16")
  }

  @Test(arguments: [true, false])
  func `a checkpoint computes again in the precision of the first run`(isInside: Bool) {
    func gradient(_ isCheckpointed: Bool) -> Tensor {
      let leaf = w.requiringGradients()
      func part(_ x: Tensor) -> Tensor { relu(x.matmul(leaf)) }
      func loss() -> Tensor {
        (isCheckpointed ? checkpoint(x, part) : part(x)).square().sum()
      }
      if isInside {
        autocast(.bfloat16) { loss().backward() }
      } else {
        autocast(.bfloat16) { loss() }.backward()
      }
      return leaf.grad!
    }
    #expect(gradient(true).isIdentical(to: gradient(false)))
  }

  @Test func `inner scopes win, and other types are refused`() async {
    let inner = autocast(.bfloat16) { autocast(.float16) { x.matmul(w) } }
    #expect(inner.dtype == .float16)
    await #expect(processExitsWith: .failure) { autocast(.int64) {} }
  }
}
