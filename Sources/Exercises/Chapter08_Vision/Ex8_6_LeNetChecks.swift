import FledgeCore
import FledgeCourse
import FledgeModels
import FledgeNN

let checks8_6: [Check] = [
  Check("a convolution has a weight and a bias of the right shapes") { c in
    let layer = MyConv2d(3, 8, kernel: 5, stride: 2, padding: 1)
    c.expect(layer.weight.shape.description, equals: "[8, 3, 5, 5]", "the weight's shape")
    c.expect(layer.bias.shape.description, equals: "[8]", "the bias's shape")
    c.expect(layer.parameterCount, equals: 8 * 3 * 25 + 8, "parameters")
    c.expect(
      layer(Tensor.zeros([2, 3, 9, 7])).shape.description, equals: "[2, 8, 4, 3]",
      "the shape of what comes out of [2, 3, 9, 7]: stride 2, padding 1")
  },
  Check("both start from uniform numbers as wide as the number of inputs says") { c in
    // b = 1 / √(4 · 9) = 1/6; the deviation of uniform numbers in (−b, b) is b / √3.
    let layer = withGenerator(Generator(seed: 1)) { MyConv2d(4, 200, kernel: 3) }
    for (name, values) in [("weight", layer.weight), ("bias", layer.bias)] {
      let numbers = values.array(of: Double.self)
      let largest = numbers.map(abs).max() ?? 0
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
      c.trying("the \(name) of 4 → 200 channels, 3 × 3: b = 1/6") {
        c.expect(
          (0.15...0.16667).contains(largest), "the largest is near b and not beyond: \(largest)")
        c.expect(
          square.squareRoot(), near: 1 / 108.0.squareRoot(), tolerance: 0.012,
          "the deviation, b / √3")
        c.expect(abs(mean) < 0.2 / 6, "they go to both sides of 0, their mean is \(mean)")
      }
    }
  },
  Check("the layers compute what the framework's do") { c in
    let (mine, theirs) = (
      MyConv2d(2, 3, kernel: 3, stride: 2, padding: 1),
      Conv2d(2, 3, kernel: 3, stride: 2, padding: 1)
    )
    theirs.weight = mine.weight
    theirs.bias = mine.bias
    let x = Tensor.normal([2, 2, 6, 7], using: Generator(seed: 2))
    c.expect(mine(x).detached(), near: theirs(x).detached(), "a convolution")
    c.expect(
      MyMaxPool2d(3)(x).detached(), near: MaxPool2d(3)(x).detached(), "a maximum of 3 × 3")
  },
  Check("a LeNet has 61,706 parameters, layer by layer") { c in
    let net = myLeNet()
    c.expect(net.parameterCount, equals: 61_706, "parameters")
    c.expect(
      net.namedParameters().map { "\($0.parameter.value?.shape ?? [])" },
      equals: [
        "[6, 1, 5, 5]", "[6]", "[16, 6, 5, 5]", "[16]", "[120, 400]", "[120]", "[84, 120]", "[84]",
        "[10, 84]", "[10]",
      ], "their shapes")
    var shapes: [String] = []
    var x = Tensor.zeros([2, 1, 28, 28])
    for layer in net.layers {
      x = layer(x)
      if shapes.last != x.shape.description { shapes.append(x.shape.description) }
    }
    c.expect(
      shapes,
      equals: [
        "[2, 6, 28, 28]", "[2, 6, 14, 14]", "[2, 16, 10, 10]", "[2, 16, 5, 5]", "[2, 400]",
        "[2, 120]", "[2, 84]", "[2, 10]",
      ], "the shapes on the way, for two digits")
  },
  Check("with the same parameters it answers like the framework's LeNet") { c in
    let (mine, theirs) = (myLeNet(), LeNet())
    for (own, other) in zip(mine.parameters(), theirs.parameters()) { other.value = own.value }
    let x = Tensor.normal([3, 1, 28, 28], using: Generator(seed: 4))
    c.expect(mine(x).detached(), near: theirs(x).detached(), tolerance: 1e-4, "the logits")
    let labels = Tensor([3, 1, 4] as [Int])
    crossEntropy(mine(x), labels).backward()
    crossEntropy(theirs(x), labels).backward()
    for ((name, own), other) in zip(mine.namedParameters(), theirs.parameters()) {
      c.expect(
        own.grad ?? Tensor.zeros([0]), near: other.grad!, tolerance: 1e-4,
        "the gradient of \(name)")
    }
  },
]
