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

  @Test(arguments: [DType.bfloat16, .float16])
  func `transposed convolutions are products, too`(dtype: DType) {
    let (image, filters) = (Tensor.ones([1, 2, 3, 3]), Tensor.ones([2, 2, 2, 2]))
    autocast(dtype) {
      #expect(conv2d(image, weight: filters).dtype == dtype)
      #expect(convTranspose2d(image, weight: filters).dtype == dtype)
    }
  }

  @Test(arguments: [DType.bfloat16, .float16], ["lstm", "gru", "rnn"])
  func `recurrent steps go on in float32, from products in the half type`(
    dtype: DType, name: String
  ) {
    let gates = ["lstm": 4, "gru": 3, "rnn": 1][name]!
    let inputs = Tensor.normal([5, 3, 4], using: Generator(seed: 1))
    let inputWeight = Tensor.normal([4, gates * 6], using: Generator(seed: 2))
    let weight = Tensor.normal([gates * 6, 6], using: Generator(seed: 3))
    func layer(_ z: Tensor, _ weight: Tensor) -> Tensor {
      switch name {
      case "lstm": lstm(z, weight: weight).y
      case "gru": gru(z, weight: weight).y
      default: rnn(z, weight: weight).y
      }
    }
    let leaf = weight.requiringGradients()
    let y = autocast(dtype) {
      let z = inputs.matmul(inputWeight)
      #expect(z.dtype == dtype)
      // Also where the weights are halves themselves.
      #expect(layer(z, weight.cast(to: dtype)).dtype == .float32)
      return layer(z, leaf)
    }
    y.sum().backward()
    let products = autocast(dtype) { inputs.matmul(inputWeight) }.cast(to: .float32)
    let exact = weight.requiringGradients()
    layer(products, exact).sum().backward()
    #expect(y.isIdentical(to: layer(products, weight)))
    #expect(leaf.grad!.isIdentical(to: exact.grad!))
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
