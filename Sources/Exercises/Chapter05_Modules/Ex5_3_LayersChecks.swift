import FledgeCore
import FledgeCourse
import FledgeNN

/// x · factor, to see in which order layers run.
private final class Scale: Module, Layer {
  let factor: Double
  init(_ factor: Double) { self.factor = factor }
  func callAsFunction(_ x: Tensor) -> Tensor { x * factor }
}

private final class Shift: Module, Layer {
  @Parameter var amount = Tensor([1])
  func callAsFunction(_ x: Tensor) -> Tensor { x + amount }
}

let checks5_3: [Check] = [
  Check("a linear layer has its shapes from its sizes") { c in
    let layer = MyLinear(5, 3)
    c.expect(layer.weight.shape, equals: [3, 5], "the weight of MyLinear(5, 3): [outputs, inputs]")
    c.expect(layer.bias?.shape, equals: [3], "its bias")
    let plain = MyLinear(5, 3, bias: false)
    c.expect(plain.bias == nil, "a layer without bias has none")
    c.expect(
      plain(Tensor.zeros([2, 5])).detached(), near: Tensor.zeros([2, 3]), "its output for zeros")
  },
  Check("a linear layer computes x Wᵀ + b") { c in
    let layer = MyLinear(3, 2)
    layer.weight = Tensor([[1, 2, 3], [-1, 0, 1]])
    layer.bias = Tensor([10, 20])
    c.expect(
      layer(Tensor([[1, 1, 1], [2, 0, -1]])).detached(), near: Tensor([[16, 20], [9, 17]]),
      "rows [1, 1, 1] and [2, 0, −1]")
  },
  Check("any axes may stand in front") { c in
    let layer = MyLinear(4, 2, using: Generator(seed: 1))
    let x = Tensor.uniform([2, 3, 4], in: -1...1, using: Generator(seed: 2))
    let y = layer(x).detached()
    c.expect(y.shape, equals: [2, 3, 2], "the shape for [2, 3, 4]")
    c.expect(
      y.reshaped([6, 2]), near: layer(x.reshaped([6, 4])).detached(), "row by row the same numbers")
    c.expect(
      layer(Tensor.uniform([4], in: -1...1, using: Generator(seed: 3))).shape, equals: [2],
      "the shape for a vector [4]")
  },
  Check("it starts where PyTorch's layers start") { c in
    let layer = MyLinear(400, 100, using: Generator(seed: 4))
    for (name, value) in [("weight", layer.weight), ("bias", layer.bias!)] {
      let largest = value.abs().max().item()
      c.expect(largest <= 0.05, "no \(name) beyond 1/√400 = 0.05 (the largest is \(largest))")
      c.expect(largest > 0.045, "\(name) reaches nearly that far (the largest is \(largest))")
    }
    c.expect(
      !MyLinear(4, 4, using: Generator(seed: 1)).weight.isClose(
        to: MyLinear(4, 4, using: Generator(seed: 2)).weight), "two seeds give two layers")
  },
  Check("layers run in their order") { c in
    let model = MySequential([Shift(), Scale(10)])
    c.expect(model(Tensor([2])).item(), near: 30, "(2 + 1) · 10")
    c.expect(MySequential([])(Tensor([7])).item(), near: 7, "no layers at all")
  },
  Check("a residual block adds what its layer makes") { c in
    let block = MyResidual(Scale(3))
    let x = Tensor([1, -2]).requiringGradients()
    let y = block(x)
    c.expect(y.detached(), near: Tensor([4, -8]), "x + 3 x for 1 and −2")
    y.sum().backward()
    c.expect(x.grad ?? Tensor.zeros([2]), near: Tensor([4, 4]), "its gradient: 1 + 3")
    c.expect(
      MyResidual(Scale(0))(x).detached(), near: x.detached(),
      "a block whose layer gives zeros lets x through")
  },
  Check("flatten keeps the batch") { c in
    let x = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
    c.expect(MyFlatten()(x), near: x.reshaped([2, 12]), "[2, 3, 4] → [2, 12]")
    c.expect(MyFlatten()(Tensor.ones([5])).shape, equals: [5, 1], "[5] → [5, 1]")
    c.expect(MyFlatten()(Tensor.ones([1, 2, 2])).shape, equals: [1, 4], "[1, 2, 2] → [1, 4]")
    c.expect(
      MyFlatten()(Tensor.ones([0, 2, 3])).shape, equals: [0, 6], "[0, 2, 3] → [0, 6]: no examples")
  },
  Check("the framework trains it: names, counts, gradients") { c in
    let model = MySequential([
      MyFlatten(), MyLinear(6, 4), MyResidual(MySequential([MyLinear(4, 4), ReLU()])),
      MyLinear(4, 2, bias: false),
    ])
    c.expect(
      model.namedParameters().map(\.name),
      equals: [
        "layers.1.weight", "layers.1.bias", "layers.2.body.layers.0.weight",
        "layers.2.body.layers.0.bias", "layers.3.weight",
      ], "the parameters that the framework found")
    c.expect(model.parameterCount, equals: 56, "numbers in them: 28 + 20 + 8")
    model(Tensor.uniform([5, 2, 3], in: -1...1, using: Generator(seed: 5))).square().sum()
      .backward()
    let missing = model.namedParameters().filter { $0.parameter.grad == nil }
    c.expect(missing.map(\.name), equals: [], "parameters that got no gradient")
  },
  Check("it gives what the framework's own layers give") { c in
    let mine = MySequential([
      MyFlatten(), MyLinear(6, 4), Tanh(), MyResidual(MySequential([MyLinear(4, 4), Tanh()])),
    ])
    let theirs = Sequential {
      Flatten()
      Linear(6, 4)
      Tanh()
      Residual {
        Linear(4, 4)
        Tanh()
      }
    }
    do {
      try mine.load(
        Dictionary(theirs.stateDict().map { ($0.name, $0.value) }, uniquingKeysWith: { a, _ in a }))
    } catch {
      c.expect(false, "a checkpoint of Fledge's layers fits yours: \(error)")
      return
    }
    let x = Tensor.uniform([3, 2, 3], in: -1...1, using: Generator(seed: 6))
    let flat = mine.layers[0](x)
    let linear = mine.layers[1](flat)
    c.step("flatten", flat)
    c.step("linear", linear.detached())
    c.step("residual", mine.layers[3](mine.layers[2](linear)).detached())
    c.expect(mine(x).detached(), near: theirs(x).detached(), "the output for the same weights")
    mine(x).square().sum().backward()
    theirs(x).square().sum().backward()
    for (a, b) in zip(mine.namedParameters(), theirs.namedParameters()) {
      if let gradient = a.parameter.grad, let expected = b.parameter.grad {
        c.expect(gradient, near: expected, "the gradient of \(a.name)")
      }
    }
  },
]
