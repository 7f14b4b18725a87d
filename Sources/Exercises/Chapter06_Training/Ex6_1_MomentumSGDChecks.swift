import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

let checks6_1: [Check] = [
  Check("without momentum a step goes against the gradient") { c in
    let number = OneNumber(1)
    let optimizer = MomentumSGD(number.parameters(), learningRate: 0.1)
    c.trying("p = 1, g = 0.5, η = 0.1, μ = 0") {
      number.step(optimizer, gradient: 0.5)
      c.expect(number.p, near: 0.95, "p after one step")
      number.step(optimizer, gradient: -2)
      c.expect(number.p, near: 1.15, "p after a second one with g = −2")
    }
  },
  Check("momentum keeps moving") { c in
    // v = 1, then 0.9 · 1 + 1 = 1.9, then 0.9 · 1.9 + 0 = 1.71.
    let number = OneNumber(1)
    let optimizer = MomentumSGD(number.parameters(), learningRate: 0.1, momentum: 0.9)
    c.trying("p = 1, η = 0.1, μ = 0.9, gradients 1, 1, 0") {
      for (gradient, expected) in [(1, 0.9), (1, 0.71), (0, 0.539)] {
        number.step(optimizer, gradient: Double(gradient))
        c.step("p", number.p)
        c.expect(number.p, near: expected, "p after g = \(gradient)")
      }
    }
  },
  Check("the learning rate is not in the velocity") { c in
    let number = OneNumber(1)
    let optimizer = MomentumSGD(number.parameters(), learningRate: 0.1, momentum: 0.9)
    number.step(optimizer, gradient: 1)
    optimizer.learningRateFactor = 0.1
    number.step(optimizer, gradient: 1)
    c.trying("p = 1, μ = 0.9, gradients 1 and 1, η = 0.1 and then 0.01") {
      c.expect(number.p, near: 1 - 0.1 - 0.01 * 1.9, "p after two steps")
    }
  },
  Check("weight decay pulls towards 0, through the velocity") { c in
    let number = OneNumber(2)
    let optimizer = MomentumSGD(
      number.parameters(), learningRate: 0.1, momentum: 0.5, weightDecay: 0.25)
    c.trying("p = 2, g = 0, η = 0.1, μ = 0.5, λ = 0.25") {
      // d = 0.5, v = 0.5, p = 1.95; then d = 0.4875, v = 0.7375, p = 1.87625.
      number.step(optimizer, gradient: 0)
      c.expect(number.p, near: 1.95, "p after one step")
      number.step(optimizer, gradient: 0)
      c.expect(number.p, near: 1.87625, "p after two")
      c.expect(number.$weight.grad?.item() ?? .nan, near: 0, "the gradient itself, which stays")
    }
  },
  Check("Nesterov looks ahead with the new velocity") { c in
    let number = OneNumber(1)
    let optimizer = MomentumSGD(
      number.parameters(), learningRate: 0.1, momentum: 0.5, isNesterov: true)
    c.trying("p = 1, g = 1, η = 0.1, μ = 0.5") {
      number.step(optimizer, gradient: 1)
      c.expect(number.p, near: 0.85, "p after one step: the velocity is 1, the step 1 + 0.5")
    }
    let resting = OneNumber(2)
    let decaying = MomentumSGD(
      resting.parameters(), learningRate: 0.1, momentum: 0.5, isNesterov: true, weightDecay: 0.25)
    c.trying("p = 2, g = 0, η = 0.1, μ = 0.5, λ = 0.25") {
      // d = 0.5, v = 0.5: the step is d + 0.5 · v = 0.75.
      resting.step(decaying, gradient: 0)
      c.expect(resting.p, near: 1.925, "p after one step of decay alone: d has the decay in it")
    }
  },
  Check("the velocity is kept with the optimizer's state") { c in
    let number = OneNumber(1)
    let optimizer = MomentumSGD(number.parameters(), learningRate: 0.1, momentum: 0.9)
    number.step(optimizer, gradient: 2)
    number.step(optimizer, gradient: 2)
    c.expect(
      optimizer.state["weight.velocity"]?.item() ?? .nan, near: 3.8,
      "the state \"weight.velocity\" after two gradients of 2")
  },
  Check("twenty steps in a valley are those of PyTorch: momentum and decay") { c in
    let valley = Valley()
    let optimizer = MomentumSGD(
      valley.parameters(), learningRate: 0.05, momentum: 0.9, weightDecay: 0.1)
    c.expectDescent(
      in: valley, by: optimizer,
      losses: [
        13.97943, 6.208261, 1.527298, 2.789619, 4.975821, 5.87958, 5.76932, 3.687608, 0.7784491,
        0.5599312, 3.04241, 4.408395, 3.051844, 1.209992, 0.6335329, 0.8281212, 1.222276, 1.712835,
        1.612535, 0.5991465,
      ], end: [-0.1369821, -0.3253705, -0.4618776])
  },
  Check("twenty steps in a valley are those of PyTorch: Nesterov") { c in
    let valley = Valley()
    let optimizer = MomentumSGD(
      valley.parameters(), learningRate: 0.05, momentum: 0.8, isNesterov: true)
    c.expectDescent(
      in: valley, by: optimizer,
      losses: [
        13.97943, 3.050344, 0.5507516, 0.3652756, 0.7248812, 0.6014976, 0.174779, -0.1196376,
        -0.1960815, -0.173131, -0.1524666, -0.1594317, -0.1779339, -0.191524, -0.1969674,
        -0.1984076, -0.1994719, -0.2009305, -0.20215, -0.2026998,
      ], end: [-0.06676542, -0.2711593, -0.4003519])
  },
]
