import FledgeCore
import FledgeCourse

/// Numbers of both signs that keep clear of 0, where relu has its kink.
private func signedNumbers(_ shape: Shape, seed: UInt64) -> Tensor {
  let generator = Generator(seed: seed)
  let values = (0..<shape.count).map { _ in
    generator.uniform(in: 0.4..<2) * (generator.bernoulli(0.5) ? 1 : -1)
  }
  return Tensor(values, shape: shape)
}

/// What an operation keeps for its gradient rule.
private func saved(by operation: some Primitive) -> String {
  let saves = operation.saves
  let values = [("input 0", SavedValues.input(0)), ("input 1", .input(1)), ("outputs", .outputs)]
  var names = values.filter { !saves.isDisjoint(with: $0.1) }.map(\.0)
  if saves.isSuperset(of: .inputs) { names.replaceSubrange(0..<2, with: ["inputs"]) }
  return names.isEmpty ? "nothing" : names.joined(separator: " and ")
}

let checks4_2: [Check] = [
  Check("every element of arithmetic gets its own slope") { c in
    let (a, b) = (signedNumbers([2, 3], seed: 1), signedNumbers([2, 3], seed: 2))
    c.expectGradients(of: { My.add($0[0], $0[1]) }, at: [a, b], "a + b")
    c.expectGradients(of: { My.multiply($0[0], $0[1]) }, at: [a, b], "a b")
    c.expectGradients(of: { My.divide($0[0], $0[1]) }, at: [a, b], "a / b")
    c.expectGradients(of: { My.subtract($0[0], $0[1]) }, at: [a, b], "a − b")
  },
  Check("every element of exp, log and relu gets its own slope") { c in
    let x = signedNumbers([2, 3], seed: 3)
    c.expectGradients(of: { My.exp($0[0]) }, at: [x], "eˣ")
    c.expectGradients(of: { My.log($0[0]) }, at: [randomNumbers([5], seed: 4, in: 0.4..<2)], "ln x")
    c.expectGradients(of: { My.relu($0[0]) }, at: [x], "max(x, 0)")
  },
  Check("relu stops what comes back by its input's sign, not by the gradient's") { c in
    let x = Tensor([-2, -1, 0, 1, 2]).requiringGradients()
    let dx = gradients(
      of: My.relu(x), withRespectTo: [x], outputGradient: Tensor([5, -5, 5, -5, 5]))[0]
    c.expect(dx, near: Tensor([0, 0, 0, -5, 5]), "x = −2 … 2, dy = 5, −5, 5, −5, 5")
  },
  Check("a sum hands its gradient to the elements that it added") { c in
    // A square: here a gradient that spreads along the wrong axis has the right shape.
    let square = signedNumbers([3, 3], seed: 5)
    for axis in [0, 1] {
      for keeps in [false, true] {
        c.expectGradients(
          of: { My.sum($0[0], axes: [axis], keepsAxes: keeps) }, at: [square],
          "[3, 3] summed over axis \(axis), keepsAxes \(keeps)")
      }
    }
    c.expectGradients(of: { My.sum($0[0]) }, at: [square], "all elements of [3, 3] summed")
    let box = signedNumbers([2, 3, 2], seed: 6)
    c.expectGradients(
      of: { My.sum($0[0], axes: [0, 2]) }, at: [box], "[2, 3, 2] summed over axes 0 and 2")
    c.expectGradients(of: { My.mean($0[0], axes: [1]) }, at: [box], "the mean over axis 1")
  },
  Check("what moves elements moves their gradients back") { c in
    let x = signedNumbers([2, 3, 4], seed: 7)
    c.expectGradients(of: { My.reshape($0[0], [4, 6]) }, at: [x], "[2, 3, 4] as [4, 6]")
    c.expectGradients(of: { My.swapAxes($0[0], 0, 2) }, at: [x], "[2, 3, 4] to [4, 3, 2]")
    c.expectGradients(
      of: { My.swapAxes($0[0], 0, 1) }, at: [signedNumbers([3, 3, 2], seed: 8)],
      "[3, 3, 2], the two axes of 3 exchanged")
  },
  Check("a tensor that is used twice gets both gradients") { c in
    let x = signedNumbers([4], seed: 9)
    c.expectGradients(of: { My.multiply($0[0], $0[0]) }, at: [x], "x x, whose slope is 2 x")
    c.expectGradients(
      of: { My.divide(My.exp($0[0]), My.add(My.exp($0[0]), 1)) }, at: [x], "eˣ / (eˣ + 1)")
  },
  Check("a chain of your rules, step by step") { c in
    let x = Tensor([[0.5, -1], [2, 0.25]]).requiringGradients()
    let product = My.multiply(x, Tensor([[2, 2], [-1, 4]]))
    let power = My.exp(product)
    let total = My.sum(power, axes: [1])
    let loss = My.mean(My.log(total))
    let found = gradients(of: loss, withRespectTo: [loss, total, power, product, x])
    for (i, (name, value)) in [
      ("mean of log", loss), ("sum", total), ("exp", power), ("multiply", product), ("x", x),
    ].enumerated().reversed() {
      c.step(name, value, gradient: found[i])
    }
    c.expect(loss, near: Tensor(1.0485874), "½ Σ log Σ exp(x w)")
    c.expect(
      found[4], near: Tensor([[0.9525741, 0.0474259], [-0.0237130, 1.9051483]]), "its gradient")
  },
  Check("rules are made of your own operations") { c in
    let x = randomNumbers([2, 3], seed: 10, in: 0.4..<2).requiringGradients()
    let loss = My.sum(
      My.relu(My.log(My.exp(My.divide(My.reshape(My.swapAxes(x, 0, 1), [2, 3]), x.detached())))))
    let (_, names) = operationNames { gradients(of: loss, withRespectTo: [x]) }
    c.expect(
      names.filter { !$0.hasPrefix("my.") }, equals: [],
      "Fledge's operations in the backward pass (it ran \(names.joined(separator: ", ")))")
  },
  Check("rules can be differentiated again") { c in
    let (a, b) = (
      randomNumbers([2, 3], seed: 11, in: 0.4..<2), randomNumbers([2, 3], seed: 12, in: 0.4..<2)
    )
    c.expectSecondGradients(of: { My.exp($0[0]) }, at: [a], "eˣ")
    c.expectSecondGradients(of: { My.log($0[0]) }, at: [a], "ln x")
    c.expectSecondGradients(of: { My.divide($0[0], $0[1]) }, at: [a, b], "a / b")
    c.expectSecondGradients(
      of: { inputs in
        let x = My.reshape(My.swapAxes(inputs[0], 0, 1), [2, 3])
        return My.exp(My.multiply(My.relu(x), My.add(x, inputs[1])))
      }, at: [a, b], "exp(relu(x) (x + b))")
  },
  Check("nothing is saved that the rule does not read") { c in
    c.expect(saved(by: My.Add()), equals: "nothing", "what a + b saves")
    c.expect(saved(by: My.Exp()), equals: "outputs", "what eˣ saves: its slope is its value")
    c.expect(
      saved(by: My.Divide()), equals: "input 1 and outputs",
      "what a / b saves: a, which is input 0, can be had from the other two")
  },
]
