import FledgeCore
import Testing

@Suite struct BackwardTests {
  private let x = Tensor.doubles([1, 2, 3]).requiringGradients()

  @Test func `gradients add up until they are forgotten`() {
    x.square().sum().backward()
    (x * 10).sum().backward()
    expectElements(x.grad, [12, 14, 16])
    x.zeroGrad()
    #expect(x.grad == nil)
    x.sum().backward()
    expectElements(x.grad, [1, 1, 1])
  }

  @Test func `a retained graph gives the same gradient again`() {
    let y = x.square().sum()
    y.backward(retainGraph: true)
    expectElements(x.grad, [2, 4, 6])
    y.backward(retainGraph: true)
    expectElements(x.grad, [4, 8, 12])
    y.backward()
    expectElements(x.grad, [6, 12, 18])
  }

  @Test func `a gradient may be handed in for a tensor of any shape`() {
    (x * x).backward(gradient: Tensor.doubles([1, 10, 100]))
    expectElements(x.grad, [2, 40, 600])
  }

  @Test func `the gradient has the leaf's dtype`() {
    let half = Tensor([1, 2]).cast(to: .bfloat16).requiringGradients()
    (half.cast(to: .float32) * 3).sum().backward()
    #expect(half.grad?.dtype == .bfloat16)
    expectElements(half.grad, [3, 3])
    (half * 2).backward(gradient: Tensor.doubles([1, 1]))
    #expect(half.grad?.dtype == .bfloat16)
  }

  @Test func `a leaf is its own gradient's place`() {
    let leaf = Tensor(2).requiringGradients()
    leaf.backward()
    expectElements(leaf.grad, [1])
    let y = leaf * 3
    #expect(y.grad == nil && y.requiresGradients && leaf.requiresGradients)
  }

  @Test func `nothing is recorded without gradients, and recording can be turned on inside`() {
    let outcome = withoutGradients {
      let silent = x * 2
      let loud = withGradients { x * 2 }
      let again = withGradients { withoutGradients { x * 2 } }
      return [silent, loud, again].map(\.requiresGradients)
    }
    #expect(outcome == [false, true, false])
    #expect((x * 2).requiresGradients)
  }

  @Test func `recording comes back after an error`() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try withoutGradients { throw Failure() } }
    #expect((x * 2).requiresGradients)
  }

  @Test func `a detached tensor stops the gradient`() {
    let y = (x * x.detached()).sum()
    y.backward()
    expectElements(x.grad, [1, 2, 3])
    #expect(!x.detached().requiresGradients)
  }

  @Test func `integers and comparisons carry no gradient`() {
    #expect(!(x .> 1).requiresGradients)
    #expect(!x.cast(to: .int32).requiresGradients)
    #expect(!x.argmax(axis: 0).requiresGradients)
    #expect(x.cast(to: .float16).requiresGradients)
  }

  @Test func `branches that reach no leaf cost nothing and give nothing`() {
    let constant = Tensor.doubles([4, 5, 6])
    let branch = constant.exp().square()
    #expect(!branch.requiresGradients)
    (x * branch.detached() + constant).sum().backward()
    expectElements(x.grad, constant.exp().square().array(of: Double.self), within: 1e-9)
  }

  @Test func `outputs that are not used count as zero`() {
    let leaf = Tensor.doubles([3, 1, 2]).requiringGradients()
    let (values, indices) = leaf.sorted(axis: 0)
    #expect(indices.array(of: Int.self) == [1, 2, 0])
    (values * Tensor.doubles([1, 10, 100])).sum().backward()
    expectElements(leaf.grad, [100, 1, 10])
    let parts = leaf.split(sizes: [1, 2])
    leaf.zeroGrad()
    parts[1].sum().backward()
    expectElements(leaf.grad, [0, 1, 1])
  }

  @Test func `two roots over one graph are two passes`() {
    let shared = x.square()
    let found = [shared.sum(), (shared * 2).sum()].map { root in
      gradients(of: root, withRespectTo: [x], retainGraph: true)[0]
    }
    expectElements(found[0], [2, 4, 6])
    expectElements(found[1], [4, 8, 12])
    #expect(x.grad == nil, "gradients(of:) leaves the accumulated gradient alone")
  }

  @Test func `the same leaf may be asked for twice, and one that is not reached gives zeros`() {
    let other = Tensor.doubles([1, 1]).requiringGradients()
    let y = x.square().sum()
    let found = gradients(of: y, withRespectTo: [x, other, x])
    expectElements(found[0], [2, 4, 6])
    expectElements(found[1], [0, 0])
    expectElements(found[2], [2, 4, 6])
  }

  @Test func `the gradient with respect to a tensor inside the graph`() {
    let middle = x.square()
    let y = (middle * Tensor.doubles([1, 2, 3])).sum()
    let found = gradients(of: y, withRespectTo: [middle, x])
    expectElements(found[0], [1, 2, 3])
    expectElements(found[1], [2, 8, 18])
  }

  @Test func `a gradient handed to gradients(of:) is taken in the output's dtype`() {
    let y = x.cast(to: .float32) * 2
    let found = gradients(
      of: y, withRespectTo: [x], outputGradient: Tensor.doubles([1, 2, 3]))
    expectElements(found[0], [2, 4, 6])
  }
}
