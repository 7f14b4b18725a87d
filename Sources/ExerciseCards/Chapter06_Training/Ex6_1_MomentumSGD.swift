import FledgeCourse

extension Exercise {
  static let momentumSGD = Exercise(
    "6.1", file: "Ex6_1_MomentumSGD", title: "SGD with momentum and decay",
    goal: """
      Write the optimizer that trained most of computer vision, as a subclass of the framework's \
      own: you write the rule, everything around it is there.
      """,
    source: "needle homework 2; Polyak 1964; Sutskever et al. 2013",
    hints: [
      "Three lines of a formula, three lines of code. Begin with momentum 0: then v is d.",
      """
      d is a tensor of its own: gradient plus decay times value. The velocity is slots[0], and must \
      be changed there, or it is forgotten: first shrink it by the momentum, then add d. The step is \
      the velocity times the learning rate.
      """,
      """
      Nesterov differs in the last line only: the velocity is replaced by d plus momentum times \
      the velocity, which is the new one by then. Both are multiplied by step.learningRate, and \
      nowhere else does the rate appear.
      """,
    ],
    mutants: [
      Mutant(
        "rate-in-the-velocity",
        hint: """
          The learning rate went into the velocity. As long as it is constant, nothing shows; when \
          a schedule lowers it, old gradients go on with the old rate.
          """,
        edits: [
          ("slots[0] += descent", "slots[0] += descent * step.learningRate"),
          (
            "value -= (isNesterov ? descent + slots[0] * momentum : slots[0]) * step.learningRate",
            "value -= isNesterov ? descent * step.learningRate + slots[0] * momentum : slots[0]"
          ),
        ]),
      Mutant(
        "dampened",
        hint: """
          The velocity came out as a mean of the gradients, with the factor 1 − μ. In this form it is \
          a sum: ten times as long at μ = 0.9.
          """,
        replace: "slots[0] += descent", with: "slots[0] += descent * (1 - momentum)"),
      Mutant(
        "forgets-the-velocity",
        hint: """
          The second step is as if there had been no first: the new velocity was computed, but not \
          kept in the slot.
          """,
        edits: [
          (
            "slots[0] *= momentum\nslots[0] += descent",
            "let velocity = slots[0] * momentum + descent"
          ),
          (
            "descent + slots[0] * momentum : slots[0])",
            "descent + velocity * momentum : velocity)"
          ),
        ]),
      Mutant(
        "decay-beside-the-velocity",
        hint: """
          Decay came out as in AdamW, straight at the weight. Here its gradient goes into the \
          velocity with the other.
          """,
        edits: [
          ("let descent = step.gradient + value * step.weightDecay", "let descent = step.gradient"),
          (
            "slots[0] *= momentum",
            "value *= 1 - step.learningRate * step.weightDecay\n    slots[0] *= momentum"
          ),
        ]),
      Mutant(
        "decay-away-from-0",
        hint: "Weights at rest grow: decay has the wrong sign.",
        replace: "step.gradient + value * step.weightDecay",
        with: "step.gradient - value * step.weightDecay"),
      Mutant(
        "looks-from-the-old-velocity",
        hint: "Nesterov's step uses the velocity after the update, not the one before.",
        edits: [
          (
            "let descent = step.gradient + value * step.weightDecay",
            "let descent = step.gradient + value * step.weightDecay\n    let old = slots[0] * 1"
          ),
          ("descent + slots[0] * momentum : slots[0]", "descent + old * momentum : slots[0]"),
        ]),
      Mutant(
        "looks-ahead-without-decay",
        hint: "Nesterov's step is d + μ · v, and d is the gradient with its decay.",
        replace: "descent + slots[0] * momentum : slots[0]",
        with: "step.gradient + slots[0] * momentum : slots[0]"),
      Mutant(
        "steps-before-the-velocity",
        hint:
          "The step was taken with the velocity of the step before: first the velocity, then p.",
        edits: [
          (
            """
            slots[0] *= momentum
            slots[0] += descent
            """, ""
          ),
          (
            "(isNesterov ? descent + slots[0] * momentum : slots[0]) * step.learningRate",
            """
            (isNesterov ? descent + slots[0] * momentum : slots[0]) * step.learningRate
                slots[0] *= momentum
                slots[0] += descent
            """
          ),
        ]),
    ])
}
