import FledgeCore
import FledgeCourse

private let checksOfLogSumExp: [Check] = [
  Check("log-sum-exp is right where exponentials are not") { c in
    let x = Tensor([[1, 2, 3], [1000, 1000, 999], [-1000, -1001, -1000]])
    c.expect(
      My.logSumExp(x, axis: 1), near: Tensor([3.407606, 1000.861995, -999.138005]),
      "of [1, 2, 3], [1000, 1000, 999], [−1000, −1001, −1000]")
    c.expect(My.logSumExp(Tensor([-5, -5]), axis: 0).item(), near: -4.3068528, "ln 2 − 5")
  },
  Check("log-sum-exp of masked elements") { c in
    let x = Tensor(
      [1, -.infinity, 2, -.infinity, -.infinity, -.infinity] as [Double], shape: [2, 3])
    let y = My.logSumExp(x, axis: -1).array(of: Double.self)
    c.expect(y[0], near: 2.3132617, "of [1, −∞, 2]")
    c.expect(y[1], near: -.infinity, "of three times −∞")
    c.expect(
      My.logSumExp(Tensor([.infinity, 0] as [Double]), axis: 0).item() == .infinity, "of [∞, 0]: ∞")
  },
  Check("log-sum-exp along any axis") { c in
    let x = randomNumbers([2, 3, 4], seed: 1)
    for axis in [0, 1, 2, -2] {
      c.trying("[2, 3, 4], axis \(axis)") {
        c.expect(My.logSumExp(x, axis: axis), near: x.logSumExp(axis: axis), "log Σ eˣ")
      }
    }
  },
  Check("its gradient is the softmax") { c in
    let x = Tensor(
      [1, 2, 3, 1000, 1000, 999, -1000, -1001, -1000], shape: [3, 3], dtype: .float64
    ).requiringGradients()
    let y = My.logSumExp(x, axis: 1)
    let dx = gradients(
      of: y, withRespectTo: [x], outputGradient: Tensor([1, 10, 100] as [Double]),
      retainGraph: true)[0]
    c.step("log-sum-exp", y)
    c.step("x", x, gradient: dx)
    c.expect(
      dx,
      near: Tensor(
        [
          0.0900306, 0.2447285, 0.665241, 4.223188, 4.223188, 1.553624, 42.2318798, 15.5362403,
          42.2318798,
        ], shape: [3, 3]), "dy = 1, 10, 100 along the rows")
    for axis in [0, 1] {
      c.expectGradients(
        of: { My.logSumExp($0[0], axis: axis) }, at: [randomNumbers([3, 3], seed: 2)],
        "log Σ eˣ of [3, 3] along axis \(axis)")
    }
  },
]

private let checksOfElementwise: [Check] = [
  Check("tanh and its slope, far out as well") { c in
    let x = Tensor([-1000, -1, 0, 1, 1000] as [Double]).requiringGradients()
    let y = My.tanh(x)
    c.expect(
      y.detached(), near: Tensor([-1, -0.7615942, 0, 0.7615942, 1] as [Double]),
      "tanh of −1000, −1, 0, 1, 1000")
    let dx = gradients(of: My.sum(y), withRespectTo: [x])[0]
    c.expect(dx, near: Tensor([0, 0.4199743, 1, 0.4199743, 0] as [Double]), "1 − tanh²")
    c.expectGradients(of: { My.tanh($0[0]) }, at: [randomNumbers([2, 3], seed: 3)], "tanh x")
    c.expect(My.Tanh().saves.isDisjoint(with: .inputs), "tanh does not save its input")
    let single = Tensor([1, 0]).requiringGradients()
    c.expect(
      gradients(of: My.sum(My.tanh(single)), withRespectTo: [single])[0],
      near: Tensor([0.4199743, 1]), "the slope in float32")
  },
  Check("whole powers of negative numbers") { c in
    let x = Tensor([-2, 3])
    c.expect(My.power(x, 3), near: Tensor([-8, 27]), "(−2)³ and 3³")
    c.expect(My.power(x, 2), near: Tensor([4, 9]), "(−2)² and 3²")
    c.expect(My.power(x, -1), near: Tensor([-0.5, 0.3333333]), "1 / −2 and 1 / 3")
    for exponent in [1.0, 2, 3, -2] {
      c.expectGradients(
        of: { My.power($0[0], exponent) }, at: [Tensor([-2, -0.5, 1.5] as [Double])],
        "x to the power of \(exponent)")
    }
  },
  Check("broken powers of positive numbers") { c in
    c.expect(My.power(Tensor([4, 9]), 0.5), near: Tensor([2, 3]), "√4 and √9")
    c.expect(My.power(Tensor([4, 9]), -0.5), near: Tensor([0.5, 0.3333333]), "1 / √4 and 1 / √9")
    for exponent in [0.5, -0.5, 1.7] {
      c.expectGradients(
        of: { My.power($0[0], exponent) }, at: [randomNumbers([4], seed: 4, in: 0.3..<2)],
        "x to the power of \(exponent)")
    }
  },
  Check("powers at zero") { c in
    let x = Tensor([0, 2] as [Double]).requiringGradients()
    for (exponent, slopes) in [(0.0, [0.0, 0]), (1, [1, 1]), (2, [0, 4])] {
      c.trying("exponent \(exponent), x = 0 and 2") {
        let y = My.power(x, exponent)
        let dx = gradients(of: My.sum(y), withRespectTo: [x])[0]
        c.expect(dx.array(of: Double.self), near: slopes, "the slope")
      }
    }
    c.expect(My.power(x, 0).detached(), near: Tensor([1, 1] as [Double]), "0⁰ and 2⁰")
  },
  Check("GELU, value and slope") { c in
    let x = Tensor([-3, -1, -0.5, 0, 0.5, 1, 3] as [Double]).requiringGradients()
    let y = My.gelu(x)
    let dx = gradients(of: My.sum(y), withRespectTo: [x])[0]
    c.expect(
      y.detached(),
      near: Tensor(
        [-0.0036374, -0.158808, -0.154286, 0, 0.345714, 0.841192, 2.9963626] as [Double]),
      "at −3, −1, −½, 0, ½, 1, 3")
    c.expect(
      My.gelu(Tensor([1.5] as [Double])).item(), near: 1.39957157698, tolerance: 1e-10,
      "at 1½, to ten digits")
    c.expect(
      dx,
      near: Tensor(
        [-0.0115842, -0.0829641, 0.1326301, 0.5, 0.8673699, 1.0829641, 1.0115842] as [Double]),
      "its slope there")
  },
  Check("the rules can be differentiated again") { c in
    let x = randomNumbers([2, 3], seed: 5, in: 0.2..<1.5)
    c.expectSecondGradients(of: { My.tanh($0[0]) }, at: [x], "tanh")
    c.expectSecondGradients(of: { My.power($0[0], 2.5) }, at: [x], "x^2.5")
    c.expectSecondGradients(
      of: { My.logSumExp($0[0], axis: 1) }, at: [x], "log Σ eˣ, the softmax")
    c.expectSecondGradients(of: { My.gelu($0[0]) }, at: [x], "GELU")
  },
  Check("rules are made of your own operations") { c in
    let x = randomNumbers([2, 3], seed: 6, in: 0.2..<1.5).requiringGradients()
    let y = My.logSumExp(My.tanh(My.power(x, 1.5)), axis: 1)
    let (_, names) = operationNames {
      gradients(of: y, withRespectTo: [x], outputGradient: Tensor.ones(like: y))
    }
    c.expect(
      names.filter { !$0.hasPrefix("my.") }, equals: [],
      "Fledge's operations in the backward pass (it ran \(names.joined(separator: ", ")))")
    let forward = operationNames { My.gelu(x) }.names
    c.expect(
      forward.filter { !$0.hasPrefix("my.") }, equals: [],
      "Fledge's operations in GELU (it ran \(forward.joined(separator: ", ")))")
  },
]

let checks4_6 = checksOfLogSumExp + checksOfElementwise
