import FledgeCore
import FledgeCourse
import FledgeNN

/// What dropout makes of ones, with a generator of that seed.
private func dropped(_ p: Double, _ shape: Shape, seed: UInt64 = 1) -> Tensor {
  withGenerator(Generator(seed: seed)) { MyDropout(p)(Tensor.ones(shape)) }
}

private func share(of value: Double, in x: Tensor) -> Double {
  let values = x.array(of: Double.self)
  return Double(values.count { $0 == value }) / Double(values.count)
}

/// Kept elements as dots, dropped ones as blanks.
private func picture(_ x: Tensor) -> String {
  x.array(of: Double.self).chunked(x.shape[-1]).map { row in
    "  " + row.map { $0 == 0 ? "·" : "●" }.joined(separator: " ")
  }.joined(separator: "\n")
}

extension [Double] {
  fileprivate func chunked(_ size: Int) -> [ArraySlice<Double>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}

let checks5_6: [Check] = [
  Check("the share that is dropped is p") { c in
    for p in [0.1, 0.5, 0.8] {
      c.expect(
        share(of: 0, in: dropped(p, [80, 125])), near: p, tolerance: 0.02,
        "the share of zeros among 80 × 125 elements, p = \(p)")
    }
  },
  Check("what is left is scaled, so that the mean stays") { c in
    for (p, scaled) in [(0.2, 1.25), (0.5, 2), (0.75, 4)] {
      let y = dropped(p, [100, 100])
      let others = y.array(of: Double.self).first { $0 != 0 && abs($0 - scaled) > 1e-5 }
      c.expect(
        others ?? scaled, near: scaled, "what a one becomes that is kept with p = \(p): 1 / (1 − p)"
      )
      c.expect(y.mean().item(), near: 1, tolerance: 0.05, "the mean of what ones become, p = \(p)")
    }
    let y = withGenerator(Generator(seed: 2)) { MyDropout(0.5)(Tensor([3, -7])) }
    let isRight = zip(y.array(of: Double.self), [6, -14]).allSatisfy { $0 == 0 || $0 == $1 }
    c.expect(isRight, "3 and −7 become 0 or twice what they were: \(y)")
  },
  Check("in evaluation x passes as it is") { c in
    let layer = MyDropout(0.5)
    layer.eval()
    let x = Tensor([1, -2, 3])
    let (y, names) = operationNames { layer(x) }
    c.expect(y, near: x, "dropout of [1, −2, 3] in evaluation")
    c.expect(names, equals: [], "operations that ran")
    layer.train()
    let again = withGenerator(Generator(seed: 1)) { layer(Tensor.ones([1000])) }
    c.expect(share(of: 0, in: again) > 0.4, "back in training it drops again")
  },
  Check("with p = 0 nothing is dropped") { c in
    c.expect(dropped(0, [50]), near: Tensor.ones([50]), "dropout with p = 0")
  },
  Check("each element of each example has its own draw") { c in
    let y = dropped(0.5, [12, 24])
    c.picture { picture(y) }
    let zeros = (y .== 0).cast(to: .float32)
    let rows = zeros.mean(axis: 1).array(of: Double.self)
    let columns = zeros.mean(axis: 0).array(of: Double.self)
    c.expect(
      rows.allSatisfy { $0 > 0 && $0 < 1 }, "no row of 24 is dropped or kept as a whole")
    c.expect(
      columns.allSatisfy { $0 > 0 && $0 < 1 }, "no column of 12 is dropped or kept as a whole")
    let box = (dropped(0.5, [24, 24, 24]) .== 0).cast(to: .float32)
    for (axis, name) in [(0, "example"), (1, "step"), (2, "channel")] {
      let shares = box.mean(axis: axis).array(of: Double.self)
      c.expect(
        shares.allSatisfy { $0 > 0 && $0 < 1 },
        "of [24, 24, 24] no \(name) drops what all others of its kind drop")
    }
  },
  Check("what comes out has the dtype of what went in") { c in
    for dtype in [DType.float16, .float32, .float64] {
      c.expect(
        MyDropout(0.5)(Tensor.ones([4], dtype: dtype)).dtype, equals: dtype, "dropout of \(dtype)")
    }
  },
  Check("each call draws anew, and a seed repeats it all") { c in
    let layer = MyDropout(0.5)
    let x = Tensor.ones([64])
    func twoCalls(_ seed: UInt64) -> (Tensor, Tensor) {
      withGenerator(Generator(seed: seed)) { (layer(x), layer(x)) }
    }
    let (first, second) = twoCalls(3)
    c.expect(!first.isClose(to: second), "two calls drop different elements")
    let (again, _) = twoCalls(3)
    c.expect(again, near: first, "the first call with the same seed once more")
    c.expect(!twoCalls(4).0.isClose(to: first), "another seed drops others")
  },
  Check("what was dropped gets no gradient, what was kept the scaled one") { c in
    let x = Tensor.ones([4, 8]).requiringGradients()
    let y = withGenerator(Generator(seed: 5)) { MyDropout(0.75)(x) }
    let dx = gradients(of: y.sum(), withRespectTo: [x])[0]
    c.picture { picture(y.detached()) }
    c.expect(dx, near: y.detached(), "∂(Σ y)/∂x is m / (1 − p), which for ones is y")
  },
  Check("a part that is computed twice drops the same elements") { c in
    // Checkpoints run a part again in the backward pass, with the generator put back.
    let layer = MyDropout(0.5)
    func gradient(_ f: (Tensor) -> Tensor) -> Tensor {
      let x = Tensor.ones([32]).requiringGradients()
      withGenerator(Generator(seed: 6)) { f(x).sum().backward() }
      return x.grad!
    }
    c.expect(
      gradient { checkpoint($0) { layer($0).square() } }, near: gradient { layer($0).square() },
      "the gradient through a checkpoint")
  },
]
