import FledgeCourse

extension Exercise {
  static let adamOptimizer = Exercise(
    "6.2", file: "Ex6_2_AdamOptimizer", title: "Adam and AdamW",
    goal: """
      Write the optimizer that trains language models: a step length for each element, corrected \
      while its memory is short, with decay in the right place.
      """,
    source: "needle homework 2; CS336 assignment 1; Kingma & Ba 2015; Loshchilov & Hutter 2019",
    hints: [
      """
      Work one step by hand: p = 1, g = 2, t = 1. m is 0.2 and m̂ is 2; v is 0.004 and v̂ is 4; so the \
      step is η · 2 / 2. Whatever g is, the first step is η.
      """,
      """
      Decay first: AdamW shrinks the value and leaves the gradient, Adam adds to the gradient. Then \
      the two moments in their slots, each a fading mean. Then the corrected ones, as new tensors: \
      the slots keep the uncorrected.
      """,
      """
      A fading mean in place is `slot *= β` and `slot += x * (1 - β)`. The corrections divide by 1 − \
      pow(β, t) with t = Double(step.number). The root is .sqrt(), and ε is added after it.
      """,
    ],
    mutants: [
      Mutant(
        "no-bias-correction",
        hint: """
          The first steps are not as long as the learning rate. Both means start at 0 and need \
          hundreds of steps to recover from it: divide by 1 − βᵗ.
          """,
        edits: [
          ("slots[0] / (1 - pow(beta1, Double(step.number)))", "slots[0] * 1"),
          ("slots[1] / (1 - pow(beta2, Double(step.number)))", "slots[1] * 1"),
        ]),
      Mutant(
        "corrects-the-first-only",
        hint: """
          The mean of the squares is not corrected: in the first step it is a thousandth of g², and \
          the step some thirty times too long.
          """,
        replace: "slots[1] / (1 - pow(beta2, Double(step.number)))", with: "slots[1] * 1"),
      Mutant(
        "corrects-the-second-only",
        hint: """
          The mean of the gradients is not corrected: in the first step it is a tenth of g, and the \
          step a tenth of the learning rate.
          """,
        replace: "slots[0] / (1 - pow(beta1, Double(step.number)))", with: "slots[0] * 1"),
      Mutant(
        "corrects-the-slots",
        hint: """
          The corrected moments were written back into the slots, so the next step corrects what was \
          corrected before.
          """,
        edits: [
          (
            "let mean = slots[0] / (1 - pow(beta1, Double(step.number)))",
            "slots[0] /= 1 - pow(beta1, Double(step.number))\n    let mean = slots[0]"
          ),
          (
            "let square = slots[1] / (1 - pow(beta2, Double(step.number)))",
            "slots[1] /= 1 - pow(beta2, Double(step.number))\n    let square = slots[1]"
          ),
        ]),
      Mutant(
        "epsilon-in-the-root",
        hint: "ε was added under the root; add it to the root.",
        replace: "(square.sqrt() + epsilon)", with: "(square + epsilon).sqrt()"),
      Mutant(
        "decay-always-coupled",
        hint: """
          AdamW came out as Adam: its decay went through the moments, where weights with large \
          gradients hardly decay. That is the mistake that the paper is about.
          """,
        edits: [
          ("if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }", ""),
          (
            "isDecoupled ? step.gradient : step.gradient + value * step.weightDecay",
            "step.gradient + value * step.weightDecay"
          ),
        ]),
      Mutant(
        "decay-without-the-rate",
        hint: "Decoupled decay shrinks the weight by η · λ, and not by λ alone.",
        replace: "1 - step.learningRate * step.weightDecay", with: "1 - step.weightDecay"),
      Mutant(
        "counts-for-itself",
        hint: """
          The steps were counted where each parameter comes by: with two parameters every step counts \
          twice. The number of the step is given.
          """,
        edits: [
          ("let isDecoupled: Bool\n", "let isDecoupled: Bool\n  private var count = 0.0\n"),
          (
            "if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }",
            """
            count += 1
                if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }
            """
          ),
          ("pow(beta1, Double(step.number))", "pow(beta1, count)"),
          ("pow(beta2, Double(step.number))", "pow(beta2, count)"),
        ]),
      Mutant(
        "decay-after-the-step",
        hint: "The decay of AdamW shrank what the step had made, too: it comes before the step.",
        edits: [
          ("if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }", ""),
          (
            "value -= mean / (square.sqrt() + epsilon) * step.learningRate",
            """
            value -= mean / (square.sqrt() + epsilon) * step.learningRate
                if isDecoupled { value *= 1 - step.learningRate * step.weightDecay }
            """
          ),
        ]),
    ])
}
