import FledgeCore
import FledgeCourse
import Foundation

let checks1_5: [Check] = [
  Check("a number grows with itself at the rate 1") { c in
    let x = Scalar(3, "x")
    x.backward()
    c.expect(x.gradient, near: 1, "x.gradient after x.backward()")
  },
  Check("gradients flow through one operation") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    let product = a * b
    product.backward()
    c.trying("c = a * b at a = 3, b = 2") {
      c.expect(product.gradient, near: 1, "c.gradient")
      c.expect(a.gradient, near: 2, "a.gradient")
      c.expect(b.gradient, near: 3, "b.gradient")
    }
  },
  Check("gradients flow through several operations, one after the other") { c in
    // tanh(3x − 1): the slope is 3 · (1 − tanh²).
    let x = Scalar(0.5, "x")
    let inner = 3 * x - 1
    let end = inner.tanh()
    end.backward()
    c.trying("tanh(3x − 1) at x = 0.5") {
      c.expect(inner.gradient, near: 1 - tanh(0.5) * tanh(0.5), "the gradient of 3x − 1")
      c.expect(x.gradient, near: 3 * (1 - tanh(0.5) * tanh(0.5)), "x.gradient")
    }
  },
  Check("a number that is used twice gets both parts") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    (a * b + a).backward()
    c.trying("a * b + a at a = 3, b = 2") {
      c.expect(a.gradient, near: 3, "a.gradient: 2 through the product, 1 through the sum")
      c.expect(b.gradient, near: 3, "b.gradient")
    }
    let x = Scalar(5, "x")
    (x * x).backward()
    c.expect(x.gradient, near: 10, "the gradient of x * x at x = 5")
  },
  Check("a number hands on only when it has all its parts") { c in
    // y goes into the sum directly, and into it by way of a product and an exponential.
    let x = Scalar(0.5, "x")
    let y = x * x
    let end = y + (y * 3).exp()
    end.backward()
    c.trying("y = x * x, end = y + (y * 3).exp() at x = 0.5") {
      c.expect(y.gradient, near: 1 + 3 * exp(0.75), "y.gradient")
      c.expect(x.gradient, near: 1 + 3 * exp(0.75), "x.gradient, y.gradient times 2x")
    }
  },
  Check("micrograd's example comes out") { c in
    let example = MicrogradExample()
    example.end.backward()
    for (name, number) in example.numbers { c.step(name, number.value) }
    for (name, number) in example.numbers.reversed() {
      c.step("the gradient of \(name)", number.gradient)
    }
    c.expect(example.end.value, near: 24.7041, tolerance: 1e-5, "g, forward")
    c.expect(example.a.gradient, near: 138.8338, tolerance: 1e-5, "∂g/∂a")
    c.expect(example.b.gradient, near: 645.5773, tolerance: 1e-5, "∂g/∂b")
  },
  Check("variables add up over calls until they are set to 0") { c in
    let (a, b) = (Scalar(3, "a"), Scalar(2, "b"))
    (a * b).backward()
    (a * 10).backward()
    c.expect(a.gradient, near: 12, "a.gradient after (a * b).backward() and (a * 10).backward()")
    let x = Scalar(3, "x")
    x.backward()
    x.backward()
    c.expect(x.gradient, near: 2, "x.gradient after x.backward(), twice")
    [a, b].zeroGradients()
    (a * b).backward()
    c.expect(a.gradient, near: 2, "a.gradient after zeroGradients() and (a * b).backward()")
  },
  Check("results start at 0 in every call") { c in
    let x = Scalar(3, "x")
    let square = x * x
    let end = square * 2
    end.backward()
    end.backward()
    c.trying("end = 2 * x * x at x = 3, end.backward() called twice") {
      c.expect(end.gradient, near: 1, "end.gradient")
      c.expect(square.gradient, near: 2, "the gradient of x * x")
      c.expect(x.gradient, near: 24, "x.gradient, 12 from each call")
    }
  },
  Check("constants get no gradient") { c in
    let x = Scalar(3, "x")
    let two = Scalar(constant: 2)
    (x * two).backward()
    c.expect(two.gradient, near: 0, "the gradient of the constant 2 in x * 2")
  },
  Check("gradients are the slopes that small steps measure") { c in
    func expression(_ x: [Scalar]) -> Scalar {
      let ratio = (x[0] * x[1] - x[2]) / (x[2] * x[2] + 1)
      return (ratio.tanh() + x[1].exp() * 0.1).power(2) + (x[0] + 3).log() * x[2]
    }
    c.forRandomCases(20) { generator in
      let at = (0..<3).map { _ in (generator.uniform(in: -1..<1) * 100).rounded() / 100 }
      let variables = at.map { Scalar($0) }
      expression(variables).backward()
      let measured = at.indices.map { i in
        centralDifference(at: at, argument: i) { expression($0.map { Scalar($0) }).value }
      }
      c.trying("at \(at)") {
        c.expect(variables.map(\.gradient), near: measured, tolerance: 1e-5, "the gradients")
      }
    }
  },
  Check("a chain of 100,000 operations goes backward") { c in
    let x = Scalar(0.5, "x")
    let end = (0..<100_000).reduce(x) { number, _ in number + x }
    end.backward()
    c.expect(x.gradient, near: 100_001, "x.gradient of x + x + …, 100,001 times")
  },
]

/// The example of micrograd's README, https://github.com/karpathy/micrograd.
private struct MicrogradExample {
  let a = Scalar(-4, "a")
  let b = Scalar(2, "b")
  let end: Scalar
  /// The named numbers in the order in which they are computed.
  let numbers: [(name: String, number: Scalar)]

  init() {
    let c1 = a + b
    let d1 = a * b + b.power(3)
    let c2 = c1 + (c1 + 1)
    let c3 = c2 + (1 + c2 + (-a))
    let d2 = d1 + (d1 * 2 + (b + a).relu())
    let d3 = d2 + (3 * d2 + (b - a).relu())
    let e = c3 - d3
    let f = e.power(2)
    let g = f / 2
    end = g + 10 / f
    numbers = [
      ("a", a), ("b", b), ("c = a + b", c1), ("d = a * b + b³", d1), ("c += c + 1", c2),
      ("c += 1 + c + (−a)", c3),
      ("d += d * 2 + relu(b + a)", d2), ("d += 3 * d + relu(b − a)", d3), ("e = c − d", e),
      ("f = e²", f), ("g = f / 2", g), ("g += 10 / f", end),
    ]
  }
}
