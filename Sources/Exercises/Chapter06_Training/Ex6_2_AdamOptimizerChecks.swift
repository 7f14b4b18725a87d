import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

let checks6_2: [Check] = [
  Check("the first step is as long as the learning rate, whatever the gradient") { c in
    for gradient in [1000.0, 1, -0.001] {
      let number = OneNumber(1)
      let optimizer = AdamOptimizer(number.parameters(), learningRate: 0.1)
      number.step(optimizer, gradient: gradient)
      c.trying("p = 1, η = 0.1, g = \(gradient)") {
        c.expect(
          number.p, near: gradient > 0 ? 0.9 : 1.1, tolerance: 1e-4, "p after g = \(gradient)")
      }
    }
  },
  Check("the second step is corrected, too") { c in
    // m = 0.9 · 0.1 − 0.1 · 0.5 = 0.04, corrected 0.04 / 0.19; v = 0.001249, corrected / 0.001999.
    let number = OneNumber(1)
    let optimizer = AdamOptimizer(number.parameters(), learningRate: 0.1)
    number.step(optimizer, gradient: 1)
    number.step(optimizer, gradient: -0.5)
    c.trying("p = 1, η = 0.1, gradients 1 and −0.5") {
      c.expect(number.p, near: 0.8733662, tolerance: 1e-5, "p after two steps")
    }
  },
  Check("epsilon is added after the root") { c in
    // m̂ / (√v̂ + ε) = 1 / (1 + 1).
    let number = OneNumber(1)
    let optimizer = AdamOptimizer(number.parameters(), learningRate: 0.1, epsilon: 1)
    number.step(optimizer, gradient: 1)
    c.expect(number.p, near: 0.95, "p after one step with p = 1, g = 1, η = 0.1, ε = 1")
  },
  Check("the moments are kept uncorrected") { c in
    let number = OneNumber(1)
    let optimizer = AdamOptimizer(number.parameters(), learningRate: 0.1)
    number.step(optimizer, gradient: 2)
    c.trying("one step with g = 2") {
      c.expect(
        optimizer.state["weight.mean"]?.item() ?? .nan, near: 0.2, "the state \"weight.mean\"")
      c.expect(optimizer.state["weight.square"]?.item() ?? .nan, near: 0.004, "\"weight.square\"")
    }
  },
  Check("decoupled decay shrinks the weight by the learning rate times λ") { c in
    let number = OneNumber(2)
    let optimizer = AdamOptimizer(
      number.parameters(), learningRate: 0.1, weightDecay: 0.5, isDecoupled: true)
    number.step(optimizer, gradient: 0)
    c.expect(number.p, near: 1.9, "p after one step with p = 2, g = 0, η = 0.1, λ = 0.5")
    c.expect(
      optimizer.state["weight.mean"]?.item() ?? .nan, near: 0, "the mean, which sees no decay")
  },
  Check("coupled decay goes through the moments") { c in
    // g + λ p = 1: the step is as long as the learning rate.
    let number = OneNumber(2)
    let optimizer = AdamOptimizer(number.parameters(), learningRate: 0.1, weightDecay: 0.5)
    number.step(optimizer, gradient: 0)
    c.expect(number.p, near: 1.9, "p after one step with p = 2, g = 0, η = 0.1, λ = 0.5")
    c.expect(
      optimizer.state["weight.mean"]?.item() ?? .nan, near: 0.1, "the mean, a tenth of the decay 1")
  },
  Check("twenty steps in a valley are those of PyTorch: Adam") { c in
    let valley = Valley()
    c.expectDescent(
      in: valley, by: AdamOptimizer(valley.parameters(), learningRate: 0.1),
      losses: [
        13.97943, 11.78442, 9.781461, 7.974098, 6.364607, 4.95367, 3.740013, 2.720034, 1.887431,
        1.232881, 0.7438278, 0.4044477, 0.1958591, 0.0966388, 0.08365059, 0.1331483, 0.2220427,
        0.3291735, 0.4364147, 0.5294657,
      ], end: [-0.3812639, -0.401842, -0.9377834])
  },
  Check("twenty steps in a valley are those of PyTorch: Adam with decay and other betas") { c in
    let valley = Valley()
    let optimizer = AdamOptimizer(
      valley.parameters(), learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3,
      weightDecay: 0.3)
    c.expectDescent(
      in: valley, by: optimizer,
      losses: [
        13.97943, 11.78468, 9.78471, 7.98414, 6.385664, 4.989636, 3.79368, 2.792313, 1.976644,
        1.334187, 0.8488672, 0.5012991, 0.2694112, 0.1294515, 0.05733651, 0.03021383, 0.02800399,
        0.03465128, 0.0388431, 0.03407913,
      ], end: [-0.2246543, -0.4833888, -0.7295092])
  },
  Check("twenty steps in a valley are those of PyTorch: AdamW") { c in
    let valley = Valley()
    let optimizer = AdamOptimizer(
      valley.parameters(), learningRate: 0.1, weightDecay: 0.3, isDecoupled: true)
    c.expectDescent(
      in: valley, by: optimizer,
      losses: [
        13.97943, 11.03871, 8.52077, 6.397536, 4.640237, 3.219054, 2.102793, 1.258686, 0.6523641,
        0.2481043, 0.009400636, -0.1001108, -0.1154383, -0.06887174, 0.01132041, 0.1019238,
        0.1853728, 0.2498381, 0.2888346, 0.300459,
      ], end: [-0.2897684, -0.0813186, -0.6639692])
  },
]
