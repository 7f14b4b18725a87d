import FledgeCore
import FledgeCourse

/// Both shapes, lined up as broadcasting does it.
private func alignment(_ dy: Shape, _ shape: Shape) -> String {
  func row(_ name: String, _ sizes: [String]) -> String {
    name + sizes.map { String(repeating: " ", count: 4 - $0.count) + $0 }.joined()
  }
  let empty = [String](repeating: "", count: dy.rank - shape.rank)
  return row("  dy   ", dy.map(String.init)) + "\n"
    + row("  shape", empty + shape.map(String.init))
}

let checks4_3: [Check] = [
  Check("axes in front are summed away") { c in
    c.picture { alignment([2, 3], [3]) }
    c.expect(
      My.unbroadcast(Tensor([[1, 2, 3], [10, 20, 30]]), to: [3]), near: Tensor([11, 22, 33]),
      "[2, 3] back to [3]: a bias gets the sum over the rows")
    c.picture { alignment([2, 2, 2], [2]) }
    c.expect(
      My.unbroadcast(Tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]), to: [2]),
      near: Tensor([16, 20]),
      "[2, 2, 2] back to [2]")
  },
  Check("axes of size 1 are summed and stay") { c in
    let dy = Tensor([[1, 2, 3], [10, 20, 30]])
    c.picture { alignment([2, 3], [2, 1]) }
    c.expect(My.unbroadcast(dy, to: [2, 1]), near: Tensor([[6], [60]]), "[2, 3] back to [2, 1]")
    c.picture { alignment([2, 3], [1, 3]) }
    c.expect(
      My.unbroadcast(dy, to: [1, 3]), near: Tensor([[11, 22, 33]]), "[2, 3] back to [1, 3]")
    c.picture { alignment([2, 3], [1, 1]) }
    c.expect(My.unbroadcast(dy, to: [1, 1]), near: Tensor([[66]]), "[2, 3] back to [1, 1]")
  },
  Check("both at once, and a scalar") { c in
    let dy = Tensor((1...24).map(Float.init), shape: [4, 2, 3])
    c.picture { alignment([4, 2, 3], [2, 1]) }
    c.expect(
      My.unbroadcast(dy, to: [2, 1]), near: Tensor([[132], [168]]), "[4, 2, 3] back to [2, 1]")
    c.picture { alignment([4, 2, 3], []) }
    c.expect(My.unbroadcast(dy, to: []), near: Tensor(300), "[4, 2, 3] back to a scalar")
  },
  Check("where nothing was repeated nothing is computed") { c in
    let dy = Tensor([[1, 2], [3, 4]])
    let (same, names) = operationNames { My.unbroadcast(dy, to: [2, 2]) }
    c.expect(same, near: dy, "[2, 2] back to [2, 2]")
    c.expect(names, equals: [], "the operations that ran")
    let (column, more) = operationNames { My.unbroadcast(Tensor([[5], [6]]), to: [2, 1]) }
    c.expect(column, near: Tensor([[5], [6]]), "[2, 1] back to [2, 1]")
    c.expect(more, equals: [], "the operations that ran: of size 1 in both is not repeated")
  },
  Check("operations on shapes that broadcast have the right gradients") { c in
    for (a, b) in [
      ([2, 3], [3]), ([2, 1], [1, 3]), ([], [2, 3]), ([4, 2, 3], [2, 1]), ([1, 3], [3, 1]),
      ([3, 3], [3]), ([3, 3], [3, 1]),
    ] as [(Shape, Shape)] {
      c.trying("a of shape \(a), b of shape \(b)") {
        let inputs = [randomNumbers(a, seed: 1), randomNumbers(b, seed: 2)]
        c.expectGradients(of: { My.add($0[0], $0[1]) }, at: inputs, "a + b")
        c.expectGradients(of: { My.multiply($0[0], $0[1]) }, at: inputs, "a b")
      }
    }
    c.expectGradients(
      of: { My.broadcast($0[0], to: [2, 3, 4]) }, at: [randomNumbers([3, 1], seed: 3)],
      "[3, 1] broadcast to [2, 3, 4]")
  },
  Check("a product's gradients are products") { c in
    // By hand: dy is all ones, so da has the row sums of b and db the column sums of a.
    let a = Tensor([[1, 2], [3, 4]]).requiringGradients()
    let b = Tensor([[5, 6], [7, 8]]).requiringGradients()
    let found = gradients(of: My.sum(My.matmul(a, b)), withRespectTo: [a, b])
    c.expect(found[0], near: Tensor([[11, 15], [11, 15]]), "∂(Σ a b)/∂a")
    c.expect(found[1], near: Tensor([[4, 4], [6, 6]]), "∂(Σ a b)/∂b")
    for (a, b) in [([3, 3], [3, 3]), ([2, 3], [3, 4]), ([1, 5], [5, 1])] as [(Shape, Shape)] {
      c.trying("\(a) × \(b)") {
        c.expectGradients(
          of: { My.matmul($0[0], $0[1]) },
          at: [randomNumbers(a, seed: 4), randomNumbers(b, seed: 5)], "a b")
      }
    }
  },
  Check("batches keep their gradients apart, shared matrices sum them") { c in
    for (a, b) in [
      ([3, 3, 3], [3, 3, 3]), ([4, 2, 3], [4, 3, 2]), ([2, 2, 3, 3], [2, 2, 3, 3]),
      ([4, 2, 3], [3, 2]),
      ([2, 3], [4, 3, 2]), ([2, 1, 3, 2], [2, 2, 3]),
    ] as [(Shape, Shape)] {
      c.trying("\(a) × \(b)") {
        c.expectGradients(
          of: { My.matmul($0[0], $0[1]) },
          at: [randomNumbers(a, seed: 6), randomNumbers(b, seed: 7)], "a b")
      }
    }
  },
  Check("no product is computed that nobody wants") { c in
    let (x, w) = (
      randomNumbers([8, 5], seed: 8), randomNumbers([5, 3], seed: 9).requiringGradients()
    )
    let loss = My.sum(My.matmul(x, w))
    let (_, names) = operationNames { gradients(of: loss, withRespectTo: [w]) }
    c.expect(
      names.count { $0 == "my.matmul" }, equals: 1,
      "products in the backward pass of x w, where x is data")
    let other = My.sum(My.matmul(w, randomNumbers([3, 4], seed: 10)))
    let (_, others) = operationNames { gradients(of: other, withRespectTo: [w]) }
    c.expect(
      others.count { $0 == "my.matmul" }, equals: 1,
      "products in the backward pass of w y, where y is data")
  },
  Check("rules are made of your own operations") { c in
    let x = randomNumbers([4, 2, 3], seed: 11).requiringGradients()
    let w = randomNumbers([3, 5], seed: 12).requiringGradients()
    let b = randomNumbers([2, 1], seed: 13).requiringGradients()
    let loss = My.sum(My.add(My.matmul(x, w), b))
    let (_, names) = operationNames { gradients(of: loss, withRespectTo: [x, w, b]) }
    c.expect(
      names.filter { !$0.hasPrefix("my.") }, equals: [],
      "Fledge's operations in the backward pass (it ran \(names.joined(separator: ", ")))")
  },
  Check("rules can be differentiated again") { c in
    c.expectSecondGradients(
      of: { My.exp(My.add(My.matmul($0[0], $0[1]), $0[2])) },
      at: [
        randomNumbers([2, 2, 3], seed: 14, in: -0.5..<0.5),
        randomNumbers([3, 2], seed: 15, in: -0.5..<0.5), randomNumbers([2], seed: 16),
      ], "exp(x w + b)")
  },
  Check("two layers, step by step") { c in
    let x = Tensor([[1, -2], [0.5, 3], [-1, 1]])
    let w1 = Tensor([[0.5, -0.25, 1], [1, 0.75, -0.5]]).requiringGradients()
    let b1 = Tensor([0.1, 0, -0.2]).requiringGradients()
    let w2 = Tensor([[1], [-2], [0.5]]).requiringGradients()
    let product = My.matmul(x, w1)
    let sum = My.add(product, b1)
    let hidden = My.relu(sum)
    let output = My.matmul(hidden, w2)
    let loss = My.mean(My.multiply(output, output))
    let found = gradients(
      of: loss, withRespectTo: [product, sum, hidden, output, loss, b1, w1, w2])
    for (i, (name, value)) in [
      ("x w₁", product), ("+ b₁", sum), ("relu", hidden), ("· w₂", output),
      ("mean of squares", loss),
    ].enumerated() {
      c.step(name, value, gradient: found[i])
    }
    c.expect(loss, near: Tensor(1.1933333), "the loss")
    c.expect(
      found[5], near: Tensor([-1.5333334, 3.0666668, 0.3]), "∂L/∂b₁, summed over three rows")
    c.expect(
      found[6], near: Tensor([[0.6333333, -1.2666667, 0.3], [-2.7333336, 5.4666672, -0.6]]),
      "∂L/∂w₁")
    c.expect(found[7], near: Tensor([[-2.57], [-2.2083335], [1.08]]), "∂L/∂w₂")
  },
]
