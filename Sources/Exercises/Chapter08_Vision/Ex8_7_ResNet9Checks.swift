import FledgeCore
import FledgeCourse
import FledgeModels
import FledgeNN

let checks8_7: [Check] = [
  Check("a unit keeps the size with stride 1, and divides it by the stride") { c in
    for (kernel, stride, expected) in [
      (3, 1, "[2, 5, 8, 8]"), (7, 1, "[2, 5, 8, 8]"), (1, 1, "[2, 5, 8, 8]"),
      (3, 2, "[2, 5, 4, 4]"),
      (7, 4, "[2, 5, 2, 2]"),
    ] {
      let unit = convolutionUnit(3, 5, kernel: kernel, stride: stride)
      c.expect(
        unit(Tensor.zeros([2, 3, 8, 8])).shape.description, equals: expected,
        "what comes out of [2, 3, 8, 8], kernel \(kernel), stride \(stride)")
    }
  },
  Check("a unit is convolution, norm, ReLU") { c in
    let unit = convolutionUnit(3, 5, kernel: 3, stride: 1)
    c.expect(unit.parameterCount, equals: 3 * 5 * 9 + 5 + 5 + 5, "parameters of 3 → 5, 3 × 3")
    let y = unit(Tensor.normal([4, 3, 6, 6], using: Generator(seed: 1))).detached()
    c.expect(y.min().item() >= 0, "nothing negative comes out")
    // Half of what is normalized is positive.
    let positive = (y .> 0).cast(to: .float32).mean(axes: [0, 2, 3])
    for (channel, part) in positive.array(of: Double.self).enumerated() {
      c.expect((0.3...0.7).contains(part), "about half of channel \(channel) is positive: \(part)")
    }
  },
  Check("the network has 431,946 parameters") { c in
    let net = myResNet9()
    c.expect(net.parameterCount, equals: 431_946, "parameters for ten classes")
    c.expect(myResNet9(classes: 3).parameterCount, equals: 431_946 - 7 * 129, "for three")
    let expected = ResNet9().parameters().map { "\($0.value?.shape ?? [])" }
    c.expect(
      net.parameters().map { "\($0.value?.shape ?? [])" }, equals: expected,
      "their shapes, in order")
  },
  Check("with the same parameters it answers like the framework's ResNet9") { c in
    let (mine, theirs) = (myResNet9(), ResNet9())
    for (own, other) in zip(mine.parameters(), theirs.parameters()) { other.value = own.value }
    let x = Tensor.normal([4, 3, 32, 32], using: Generator(seed: 5))
    c.expect(
      mine(x).detached(), near: theirs(x).detached(), tolerance: 1e-3, "the logits in training")
    mine.eval()
    theirs.eval()
    c.expect(
      mine(x).detached(), near: theirs(x).detached(), tolerance: 1e-3, "the logits in evaluation")
  },
  Check("what a convolution costs") { c in
    for (layer, rows, columns, expected) in [
      (MyConv2d(1, 1, kernel: 1), 4, 5, 20),
      (
        MyConv2d(3, 16, kernel: 7, stride: 4, padding: 3), 32, 32,
        16 * 3 * 49 * 64
      ), (MyConv2d(6, 16, kernel: 5), 14, 14, 240_000),
      (MyConv2d(2, 3, kernel: 3), 3, 5, 2 * 3 * 9 * 3),
    ] {
      c.trying("filters \(layer.weight.shape) on \(rows) × \(columns), \(layer.windows)") {
        c.expect(
          multiplications(layer, rows: rows, columns: columns), equals: expected, "multiplications")
      }
    }
  },
  Check("a step lowers the loss on its own batch") { c in
    let net = withGenerator(Generator(seed: 7)) { myResNet9() }
    let x = Tensor.normal([8, 3, 32, 32], using: Generator(seed: 6))
    let labels = Tensor([0, 1, 2, 3, 4, 5, 6, 7] as [Int])
    let loss = crossEntropy(net(x), labels)
    loss.backward()
    for parameter in net.parameters() {
      guard let value = parameter.value, let gradient = parameter.grad else {
        c.expect(false, "every parameter has a gradient")
        continue
      }
      parameter.value = (value - gradient * 0.02).detached()
    }
    let after = crossEntropy(net(x), labels).item()
    c.expect(after < loss.item(), "the loss after a small step, \(after), is below \(loss.item())")
  },
]
