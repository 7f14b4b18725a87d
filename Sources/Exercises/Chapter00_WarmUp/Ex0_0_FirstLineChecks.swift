import FledgeCore
import FledgeCourse

let checks0_0: [Check] = [
  Check("at 0 the prediction is the bias") { c in
    c.expect(prediction(for: 0, weight: 3, bias: 1), near: 1, "with weight 3 and bias 1")
    c.expect(prediction(for: 0, weight: 3, bias: -0.5), near: -0.5, "with weight 3 and bias −0.5")
  },
  Check("each step to the right adds the weight") { c in
    c.expect(prediction(for: 1, weight: 3, bias: 1), near: 4, "at 1, with weight 3 and bias 1")
    c.expect(prediction(for: 2, weight: 3, bias: 1), near: 7, "at 2")
    c.expect(prediction(for: -1, weight: 3, bias: 1), near: -2, "at −1")
  },
  Check("it is a line, wherever one looks") { c in
    c.forRandomCases(20) { generator in
      let (x, w, b) = (
        generator.uniform(in: -9..<9), generator.uniform(in: -3..<3), generator.uniform(in: -3..<3)
      )
      c.trying("x = \(x), weight = \(w), bias = \(b)") {
        c.expect(
          prediction(for: x + 1, weight: w, bias: b) - prediction(for: x, weight: w, bias: b),
          near: w, "the rise from x to x + 1")
        c.expect(prediction(for: x, weight: 0, bias: b), near: b, "the prediction with weight 0")
      }
    }
  },
]
