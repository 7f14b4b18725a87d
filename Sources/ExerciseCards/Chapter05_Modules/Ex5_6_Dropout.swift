import FledgeCourse

extension Exercise {
  static let dropout = Exercise(
    "5.6", file: "Ex5_6_Dropout", title: "Dropout",
    goal: "Drop activations at random in training, and nothing in evaluation.",
    source: "minitorch task 4.4; Srivastava et al. 2014",
    hints: [
      """
      Two modes: `isTraining` says which. In one of them the layer must not cost anything.
      """,
      """
      Draw a mask in the shape of x, 1 with the probability of being *kept*, and multiply. The mean \
      would shrink by that probability: divide by it.
      """,
      """
      The generator in force is taken where no generator is named, so name none. Take the mask times \
      1 / (1 − p) first and multiply x with the result: one operation of the graph and one of constants.
      """,
    ],
    mutants: [
      Mutant(
        "no-scale",
        hint: """
          The mean shrank by 1 − p: the next layer sees smaller numbers in training than in evaluation.
          """,
        replace: " / kept)", with: ")"),
      Mutant(
        "scales-by-what-is-dropped",
        hint: "p = ½ does not show it: what is kept must grow by 1 / (1 − p), not by 1 / p.",
        replace: " / kept)", with: " / max(probability, 1e-9))"),
      Mutant(
        "keeps-what-it-should-drop",
        hint:
          "With p = 0.1 nine of ten elements were dropped: p is the probability of being dropped.",
        replace: "let kept = 1 - probability", with: "let kept = max(probability, 1e-9)"),
      Mutant(
        "drops-in-evaluation",
        hint: "A model that is asked the same question twice should give the same answer.",
        replace: "guard isTraining else { return x }", with: ""),
      Mutant(
        "one-mask-for-the-batch",
        hint: "Whole columns were dropped: all examples of a batch lost the same elements.",
        replace: "Tensor.bernoulli(x.shape,", with: "Tensor.bernoulli([x.shape[-1]],"),
      Mutant(
        "the-same-mask-every-time",
        hint:
          "Each call dropped the same elements: a mask that never changes is a smaller network.",
        replace: "probability: kept, dtype: x.dtype)",
        with: "probability: kept, dtype: x.dtype, using: Generator(seed: 1))"),
      Mutant(
        "mask-of-another-kind",
        hint: "The mask is float32, and made float32 of the halves that it was multiplied with.",
        replace: "probability: kept, dtype: x.dtype)", with: "probability: kept)"),
      Mutant(
        "one-mask-for-all-sequences",
        hint: """
          In a batch of sequences all examples lost the same elements: each element of each example has a \
          draw of its own.
          """,
        replace: "Tensor.bernoulli(x.shape,", with: "Tensor.bernoulli(Shape(x.shape.suffix(2)),"),
    ])
}
