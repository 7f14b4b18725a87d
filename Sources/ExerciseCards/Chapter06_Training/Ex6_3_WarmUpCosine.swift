import FledgeCourse

extension Exercise {
  static let warmUpCosine = Exercise(
    "6.3", file: "Ex6_3_WarmUpCosine", title: "Warm-up and cosine",
    goal: """
      Write a schedule: the learning rate as a function of the step. It plugs into the framework's \
      trainer like its own.
      """,
    source: "TinyTorch module 8; CS336 assignment 1; Loshchilov & Hutter 2017",
    hints: [
      """
      Three cases, told apart by the step: before warmUp, before total, and after. Draw the curve and \
      mark what you know: the factors of the steps 0, warmUp − 1, warmUp, total.
      """,
      """
      In the warm-up, step 0 is the first of warmUp steps and has 1 / warmUp. After it, progress is \
      the part of the way from warmUp to total; limit it to 1, and the third case needs no line of \
      its own.
      """,
      """
      Both ends of a division must be Double. The cosine of π times the progress runs from 1 to −1; \
      half of one plus it runs from 1 to 0; stretch that to the range from 1 to the minimum: the \
      minimum, plus what is above it times the curve.
      """,
    ],
    mutants: [
      Mutant(
        "wasted-first-step",
        hint: "The factor of step 0 is 0: the first batch is computed and thrown away.",
        replace: "Double(step + 1) / Double(warmUp)", with: "Double(step) / Double(warmUp)"),
      Mutant(
        "cosine-from-step-0",
        hint: """
          The cosine jumps where the warm-up ends: its progress counts from step 0 and not from \
          warmUp.
          """,
        replace: "Double(step - warmUp) / Double(total - warmUp)",
        with: "Double(step) / Double(total)"),
      Mutant(
        "rises-again",
        hint: """
          After the total the factor rises again: the cosine goes on. A run that is longer than \
          planned would start again with a high rate.
          """,
        replace: "min(Double(step - warmUp) / Double(total - warmUp), 1)",
        with: "Double(step - warmUp) / Double(total - warmUp)"),
      Mutant(
        "minimum-on-top",
        hint:
          "The curve begins above 1: the minimum was added, but the curve above it not shortened.",
        replace: "minimum + (1 - minimum) * 0.5", with: "minimum + 0.5"),
      Mutant(
        "whole-cosine",
        hint: """
          Halfway the factor is at the minimum, and at the total back at 1: that is a full period \
          of the cosine, 2π. Half a period goes down.
          """,
        replace: "cos(.pi * progress)", with: "cos(2 * .pi * progress)"),
      Mutant(
        "minimum-one-step-early",
        hint: "The minimum came one step too early: it belongs to the step `total`.",
        replace: "Double(total - warmUp)", with: "Double(total - warmUp - 1)"),
      Mutant(
        "rises-from-the-minimum",
        hint:
          "The line began above the minimum: it rises from 1 / warmUp, whatever the minimum is.",
        replace: "return Double(step + 1) / Double(warmUp)",
        with: "return minimum + (1 - minimum) * Double(step + 1) / Double(warmUp)"),
    ])
}
