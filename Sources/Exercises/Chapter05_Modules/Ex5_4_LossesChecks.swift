import FledgeCore
import FledgeCourse

/// int64, as classes are.
private func classes(_ values: Int...) -> Tensor { Tensor(values) }

/// Value and gradient of a loss beside those of PyTorch (Tests/Golden/make_course_tensor_golden.py).
extension Recorder {
  fileprivate func expectLoss(
    _ loss: (Tensor) -> Tensor, at x: Tensor, value: Double, gradient: [Double], _ what: String
  ) {
    let leaf = x.requiringGradients()
    let y = loss(leaf)
    guard expect(y.shape, equals: [], "the shape of \(what)") else { return }
    expect(y.item(), near: value, "\(what)")
    let dx = gradients(of: y, withRespectTo: [leaf])[0]
    step(what, y.detached())
    step("its gradient", dx)
    expect(
      dx, near: Tensor(gradient, shape: x.shape, dtype: x.dtype), "the gradient of \(what)")
  }
}

let checks5_4: [Check] = [
  Check("the squared error is a mean over all elements") { c in
    let target = Tensor([[1, -1], [0, 2.5]])
    c.expectLoss(
      { squaredErrorLoss($0, target) }, at: Tensor([[0.5, -1], [2, 3]]), value: 1.125,
      gradient: [-0.25, 0, 1, 0.25], "the squared error of [[½, −1], [2, 3]]")
  },
  Check("the binary cross-entropy of logits") { c in
    let targets = Tensor([1, 0, 1, 0, 0.25])
    c.expectLoss(
      { binaryCrossEntropyLoss($0, targets) }, at: Tensor([2, -1, 0, 0.5, -3]), value: 0.5812002,
      gradient: [-0.0238406, 0.0537883, -0.1, 0.1244919, -0.0405148],
      "the binary cross-entropy of 2, −1, 0, ½, −3 for 1, 0, 1, 0, ¼")
  },
  Check("a network that knows nothing pays ln 2 for a yes or no") { c in
    let targets = Tensor([1, 0, 1, 0])
    c.expectLoss(
      { binaryCrossEntropyLoss($0, targets) }, at: Tensor.zeros([4]), value: 0.6931472,
      gradient: [-0.125, 0.125, -0.125, 0.125], "the binary cross-entropy of zero logits")
  },
  Check("binary logits may be as large as they like") { c in
    let targets = Tensor([1, 0, 0, 1])
    c.expectLoss(
      { binaryCrossEntropyLoss($0, targets) }, at: Tensor([1000, -1000, 200, -200]), value: 100,
      gradient: [0, 0, 0.25, -0.25],
      "the binary cross-entropy of 1000, −1000, 200, −200 for 1, 0, 0, 1")
  },
  Check("the cross-entropy is a mean over rows") { c in
    let targets = classes(1, 2, 0, 2)
    let logits = Tensor([[1, 2, 0.5], [0, -1, 3], [0.25, 0.25, -2], [5, 1, 1]])
    c.expectLoss(
      { crossEntropyLoss($0, targets) }, at: logits, value: 1.3276836,
      gradient: [
        0.057806, -0.0928671, 0.0350611, 0.0116532, 0.004287, -0.0159401, -0.1312577, 0.1187423,
        0.0125153, 0.2411658, 0.0044171, -0.2455829,
      ], "the cross-entropy of four rows")
  },
  Check("a network that knows nothing pays ln 10 for a digit") { c in
    let zero = Tensor.zeros([3, 10])
    c.expect(
      crossEntropyLoss(zero, classes(3, 0, 9)).item(), near: 2.3025851,
      "the cross-entropy of zero logits for ten classes")
  },
  Check("logits may be as large as they like") { c in
    let targets = classes(0, 1)
    c.expectLoss(
      { crossEntropyLoss($0, targets) }, at: Tensor([[1000, 0], [1000, 0]]), value: 500,
      gradient: [0, 0, 0.5, -0.5], "the cross-entropy of [1000, 0] for class 0 and for class 1")
  },
  Check("ignored rows do not count at all") { c in
    let logits = Tensor([[1, 2, 0.5], [0, -1, 3], [0.25, 0.25, -2], [5, 1, 1]])
    let targets = classes(1, 2, 0, 2)
    c.expectLoss(
      { crossEntropyLoss($0, targets, ignoring: 2) }, at: logits, value: 0.6044369,
      gradient: [
        0.1156119, -0.1857341, 0.0701222, 0, 0, 0, -0.2625153, 0.2374847, 0.0250307, 0, 0, 0,
      ], "the cross-entropy of four rows, two of which are ignored")
    c.expect(
      crossEntropyLoss(logits, classes(-100, 1, -100, 0)).item(), near: 2.0509303,
      "−100 is ignored where nothing else is said")
    c.expect(
      crossEntropyLoss(logits, classes(255, 1, 255, 0), ignoring: 255).item(), near: 2.0509303,
      "255 is ignored, which is no class")
    c.expectLoss(
      { crossEntropyLoss($0, classes(2, 2, 2, 2), ignoring: 2) }, at: logits, value: 0,
      gradient: [Double](repeating: 0, count: 12), "the loss where every row is ignored")
    let nothing = crossEntropyLoss(
      logits.requiringGradients(), classes(2, 2, 2, 2), ignoring: 2)
    c.expect(nothing.graphNode != nil, "it has a place in the graph, so that a step can go on")
  },
  Check("ignored rows get no gradient") { c in
    let logits = Tensor([[1, 2, 0.5], [0, -1, 3], [0.25, 0.25, -2], [5, 1, 1]]).requiringGradients()
    let loss = crossEntropyLoss(logits, classes(1, 2, 0, 2), ignoring: 2)
    let slopes = gradients(of: loss, withRespectTo: [logits])[0].abs().sum(axis: 1)
    let moved = slopes.array(of: Double.self).enumerated().filter { $0.element > 0 }.map(\.offset)
    c.expect(
      moved, equals: [0, 2], "the rows that have a gradient, where rows 1 and 3 are ignored")
  },
  Check("sequences of rows") { c in
    let logits = Tensor.normal([2, 3, 5], using: Generator(seed: 1))
    let targets = classes(4, 0, 2, 2, 1, 3).reshaped([2, 3])
    let rows = crossEntropyLoss(logits.reshaped([6, 5]), targets.reshaped([6])).item()
    c.expect(
      crossEntropyLoss(logits, targets).item(), near: rows, "[2, 3, 5] is like [6, 5]")
  },
]
