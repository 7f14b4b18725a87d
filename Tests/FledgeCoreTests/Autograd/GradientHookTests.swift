import FledgeCore
import Synchronization
import Testing

@Suite struct GradientHookTests {
  private let x = Tensor.doubles([1, 2]).requiringGradients()

  @Test func `a hook sees the gradient and hands it on`() {
    let seen = Mutex<[[Double]]>([])
    let y = (x * 3).withGradientHook { gradient in
      seen.withLock { $0.append(gradient.array(of: Double.self)) }
      return gradient
    }
    expectElements(y, [3, 6])
    (y * Tensor.doubles([10, 20])).sum().backward()
    #expect(seen.withLock { $0 } == [[10, 20]])
    expectElements(x.grad, [30, 60])
  }

  @Test func `what a hook returns takes the gradient's place`() {
    (x.withGradientHook { $0 * -2 } * 5).sum().backward()
    expectElements(x.grad, [-10, -10])
  }

  @Test func `hooks run from the output to the input`() {
    let order = Mutex<[String]>([])
    func note(_ name: String, _ change: @escaping @Sendable (Tensor) -> Tensor)
      -> @Sendable (Tensor) -> Tensor
    {
      { gradient in
        order.withLock { $0.append(name) }
        return change(gradient)
      }
    }
    x.withGradientHook(note("first") { $0 + 1 })
      .withGradientHook(note("second") { $0 * 10 }).sum().backward()
    #expect(order.withLock { $0 } == ["second", "first"])
    expectElements(x.grad, [11, 11])
  }

  @Test func `a hook is in the way of its own tensor only`() {
    // There is nothing to take off: the tensor without the hook is still there.
    let hooked = x.withGradientHook { $0 * 0 }
    (hooked + x).sum().backward()
    expectElements(x.grad, [1, 1])
  }

  @Test func `a hook runs in every pass and once a pass, however often its tensor is used`() {
    let calls = Mutex(0)
    let hooked = x.withGradientHook { gradient in
      calls.withLock { $0 += 1 }
      return gradient
    }
    let y = (hooked * 2 + hooked * 3 + hooked.square()).sum()
    y.backward(retainGraph: true)
    y.backward()
    #expect(calls.withLock { $0 } == 2)
    expectElements(x.grad, [14, 18])
  }

  @Test func `a hook's gradient can be differentiated again`() {
    let y = x.withGradientHook { $0 * 3 }.square().sum()
    // 2x, tripled. Its derivative 6 passes the hook on the way back to x.
    let first = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    expectElements(first, [6, 12])
    expectElements(gradients(of: first.sum(), withRespectTo: [x])[0], [18, 18])
  }
}
