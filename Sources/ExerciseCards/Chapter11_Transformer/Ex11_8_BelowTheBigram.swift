import FledgeCourse

extension Exercise {
  static let belowTheBigram = Exercise(
    "11.8", file: "Ex11_8_BelowTheBigram", title: "Shakespeare, below the bigram",
    goal: """
      Train your GPT on Shakespeare, and prove that it has learned more than which letter follows which.
      """,
    needs: ["7.3", "11.5"], source: "nanoGPT; CS336 assignment 1; Shannon 1951",
    hints: [
      """
      The bigram first: a table of counts of 0 1 0 0 2 0 1, on paper, and one more in each cell. The loss \
      of a model is measured like that of the bigram: each letter but the first, once.
      """,
      """
      `zip(text, text.dropFirst())` is all pairs of neighbours. A run is the loop that you know from 6.6 \
      with three more things: windows, clipping, a schedule. For the loss on a text, a mean of means is \
      wrong as soon as the last window is shorter.
      """,
      """
      For the loss: windows begin at 0, context, 2 · context, …, below text.count − 1; each has as many \
      tokens as are left, at most the context; its inputs begin at its start, its targets one later. Add \
      up each loss times its number of tokens, and divide once.
      """,
    ],
    mutants: [
      Mutant(
        "counts-the-other-way",
        hint:
          "The table lies on its side: the row is the letter before, the column the one after it.",
        replace: "counts[a][b] += 1", with: "counts[b][a] += 1"),
      Mutant(
        "impossible-pairs",
        hint: "A pair that never came is impossible to this bigram, and costs it an infinite loss.",
        replace: "Double(row[next] + 1) / Double(row.reduce(0, +) + row.count)",
        with: "Double(row[next]) / Double(row.reduce(0, +))"),
      Mutant(
        "more-than-everything",
        hint: """
          The probabilities after a letter add up to more than 1: what was added to each cell is missing in \
          their sum.
          """,
        replace: "Double(row.reduce(0, +) + row.count)", with: "Double(row.reduce(0, +) + 1)"),
      Mutant(
        "targets-are-inputs",
        hint: "The model is asked for the letter that it has just read: targets are one further.",
        replace: "Tensor(windows.flatMap(\\.targets)", with: "Tensor(windows.flatMap(\\.inputs)"),
      Mutant(
        "not-clipped",
        hint: "The gradients were not clipped before the step.",
        replace: "loss.backward()\nclipGradientNorm(parameters(), maximum: 1)",
        with: "      loss.backward()"),
      Mutant(
        "always-the-same-rate",
        hint: "The rate stayed the same in all steps: the schedule's factor was not used.",
        replace: "optimizer.learningRateFactor = schedule.factor(at: step)\noptimizer.step()",
        with: "      _ = schedule\n      optimizer.step()"),
      Mutant(
        "mean-of-means",
        hint: """
          A short window at the end counted as much as a long one: each token counts the same.
          """,
        edits: [
          (
            "sum += crossEntropy(self(inputs), targets).item() * Double(count)",
            "sum += crossEntropy(self(inputs), targets).item()"
          ),
          (
            "}\nreturn sum / Double(text.count - 1)\n}",
            "  }\n      return sum / Double((text.count - 2) / sizes.context + 1)\n    }"
          ),
        ]),
      Mutant(
        "drops-the-rest",
        hint: "The tokens of the last, shorter window were never predicted.",
        replace: "stride(from: 0, to: text.count - 1, by: sizes.context)",
        with: "stride(from: 0, to: max(text.count - sizes.context, 1), by: sizes.context)"),
    ])
}
