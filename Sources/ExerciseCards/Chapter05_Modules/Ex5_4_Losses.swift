import FledgeCourse

extension Exercise {
  static let losses = Exercise(
    "5.4", file: "Ex5_4_Losses", title: "Squared error and cross-entropies",
    goal: """
      Write the three losses that nearly everything is trained with, finite for every logit, and equal \
      to PyTorch's in value and gradient.
      """,
    source: "TinyTorch module 4; needle homework 2",
    hints: [
      """
      A logit of 1000 is allowed, and so is a target that contradicts it: the loss is then 1000 and \
      not ∞. So no σ and no softmax may be rounded to 0 before its logarithm is taken.
      """,
      """
      Both cross-entropies are a log-sum-exp less the logit of what is right: over 0 and x for yes or \
      no, over the classes of a row otherwise. Which axis do 0 and x have to be stacked along?
      """,
      """
      For rows to be ignored make a mask of the targets (`.!=`), put class 0 in their place before \
      you gather, multiply their losses with the mask cast to the logits' dtype, and divide by how \
      many are left, but by no less than 1.
      """,
    ],
    mutants: [
      Mutant(
        "sum-for-mean",
        hint: "A loss that grows with the batch wants another learning rate for every batch size.",
        replace: "(prediction - target).square().mean()",
        with: "(prediction - target).square().sum()"),
      Mutant(
        "through-the-sigmoid",
        hint: """
          σ(−200) is 0 to a float, and the logarithm of 0 is −∞: the probability was formed before its \
          logarithm.
          """,
        replace: "return (both.logSumExp(axis: -1) - logits * targets).mean()",
        with: """
          let p = sigmoid(logits)
            _ = both
            return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()
          """),
      Mutant(
        "kink-at-zero",
        hint: """
          max(x, 0) + log(1 + e^−|x|) has the right value everywhere, but relu and |x| have no slope \
          at 0, where an untrained network begins: its first gradient is wrong.
          """,
        replace: "return (both.logSumExp(axis: -1) - logits * targets).mean()",
        with: """
          _ = both
            return (relu(logits) - logits * targets + (-logits.abs()).exp().log1p()).mean()
          """),
      Mutant(
        "exponentials-that-overflow",
        hint: "e¹⁰⁰⁰ is ∞. There is a log-sum-exp that takes the largest logit out first.",
        replace: "(logits.logSumExp(axis: -1) - right)",
        with: "(logits.exp().sum(axis: -1).log() - right)"),
      Mutant(
        "divides-by-all-rows",
        hint:
          "Ignored rows were left out of the sum but not out of the number that it is divided by.",
        replace: "max(counts.sum().item(), 1)", with: "Double(targets.count)"),
      Mutant(
        "ignored-rows-count",
        hint: "An ignored row still costs what class 0 costs it, and gets a gradient for that.",
        replace: " * counts.cast(to: logits.dtype)", with: ""),
      Mutant(
        "clamps-the-probability",
        hint: """
          The probability was kept away from 0 and 1, so that being wrong by a logit of 200 costs 16, and \
          has no slope.
          """,
        replace: "return (both.logSumExp(axis: -1) - logits * targets).mean()",
        with: """
          let p = sigmoid(logits).clamped(min: 1e-7, max: 1 - 1e-7)
            _ = both
            return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()
          """),
      Mutant(
        "constant-where-no-row-counts",
        hint: """
          Where no row counts the loss came out as a constant: the backward pass of such a batch stops the \
          program. It is 0, and its gradient is 0.
          """,
        replace: "let losses = (logits.logSumExp(axis: -1) - right)",
        with: """
          if counts.sum().item() == 0 { return Tensor(0, dtype: logits.dtype) }
            let losses = (logits.logSumExp(axis: -1) - right)
          """),
    ])
}
