import FledgeCourse

extension Exercise {
  static let norms = Exercise(
    "5.5", file: "Ex5_5_Norms", title: "Batch norm, layer norm, RMS norm",
    goal: """
      Bring activations to one scale in three ways. One of them remembers what it has seen, and \
      behaves differently in evaluation.
      """,
    source: "needle homework 2, question 2; CS336 assignment 1",
    hints: [
      """
      Draw a matrix of four rows and three columns and shade the elements that share a mean: a column \
      for batch norm, a row for the others. That is the axis to average over.
      """,
      """
      Layer norm: mean and variance over the last axis, kept at size 1 so that they broadcast. RMS norm: \
      the mean of the squares only. Batch norm: moments over the given axes in training, the buffers \
      in evaluation, the rest the same in both.
      """,
      """
      1 / √(v + ε) is one call, `rsqrt`. Assign the buffers new values of old and new with the weights \
      1 − momentum and momentum; for the variance that goes in there take correction 1. `perChannel` \
      lines mean, scale, weight and bias up with the channels.
      """,
    ],
    mutants: [
      Mutant(
        "normalizes-by-n-minus-1",
        hint: """
          The batch itself came out with a deviation below 1: what it is divided by is its own \
          deviation, not an estimate of that of others.
          """,
        replace: "variance = x.variance(axes: axes, correction: 0)",
        with: "variance = x.variance(axes: axes, correction: 1)"),
      Mutant(
        "remembers-the-biased-variance",
        hint:
          "The running variance is an estimate for examples not seen: for a batch of n it divides by n − 1.",
        replace: "let unbiased = x.variance(axes: axes, correction: 1)",
        with: "let unbiased = x.variance(axes: axes, correction: 0)"),
      Mutant(
        "momentum-the-other-way",
        hint: "With momentum 0.1 the old mean counts nine tenths, the new batch one.",
        replace: "runningMean * (1 - momentum) + mean * momentum",
        with: "runningMean * momentum + mean * (1 - momentum)"),
      Mutant(
        "moments-are-constants",
        hint: """
          The output is right, its gradient is not: a change of one example moves the mean of all, and \
          that comes back as well.
          """,
        replace: "mean = x.mean(axes: axes)", with: "mean = x.mean(axes: axes).detached()"),
      Mutant(
        "never-in-evaluation",
        hint: "In evaluation an example's output depended on the other examples in the batch.",
        replace: "if isTraining {", with: "if isTraining || x.rank > 0 {"),
      Mutant(
        "epsilon-outside-the-root",
        hint: "ε is added to the variance, and the root is taken of the sum.",
        replace: "(x - mean) * (variance + epsilon).rsqrt() * weight + bias",
        with: "(x - mean) / (variance.sqrt() + epsilon) * weight + bias"),
      Mutant(
        "corrects-by-the-batch",
        hint: """
          The running variance of images is too large: n is the number of values in the mean, examples \
          times places, and not the number of examples.
          """,
        replace: "x.variance(axes: axes, correction: 1)",
        with: "variance * (Double(x.shape[0]) / Double(max(x.shape[0] - 1, 1)))"),
      Mutant(
        "plain-in-evaluation",
        hint:
          "In evaluation weight and bias were left out: they are learned, and belong to both modes.",
        replace: "let scale = (variance + epsilon).rsqrt()",
        with: """
          let scale = (variance + epsilon).rsqrt()
              if !isTraining { return (x - perChannel(mean)) * perChannel(scale) }
          """),
    ])
}
