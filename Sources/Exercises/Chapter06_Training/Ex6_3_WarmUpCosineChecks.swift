import FledgeCourse
import FledgeOptim
import Foundation

let checks6_3: [Check] = [
  Check("the warm-up is a line that begins above 0") { c in
    let schedule = WarmUpCosine(warmUp: 4, total: 100, minimum: 0)
    draw(c, schedule, 20)
    let factors = (0..<5).map(schedule.factor)
    for (step, factor) in factors.enumerated() { c.step("factor at step \(step)", factor) }
    c.trying("warmUp = 4, total = 100, minimum = 0") {
      c.expect(factors, near: [0.25, 0.5, 0.75, 1, 1], "the factors of steps 0 to 4")
    }
  },
  Check("without warm-up it begins at 1") { c in
    let schedule = WarmUpCosine(warmUp: 0, total: 10, minimum: 0)
    draw(c, schedule, 14)
    c.trying("warmUp = 0, total = 10, minimum = 0") {
      c.expect(schedule.factor(at: 0), near: 1, "the factor of step 0")
      c.expect(schedule.factor(at: 5), near: 0.5, "half way, at step 5")
    }
  },
  Check("the cosine begins where the warm-up ends, and reaches the minimum at the total") { c in
    let schedule = WarmUpCosine(warmUp: 10, total: 30, minimum: 0.2)
    draw(c, schedule, 40)
    c.trying("warmUp = 10, total = 30, minimum = 0.2") {
      c.expect(schedule.factor(at: 10), near: 1, "the factor of step 10")
      c.expect(schedule.factor(at: 20), near: 0.6, "half way, at step 20")
      c.expect(schedule.factor(at: 30), near: 0.2, "the factor of step 30")
    }
  },
  Check("after the total the minimum stays") { c in
    let schedule = WarmUpCosine(warmUp: 5, total: 20, minimum: 0.1)
    draw(c, schedule, 50)
    c.trying("warmUp = 5, total = 20, minimum = 0.1") {
      for step in [21, 30, 35, 1000] {
        c.expect(schedule.factor(at: step), near: 0.1, "the factor of step \(step)")
      }
    }
  },
  Check("the factors are those of PyTorch") { c in
    // LinearLR and then CosineAnnealingLR, see Tests/Golden/make_course_training_golden.py.
    let schedule = WarmUpCosine(warmUp: 5, total: 20, minimum: 0.1)
    draw(c, schedule, 21)
    c.trying("warmUp = 5, total = 20, minimum = 0.1") {
      c.expect(
        (0...20).map(schedule.factor),
        near: [
          0.2, 0.4, 0.6, 0.8, 1, 1, 0.9901664, 0.9610955, 0.9140576, 0.8511088, 0.775, 0.6890576,
          0.5970378, 0.5029622, 0.4109424, 0.325, 0.2488912, 0.1859424, 0.1389045, 0.1098336, 0.1,
        ], "the factors of steps 0 to 20")
    }
  },
]

/// Shows the schedule with a failure, a column for each step.
private func draw(_ c: Recorder, _ schedule: WarmUpCosine, _ steps: Int) {
  c.picture {
    let rows = 8
    let heights = (0..<steps).map { step in
      let factor = schedule.factor(at: step)
      return factor.isFinite ? Int((min(max(factor, 0), 1) * Double(rows)).rounded()) : rows
    }
    let lines = (1...rows).reversed().map { row in
      String(heights.map { $0 >= row ? "█" : $0 == 0 && row == 1 ? "_" : " " })
    }
    return (["yours, factors of steps 0 to \(steps - 1):"] + lines).joined(separator: "\n")
  }
}
